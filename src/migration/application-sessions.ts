/** Who of the plan's application roles is connected to a server, right now. */
import type { ApplicationRole } from "../core/plan/ends.ts";
import type { DatabaseServer } from "../steps/world.ts";

export interface RoleSessions {
  readonly role: string;
  /** In the plan's databases; how many. */
  readonly sessions: number;
}

/** Any role may see who is connected to what; a role that is not there has no session. */
const sessionsSql = `select w.role, (
    select pg_catalog.count(*)::int4 from pg_catalog.pg_stat_activity a
    where a.usename = w.role and a.datname = any ($2::pg_catalog.text[])
      and a.application_name is distinct from 'opensauced-migrate') as sessions
  from pg_catalog.unnest($1::pg_catalog.text[]) with ordinality as w(role, place) order by w.place`;

/** In the plan's order. Throws the server's error. */
export async function applicationSessions(
  server: DatabaseServer,
  roles: readonly Pick<ApplicationRole, "name">[],
  databases: readonly string[],
  signal: AbortSignal,
): Promise<readonly RoleSessions[]> {
  const { rows } = await server.use(server.maintenanceDatabase, { signal }, (client) =>
    client.query<{ role: string; sessions: number }>(sessionsSql, [
      roles.map(({ name }) => name),
      databases,
    ]),
  );
  return rows;
}

/** `api_app 5, auth_app 1`: those that have any. */
export function sessionsText(all: readonly RoleSessions[]): string {
  return all
    .filter(({ sessions }) => sessions > 0)
    .map(({ role, sessions }) => `${role} ${sessions}`)
    .join(", ");
}
