/** The source's server, whatever the mode: pure. */
import { quoteIdentifier } from "../../../core/identifier.ts";
import { showDuration } from "../../../core/duration.ts";
import { paste, type Check } from "../check.ts";
import type { Activity, RoleReach, SourceFacts } from "../observe/source-server.ts";

export const sourceChecks: readonly Check<SourceFacts>[] = [
  ({ standby }) =>
    standby
      ? {
          code: "source-is-standby",
          severity: "blocks",
          message:
            "The source is a read-only replica: it takes neither the freeze nor Azure's replication slot.",
          remedy: "Name the primary cluster in source.digitalocean.cluster.",
        }
      : undefined,
  ({ admin, seesSessions }) =>
    seesSessions
      ? undefined
      : {
          code: "sessions-not-visible",
          severity: "warns",
          message: `Role ${admin} cannot see what sessions of other roles do, so open transactions that would hold up the copy may be missed.`,
          remedy: `GRANT pg_monitor TO ${quoteIdentifier(admin)}; -- by the cluster's superuser`,
        },
];

export interface Reach {
  readonly facts: SourceFacts;
  readonly roles: readonly RoleReach[];
}

export const reachChecks: readonly Check<Reach>[] = [
  ({ facts, roles }) => {
    if (facts.superuser) return undefined;
    const beyond = roles.filter(
      ({ superuser, member }) => superuser || !(member || facts.mayEndSessions),
    );
    if (beyond.length === 0) return undefined;
    return {
      code: "sessions-cannot-be-ended",
      severity: "blocks",
      message: `Role ${facts.admin} may not end sessions of application roles, so a freeze could not stop the writes of sessions that are already open.`,
      objects: beyond.map(
        ({ name, superuser }) => `role ${name}${superuser ? " (superuser)" : ""}`,
      ),
      remedy: paste(
        beyond.map(({ name, superuser }) =>
          superuser
            ? `ALTER ROLE ${quoteIdentifier(name)} NOSUPERUSER;`
            : `GRANT ${quoteIdentifier(name)} TO ${quoteIdentifier(facts.admin)};`,
        ),
      ),
    };
  },
];

/** What `target-prepared` does not give the roles that it creates. */
export const rightsChecks: readonly Check<Reach>[] = [
  ({ roles }) => {
    const beyond = roles.filter((role) => !role.superuser && role.beyond.length > 0);
    if (beyond.length === 0) return undefined;
    const memberships = (name: string, rights: readonly string[]) =>
      rights.map((right) =>
        right.startsWith("member of ")
          ? `GRANT ${right.slice("member of ".length)} TO ${quoteIdentifier(name)};`
          : `ALTER ROLE ${quoteIdentifier(name)} ${right};`,
      );
    return {
      code: "role-rights-not-carried",
      severity: "warns",
      message:
        "Application roles have rights that are not given to them on the target, as a managed server may refuse them: what needs one fails there.",
      objects: beyond.map(({ name, beyond: rights }) => `role ${name}: ${rights.join(", ")}`),
      remedy: `-- on the target, after target-prepared, as far as the applications need it:\n${paste(beyond.flatMap(({ name, beyond: rights }) => memberships(name, rights)))}`,
    };
  },
];

export interface ActivityWithin {
  readonly activity: Activity;
  /** Milliseconds. */
  readonly longTransaction: number;
}

export const activityChecks: readonly Check<ActivityWithin>[] = [
  ({ activity, longTransaction }) => {
    const long = activity.transactions.filter(({ seconds }) => seconds * 1000 > longTransaction);
    if (long.length === 0) return undefined;
    return {
      code: "long-transactions",
      severity: "warns",
      message: `Transactions of the source are open for longer than ${showDuration(longTransaction)}: Azure's replication slot waits for those that write, and the freeze ends them, which rolls them back.`,
      objects: long.map(
        ({ pid, role, database, seconds }) =>
          `pid ${pid}: role ${role ?? "?"} in ${database ?? "?"}, for ${showDuration(seconds * 1000)}`,
      ),
      remedy: paste(
        long.map(({ pid }) => `SELECT pg_terminate_backend(${pid}); -- or wait for it`),
      ),
    };
  },
  ({ activity: { prepared } }) =>
    prepared.length === 0
      ? undefined
      : {
          code: "prepared-transactions",
          severity: "warns",
          message:
            "Prepared transactions are open on the source: Azure's replication slot waits for them, and the freeze is refused while they can still commit.",
          objects: prepared.map(({ gid, database }) => `${gid} (${database})`),
          remedy:
            "SELECT gid, owner, prepared FROM pg_prepared_xacts; -- then COMMIT PREPARED or ROLLBACK PREPARED each",
        },
];
