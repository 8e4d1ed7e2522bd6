/**
 * How busy a server is: sessions of applications that run a statement right now.
 * Ours do not count, and what the role may not see is not taken for idle.
 */
import type { ClientBase } from "pg";
import { queryText } from "../text-query.ts";
import type { Load } from "./decide.ts";

/**
 * Of another role's session, one without pg_read_all_stats sees neither the state
 * nor whether it is a client's (both null), and of the server's own processes no
 * role. `$1` are the sessions that are ours.
 */
const loadSql = `select
    pg_catalog.count(*) filter (where a.backend_type = 'client backend' and a.state in ('active', 'fastpath function call'))::text as active,
    pg_catalog.count(*) filter (where a.usename is not null and a.backend_type is null)::text as hidden
  from pg_catalog.pg_stat_activity a
  where a.pid <> pg_catalog.pg_backend_pid() and a.pid <> all ($1::pg_catalog.int4[])`;

/** Throws the driver's error. */
export async function readLoad(client: ClientBase, ours: readonly number[]): Promise<Load> {
  const [row] = await queryText(client, loadSql, [`{${ours.join(",")}}`]);
  const { active, hidden } = row ?? {};
  if (typeof active !== "string" || typeof hidden !== "string") {
    return { unknown: "the server gave no answer", lasting: false };
  }
  if (hidden !== "0") {
    return {
      unknown: `the role may not see what ${hidden} other sessions do (it needs pg_read_all_stats)`,
      lasting: true,
    };
  }
  return { active: Number(active) };
}
