/**
 * The source, once the target is in use: does it still stand as it was at the
 * freeze? Applications that were left behind write to it, and nobody carries
 * what they write to the target.
 */
import type { Note } from "../core/step.ts";
import { quoteIdentifier, quoteLiteral } from "../core/identifier.ts";
import type { Finding } from "../core/finding.ts";
import { readLogins, standingLogins } from "../steps/source-frozen/logins.ts";
import { isReadOnly, readSettings } from "../steps/source-frozen/read-only.ts";
import { readWrites, writesNoted, writtenSince } from "../steps/source-frozen/witness.ts";
import type { World } from "../steps/world.ts";
import type { VerifySection } from "./api.ts";
import { applicationSessions, type RoleSessions, sessionsText } from "./application-sessions.ts";
import { checkedOf, unreadable } from "./database-section.ts";

const title = "source";

/** `notes`: of the run that brought applications to the target. */
export async function sourceSection(
  world: World,
  notes: readonly Note[],
  signal: AbortSignal,
): Promise<VerifySection> {
  const names = world.databases.map(({ name }) => name);
  const isWatched = names.every((name) => writesNoted(notes, name) !== undefined);
  try {
    const refused = standingLogins(notes)?.refused ?? [];
    const { settings, logins } = await world.source.hold(signal, async (client) => ({
      settings: await readSettings(client, names),
      logins: await readLogins(client, refused, names),
    }));
    const allowed = logins.filter(({ login }) => login).map(({ role }) => role);
    const open = names.filter((name) => !isReadOnly(settings, name));
    const written = await Promise.all(names.map((name) => writtenIn(world, name, notes, signal)));
    const sessions = await applicationSessions(world.source, world.roles, names, signal);
    const findings = [
      ...(open.length === 0 ? [] : [takesWrites(open)]),
      ...(allowed.length === 0 ? [] : [allowedAgain(allowed)]),
      ...leftBehind(sessions),
      ...written.flatMap((each) => (each === undefined ? [] : [each])),
    ];
    return {
      title,
      checked: checkedOf(findings),
      summary:
        findings.length > 0
          ? "it does not stand as it did at the freeze"
          : `it is read-only${isWatched ? ", nothing was written to it since both sides were proven equal" : ""}, and no application is connected to it`,
      findings,
    };
  } catch (error) {
    return unreadable(title, error, signal);
  }
}

async function writtenIn(
  world: World,
  database: string,
  notes: readonly Note[],
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const before = writesNoted(notes, database);
  if (before === undefined) return undefined;
  const now = await world.source.use(database, { signal }, readWrites);
  const what = writtenSince({ before, now });
  if (what === undefined) return undefined;
  if (before.countedSince !== now.countedSince) {
    return {
      code: "source-not-known-unwritten",
      severity: "warns",
      message: `${database}: whether the source was written to since the freeze is not known: ${what}.`,
    };
  }
  return {
    code: "source-written-since-freeze",
    severity: "blocks",
    message: `${database}: the source was written to since both sides were proven equal: ${what}. The target does not have it, and nobody will carry it over.`,
    remedy: `Find out who still writes to the source (pg_stat_activity), and lead it to the target. What it wrote is on the source only: bring it over by hand, if it is needed.`,
  };
}

/** It reads what was current at the freeze, and its writes fail. */
function leftBehind(sessions: readonly RoleSessions[]): Finding[] {
  const text = sessionsText(sessions);
  if (text === "") return [];
  const roles = sessions.filter((each) => each.sessions > 0).map(({ role }) => quoteLiteral(role));
  return [
    {
      code: "sessions-on-source",
      severity: "blocks",
      message: `Applications are still connected to the source (sessions: ${text}): what they read there is from before the cut-over.`,
      remedy: `SELECT pid, usename, datname, application_name, client_addr FROM pg_stat_activity WHERE usename IN (${roles.join(", ")}); -- on the source: who they are; lead them to the target`,
    },
  ];
}

/** A read-only default is stepped over by `SET`; that nobody may log in is what keeps writes away. */
function allowedAgain(roles: readonly string[]): Finding {
  return {
    code: "log-ins-allowed-on-source",
    severity: "warns",
    message: `The freeze refused log-ins on the source, and these roles may log in again (${roles.join(", ")}): an application that was left behind could connect, and write past the read-only default.`,
    remedy: roles
      .map(
        (role) =>
          `ALTER ROLE ${quoteIdentifier(role)} NOLOGIN; -- on the source, unless it is meant to be used`,
      )
      .join("\n"),
  };
}

function takesWrites(databases: readonly string[]): Finding {
  return {
    code: "source-takes-writes",
    severity: "blocks",
    message: `The source takes writes again (${databases.join(", ")}): an application that was left behind would write there, and the target would not have it.`,
    remedy: databases
      .map(
        (name) =>
          `ALTER DATABASE ${quoteIdentifier(name)} SET default_transaction_read_only = on; -- on the source, unless it is meant to take writes`,
      )
      .join("\n"),
  };
}
