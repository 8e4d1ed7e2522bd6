/** Frozen or not, and what to do: pure. */
import type { Finding } from "../../core/finding.ts";
import type { StepContext } from "../../core/step.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import { latestFact } from "../facts.ts";
import type { WriteProof } from "./proof.ts";
import { isReadOnly, restoration, type ReadOnlySetting } from "./read-only.ts";
import type { SessionCount } from "./sessions.ts";

export interface FrozenDatabase {
  readonly name: string;
  readonly settings: readonly ReadOnlySetting[];
  /** Older than the moment that the note gives; undefined before there is one. */
  readonly sessions: SessionCount | undefined;
  /** Only once the rest stands. */
  readonly proofs: readonly WriteProof[];
}

export interface FreezeSeen {
  readonly databases: readonly FrozenDatabase[];
}

export function decideFrozen(seen: FreezeSeen, context: StepContext): Verdict {
  const flip = safeFlip(context);
  const unfrozen = seen.databases.filter((each) => !isReadOnly(each.settings, each.name));
  if (unfrozen.length > 0 && flip !== undefined) return flip;
  const findings = seen.databases.flatMap(obstacles);
  const [first, ...more] = findings;
  if (first !== undefined) return { is: "blocked", findings: [first, ...more] };
  const action = freezeAction(seen.databases);
  if (action !== undefined) return action;
  const proofs = seen.databases.flatMap((each) => each.proofs);
  return {
    is: "satisfied",
    because: `no session can write: ${list(seen.databases)} refuse writes, older sessions are ended, and a fresh session of ${[...new Set(proofs.map((proof) => proof.role))].join(", ")} was refused`,
  };
}

/** All databases in one action: each second here is a second of outage. */
function freezeAction(databases: readonly FrozenDatabase[]): Verdict | undefined {
  const writable = databases.filter((each) => !isReadOnly(each.settings, each.name));
  const crowded = databases.filter((each) => each.sessions === undefined || each.sessions.old > 0);
  const end: Action = {
    id: "end-sessions",
    summary: `End the sessions of ${list(crowded)} that began before writes were refused`,
    touches: "source",
    data: { databases: crowded.map((each) => each.name) },
  };
  if (writable.length > 0) {
    const refuse: Action = {
      id: "refuse-writes",
      summary: `Make read-only the default of ${list(writable)}`,
      touches: "source",
      data: { databases: writable.map((each) => each.name) },
    };
    const because = `applications can write to ${list(writable)}`;
    return { is: "unmet", because, actions: [refuse, end] };
  }
  if (crowded.length === 0) return undefined;
  const who = crowded.flatMap((each) => each.sessions?.examples ?? []).slice(0, 3);
  const because = `sessions from before the freeze can still write to ${list(crowded)}${who.length === 0 ? "" : `: ${who.join("; ")}`}`;
  return { is: "unmet", because, actions: [end] };
}

function obstacles(database: FrozenDatabase): Finding[] {
  const findings: Finding[] = [];
  const accepted = database.proofs.filter((proof) => proof.outcome === "accepted");
  if (accepted.length > 0) {
    findings.push({
      code: "write-accepted",
      severity: "blocks",
      message: `A fresh session could still write to ${database.name} although read-only is its default; writes made now would be lost.`,
      objects: accepted.map((proof) => `role ${proof.role}`),
      remedy: `SELECT setrole::regrole, setconfig FROM pg_db_role_setting; -- look for what overrides the default`,
    });
  }
  if ((database.sessions?.preparedTransactions ?? 0) > 0) {
    findings.push({
      code: "prepared-transactions",
      severity: "blocks",
      message: `${database.name} has ${database.sessions?.preparedTransactions} prepared transactions, which can still commit after the freeze.`,
      remedy: `SELECT gid, owner, prepared FROM pg_prepared_xacts; -- then COMMIT PREPARED or ROLLBACK PREPARED each`,
    });
  }
  return findings;
}

/** The outage must not begin while DNS caches could outlast it. */
function safeFlip(context: StepContext): Verdict | undefined {
  const safeFrom = latestFact(context.notes, "flip-safe-from");
  if (typeof safeFrom !== "string" || new Date(safeFrom) <= context.now) return undefined;
  return {
    is: "waiting",
    for: "world",
    reason: `resolvers may keep the old DNS answer, with its old TTL, until ${safeFrom}; the freeze waits so that the outage does not`,
    lookAgainInMs: Math.min(new Date(safeFrom).getTime() - context.now.getTime(), 5000),
    until: safeFrom,
  };
}

export interface ThawSeen {
  readonly databases: readonly {
    readonly name: string;
    /** Undefined: this run never froze it. */
    readonly before: readonly ReadOnlySetting[] | undefined;
    readonly now: readonly ReadOnlySetting[];
    /** Sessions from within the freeze; undefined until the settings are back. */
    readonly sessions: SessionCount | undefined;
  }[];
}

export function decideThawed(seen: ThawSeen): Verdict {
  const touched = seen.databases.filter((each) => each.before !== undefined);
  const closed = touched.filter(
    (each) => restoration(each.before ?? [], each.now, each.name).length > 0,
  );
  if (closed.length > 0) {
    return thaw(
      "allow-writes",
      `Set the read-only default of ${list(closed)} back to what it was`,
      closed,
    );
  }
  const stale = touched.filter((each) => each.sessions === undefined || each.sessions.old > 0);
  if (stale.length > 0) {
    const summary = `End the sessions of ${list(stale)} that began read-only, so that applications reconnect`;
    return thaw("end-read-only-sessions", summary, stale);
  }
  return {
    is: "satisfied",
    because: `${list(touched)} take writes again, with the settings from before`,
  };
}

function thaw(
  id: string,
  summary: string,
  databases: readonly { readonly name: string }[],
): Verdict {
  const data = { databases: databases.map((each) => each.name) };
  const action: Action = { id, summary, touches: "source", data };
  return { is: "unmet", because: "the source is frozen", actions: [action] };
}

function list(databases: readonly { readonly name: string }[]): string {
  return databases.length === 0 ? "no database" : databases.map((each) => each.name).join(", ");
}
