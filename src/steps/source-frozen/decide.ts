/** Frozen or not, and what to do: pure. */
import type { Json } from "../../core/json.ts";
import type { StepContext } from "../../core/step.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import { waitUntilFlipSafe } from "../dns/flip-safe.ts";
import type { FreezeData } from "./apply.ts";
import { obstacles, remarks } from "./findings.ts";
import { chooseLogins, standingLogins, type RoleLogin } from "./logins.ts";
import type { WriteProof } from "./proof.ts";
import { isReadOnly, type ReadOnlySetting } from "./read-only.ts";
import type { Session } from "./sessions.ts";
import { idsGivenOut, type WitnessSeen } from "./witness.ts";

export interface FrozenDatabase {
  readonly name: string;
  readonly settings: readonly ReadOnlySetting[];
  /** All but ours; undefined before the settings stand and there is a note of when sessions were ended. */
  readonly sessions: readonly Session[] | undefined;
  readonly preparedTransactions: number;
  readonly subscriptions: readonly string[];
  /** Only once the rest stands. */
  readonly proofs: readonly WriteProof[];
  /** Only once a comparison has begun. */
  readonly witness: WitnessSeen | undefined;
}

export interface FreezeSeen {
  readonly admin: string;
  readonly logins: readonly RoleLogin[];
  readonly databases: readonly FrozenDatabase[];
}

export function decideFrozen(
  seen: FreezeSeen,
  settings: { readonly refuseLogins: boolean },
  context: StepContext,
): Verdict {
  const flip = safeFlip(context);
  const writable = seen.databases.filter((each) => !isReadOnly(each.settings, each.name));
  if (writable.length > 0 && flip !== undefined) return flip;
  const [first, ...more] = seen.databases.flatMap((each) => obstacles(each, context));
  if (first !== undefined) return { is: "blocked", findings: [first, ...more] };
  const [busy] = seen.databases.flatMap(superuserWrites);
  if (writable.length === 0 && busy !== undefined) return busy;
  return (
    refusal(seen, writable, settings, context) ??
    endingOld(seen.databases) ??
    endingLate(seen.databases, context) ??
    standing(seen, context)
  );
}

/** All databases in one action: each second here is a second of outage. */
function refusal(
  seen: FreezeSeen,
  writable: readonly FrozenDatabase[],
  { refuseLogins }: { readonly refuseLogins: boolean },
  { notes }: StepContext,
): Verdict | undefined {
  const known = standingLogins(notes);
  const open = seen.logins.filter(({ role, login }) => login && known?.refused.includes(role));
  if (writable.length === 0 && known !== undefined && open.length === 0) return undefined;
  const { refused, left } =
    known ?? chooseLogins(seen.logins, { admin: seen.admin, refuse: refuseLogins });
  const parts = [
    ...(writable.length === 0 ? [] : [`make read-only the default of ${list(writable)}`]),
    ...(refused.length === 0 ? [] : [`refuse the log-ins of ${refused.join(", ")}`]),
  ];
  const what = parts.length === 0 ? "note that no log-ins are refused" : parts.join(", and ");
  const crowded = seen.databases.filter(
    ({ sessions }) => sessions === undefined || writable.length > 0,
  );
  return {
    is: "unmet",
    because:
      writable.length > 0
        ? `applications can write to ${list(writable)}`
        : `log-ins of ${refused.join(", ") || "no role"} are not refused yet`,
    actions: [
      {
        ...freeze("refuse-writes", `${what.charAt(0).toUpperCase()}${what.slice(1)}`, {
          databases: names(writable),
          logins: { refused, left },
        }),
        ...(writable.length === 0 ? {} : { beginsOutage: true as const }),
      },
      ...(crowded.length === 0 ? [] : [endOld(crowded)]),
    ],
  };
}

function endingOld(databases: readonly FrozenDatabase[]): Verdict | undefined {
  const crowded = databases.filter(
    ({ sessions }) => sessions === undefined || sessions.some(({ old, beyond }) => old && !beyond),
  );
  if (crowded.length === 0) return undefined;
  const who = crowded
    .flatMap(({ sessions }) => sessions ?? [])
    .filter(({ old, beyond }) => old && !beyond)
    .slice(0, 3)
    .map((session) => session.who);
  const because = `sessions from before the freeze can still write to ${list(crowded)}${who.length === 0 ? "" : `: ${who.join("; ")}`}`;
  return { is: "unmet", because, actions: [endOld(crowded)] };
}

/** A session reports what it has written once it has been idle for so long (PostgreSQL 15), in milliseconds. */
const reportedAfterMs = 11_000;

/** A superuser's, which the admin may not end: monitoring of the provider writes too, for moments. */
function superuserWrites({ name, sessions }: FrozenDatabase): Verdict[] {
  const writing = (sessions ?? []).filter(({ beyond, writing: now }) => beyond && now === true);
  if (writing.length === 0) return [];
  const who = writing.map((session) => `pid ${session.pid}: ${session.who}`).join("; ");
  const reason = `a superuser's session of ${name} has written in a transaction that is open; the admin may not end it, and it can still commit: ${who}`;
  return [{ is: "waiting", for: "world", reason, lookAgainInMs: 100 }];
}

/** Sessions from within the freeze that write, or may have written and not said so yet. */
function endingLate(
  databases: readonly FrozenDatabase[],
  { notes, crossed }: StepContext,
): Verdict | undefined {
  const late = databases.flatMap(({ sessions, witness }) => {
    const ids = witness !== undefined && crossed !== true && idsGivenOut(witness, notes);
    return (sessions ?? []).filter(
      ({ beyond, writing, idleMs }) =>
        !beyond &&
        (writing === true || (ids && (idleMs === undefined || idleMs < reportedAfterMs))),
    );
  });
  if (late.length === 0) return undefined;
  const crowded = databases.filter(({ name }) => late.some(({ database }) => database === name));
  const who = late.slice(0, 3).map((session) => session.who);
  return {
    is: "unmet",
    because: `sessions of ${list(crowded)} may have written past the freeze, and count it only when they end: ${who.join("; ")}`,
    actions: [
      {
        ...freeze(
          "end-late-sessions",
          `End the sessions of ${list(crowded)}, so that they count what they wrote`,
          {
            databases: names(crowded),
          },
        ),
        keepsProofs: true,
      },
    ],
  };
}

function standing(seen: FreezeSeen, context: StepContext): Verdict {
  const proofs = seen.databases.flatMap((each) => each.proofs);
  const told = (outcome: (is: WriteProof["outcome"]) => boolean, what: string): string[] => {
    const roles = new Set(proofs.filter((proof) => outcome(proof.outcome)).map(({ role }) => role));
    return roles.size === 0 ? [] : [`${what} ${[...roles].join(", ")} was refused`];
  };
  const tried = [
    ...told((is) => is === "no-login", "a log-in of"),
    ...told((is) => is !== "no-login", "a write in a fresh session of"),
  ].join(", and ");
  const witnessed = seen.databases.some(({ witness }) => witness !== undefined);
  return {
    is: "satisfied",
    because: `no application can write: ${list(seen.databases)} are read-only by default, older sessions are ended, and ${tried}${witnessed ? "; nothing was written since the comparison began" : ""}`,
    warnings: remarks(seen, context),
  };
}

/** The outage must not begin while DNS caches could outlast it. */
function safeFlip(context: StepContext): Verdict | undefined {
  return waitUntilFlipSafe(
    context,
    (safeFrom) =>
      `resolvers may keep the old DNS answer, with its old TTL, until ${safeFrom}; the freeze waits so that the outage does not`,
  );
}

function endOld(crowded: readonly FrozenDatabase[]): Action {
  return freeze(
    "end-sessions",
    `End the sessions of ${list(crowded)} that began before writes were refused`,
    {
      databases: names(crowded),
    },
  );
}

function freeze(id: string, summary: string, data: FreezeData): Action {
  return { id, summary, touches: "source", data: data as unknown as Json };
}

function names(databases: readonly { readonly name: string }[]): string[] {
  return databases.map(({ name }) => name);
}

function list(databases: readonly { readonly name: string }[]): string {
  return databases.length === 0 ? "no database" : names(databases).join(", ");
}
