/** What stands in a freeze's way, and what it cannot promise: pure. */
import type { Finding } from "../../core/finding.ts";
import type { StepContext } from "../../core/step.ts";
import type { FreezeSeen, FrozenDatabase } from "./decide.ts";
import { standingLogins } from "./logins.ts";
import { writtenSince } from "./witness.ts";

export function obstacles(database: FrozenDatabase, { crossed }: StepContext): readonly Finding[] {
  const blocks = [...acceptedWrites(database), ...otherWriters(database), ...beyondReach(database)];
  // After the point of no return the run only goes forward: it warns, and does not stop.
  return crossed === true ? blocks : [...blocks, ...writtenPast(database)];
}

function acceptedWrites({ name, proofs }: FrozenDatabase): Finding[] {
  const accepted = proofs.filter(({ outcome }) => outcome === "accepted");
  if (accepted.length === 0) return [];
  return [
    {
      code: "write-accepted",
      severity: "blocks",
      message: `A fresh session could still write to ${name} although read-only is its default; writes made now would be lost.`,
      objects: accepted.map(({ role }) => `role ${role}`),
      remedy: `SELECT setrole::regrole, setconfig FROM pg_db_role_setting; -- look for what overrides the default`,
    },
  ];
}

function otherWriters({
  name,
  preparedTransactions,
  subscriptions,
  sessions,
}: FrozenDatabase): Finding[] {
  const findings: Finding[] = [];
  // Before the freeze neither is in its way: preflight tells of both.
  if (sessions === undefined) return findings;
  if (preparedTransactions > 0) {
    findings.push({
      code: "prepared-transactions",
      severity: "blocks",
      message: `${name} has ${preparedTransactions} prepared transactions, which can still commit after the freeze.`,
      remedy: `SELECT gid, owner, prepared FROM pg_prepared_xacts; -- then COMMIT PREPARED or ROLLBACK PREPARED each`,
    });
  }
  const workers = sessions.filter(({ subscription }) => subscription).map(({ who }) => who);
  if (subscriptions.length + workers.length > 0) {
    findings.push({
      code: "subscription-writes",
      severity: "blocks",
      message: `${name} subscribes to changes of another server; what arrives is written past every read-only default.`,
      objects: subscriptions.length > 0 ? subscriptions : workers,
      remedy: subscriptions
        .map((each) => `ALTER SUBSCRIPTION ${JSON.stringify(each)} DISABLE; -- in ${name}`)
        .join("\n"),
    });
  }
  return findings;
}

/** Sessions that only a superuser may end, and of which nobody may see what they do. */
function beyondReach({ name, sessions }: FrozenDatabase): Finding[] {
  const beyond = (sessions ?? []).filter((session) => session.beyond && !session.subscription);
  const unseen = beyond.filter((session) => session.writing === undefined);
  if (unseen.length === 0) return [];
  return [
    {
      code: "superuser-session-not-visible",
      severity: "unknown",
      message: `The admin may neither end superusers' sessions of ${name} nor see whether they write.`,
      objects: unseen.map(({ who, pid }) => `pid ${pid}: ${who}`),
      remedy: "GRANT pg_monitor TO the admin; -- by the cluster's superuser",
    },
  ];
}

function writtenPast({ name, witness }: FrozenDatabase): Finding[] {
  if (witness === undefined) return [];
  const written = writtenSince(witness);
  if (written !== undefined) return [pastTheFreeze(name, written, "blocks")];
  const { before, now } = witness;
  if (before.xid === now.xid || (before.rows !== undefined && now.rows !== undefined)) return [];
  return [
    {
      code: "writes-not-counted",
      severity: "unknown",
      message: `Whether ${name} was written to since it was compared cannot be told: transaction ids were given out, and the server does not count rows.`,
      remedy: "ALTER SYSTEM SET track_counts = on; -- by the cluster's superuser",
    },
  ];
}

function pastTheFreeze(name: string, written: string, severity: "blocks" | "warns"): Finding {
  return {
    code: "written-past-the-freeze",
    severity,
    message: `${name} was written to on the source since it was compared: ${written}. ${severity === "blocks" ? "The comparison does not count any more." : "The target does not have it."}`,
    remedy:
      "SELECT pid, usename, application_name, client_addr, query FROM pg_stat_activity; -- who steps over the read-only default; stop it, or give it a role of the plan, whose log-ins are refused",
  };
}

/** What a satisfied freeze still has to say. */
export function remarks(seen: FreezeSeen, { notes, crossed }: StepContext): Finding[] {
  const left = standingLogins(notes)?.left ?? [];
  const findings: Finding[] = [];
  if (left.length > 0) {
    findings.push({
      code: "logins-not-refused",
      severity: "warns",
      message:
        "Log-ins of these roles are not refused during the freeze. Their sessions are read-only by default; one that steps over it is found before the point of no return, and stops the run.",
      objects: left.map(({ role, because }) => `role ${role}: ${because}`),
    });
  }
  const beyond = seen.databases
    .flatMap(({ sessions }) => sessions ?? [])
    .filter((each) => each.beyond);
  if (beyond.length > 0) {
    findings.push({
      code: "superuser-sessions-stay",
      severity: "warns",
      message:
        "Sessions of superusers, such as the provider's own monitoring, stay: the admin may not end them. None of them has written in its transaction.",
      objects: beyond.map(({ database, pid, who }) => `${database}, pid ${pid}: ${who}`),
    });
  }
  return [...findings, ...seen.databases.flatMap((each) => aboutWrites(each, crossed === true))];
}

function aboutWrites({ name, witness }: FrozenDatabase, crossed: boolean): Finding[] {
  if (witness === undefined || witness.before.xid === witness.now.xid) return [];
  const written = writtenSince(witness);
  if (written !== undefined) return crossed ? [pastTheFreeze(name, written, "warns")] : [];
  if (witness.before.exact) return [];
  return [
    {
      code: "writes-counted-roughly",
      severity: "warns",
      message: `No row of ${name} was counted as written since it was compared; before PostgreSQL 15 a count may be late, or lost.`,
    },
  ];
}
