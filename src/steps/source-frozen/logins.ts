/**
 * The log-ins of application roles, which the freeze refuses where it may. A
 * read-only default is a fence that a session may step over (`SET`, `BEGIN READ
 * WRITE`, and many a driver does); a role that may not log in has no session.
 * LOGIN belongs to the whole cluster, so a role that other databases use is left.
 */
import type pg from "pg";
import { quoteIdentifier } from "../../core/identifier.ts";
import type { Json } from "../../core/json.ts";
import type { ActionContext, Note } from "../../core/step.ts";
import { postgresErrorCode } from "../../providers/postgres/index.ts";
import { latestFact } from "../facts.ts";
import { notes as freezeNotes } from "./moments.ts";

/** Noted before the first of them is refused: those that could log in until then. */
export const loginsBefore = "logins-before";

export interface LoginsBefore {
  readonly refused: readonly string[];
  readonly left: readonly RoleLeft[];
}

/** A role whose log-ins are not refused, and why. */
export interface RoleLeft {
  readonly role: string;
  readonly because: string;
}

export interface RoleLogin {
  readonly role: string;
  readonly login: boolean;
  /** Databases outside of the plan in which it has sessions. */
  readonly elsewhere: readonly string[];
}

export async function readLogins(
  client: pg.Client,
  roles: readonly string[],
  databases: readonly string[],
): Promise<readonly RoleLogin[]> {
  const { rows } = await client.query<{ role: string; login: boolean; elsewhere: string[] | null }>(
    `SELECT r.rolname::text AS role, r.rolcanlogin AS login,
       (SELECT pg_catalog.array_agg(DISTINCT a.datname::text) FROM pg_catalog.pg_stat_activity a
        WHERE a.usesysid = r.oid AND a.datname <> ALL ($2)) AS elsewhere
     FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ($1) ORDER BY 1`,
    [roles, databases],
  );
  return rows.map(({ elsewhere, ...row }) => ({ ...row, elsewhere: elsewhere ?? [] }));
}

/** What the latest freeze refused, thawed since or not. */
export function noteOfLogins(noted: readonly Note[]): LoginsBefore | undefined {
  return latestFact(noted, loginsBefore) as LoginsBefore | undefined;
}

/** What a freeze that has not been thawed since refused. */
export function standingLogins(noted: readonly Note[]): LoginsBefore | undefined {
  const latest = noted.findLast(
    ({ name }) => name === loginsBefore || name.startsWith(freezeNotes.thawedUpTo("")),
  );
  return latest?.name === loginsBefore ? (latest.value as unknown as LoginsBefore) : undefined;
}

/** Roles that could log in before this run's freeze, which stands: not NOLOGIN by anybody's will. */
export function loginsRefusedByRun(noted: readonly Note[]): readonly string[] {
  return standingLogins(noted)?.refused ?? [];
}

/** Which log-ins to refuse, judged once for each freeze. */
export function chooseLogins(
  logins: readonly RoleLogin[],
  { admin, refuse }: { readonly admin: string; readonly refuse: boolean },
): LoginsBefore {
  const left = logins.flatMap(({ role, elsewhere }): RoleLeft[] => {
    if (role === admin) return [{ role, because: "this tool and Azure's service log in as it" }];
    if (!refuse) return [{ role, because: "the plan says so (refuseLogins)" }];
    if (elsewhere.length === 0) return [];
    return [
      { role, because: `it is used in ${elsewhere.join(", ")} as well, outside of the plan` },
    ];
  });
  const refused = logins
    .filter(({ role, login }) => login && !left.some((each) => each.role === role))
    .map(({ role }) => role);
  return { refused, left };
}

/** Trying tells what the admin may: ADMIN OPTION since PostgreSQL 16, CREATEROLE before, and the cloud's own rules. */
export async function refuseLogins(
  client: pg.Client,
  chosen: LoginsBefore,
  context: Pick<ActionContext, "note">,
): Promise<void> {
  await context.note(loginsBefore, chosen as unknown as Json);
  const kept: RoleLeft[] = [];
  for (const role of chosen.refused) {
    try {
      await client.query(`ALTER ROLE ${quoteIdentifier(role)} NOLOGIN`);
    } catch (error) {
      if (postgresErrorCode(error) !== "42501") throw error;
      kept.push({ role, because: "the admin may not alter it (42501)" });
    }
  }
  if (kept.length === 0) return;
  const refused = chosen.refused.filter((role) => !kept.some((each) => each.role === role));
  await context.note(loginsBefore, { refused, left: [...chosen.left, ...kept] } as unknown as Json);
}

export async function allowLogins(client: pg.Client, roles: readonly string[]): Promise<void> {
  for (const role of roles) await client.query(`ALTER ROLE ${quoteIdentifier(role)} LOGIN`);
}
