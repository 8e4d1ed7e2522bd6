/**
 * How busy a server is: sessions of applications that run a statement right now,
 * and how far behind it is who follows it. Our sessions do not count, and what the
 * role may not see is not taken for idle.
 */
import type { ClientBase } from "pg";
import { queryText } from "../text-query.ts";
import type { Load, PauseBounds } from "./decide.ts";

/**
 * Of another role's session, one without pg_read_all_stats sees neither the state
 * nor whether it is a client's (both null), and of the server's own processes no
 * role. `$1` are the sessions that are ours.
 */
const activeSql = `select
    pg_catalog.count(*) filter (where a.backend_type = 'client backend' and a.state in ('active', 'fastpath function call'))::text as active,
    pg_catalog.count(*) filter (where a.usename is not null and a.backend_type is null)::text as hidden
  from pg_catalog.pg_stat_activity a
  where a.pid <> pg_catalog.pg_backend_pid() and a.pid <> all ($1::pg_catalog.int4[])`;

/**
 * The slot that is farthest behind, of those that somebody reads from. Any role
 * sees pg_replication_slots. `confirmed_flush_lsn` says what was received, not
 * that it was applied: a measure for sparing a server, and for no proof.
 */
const behindSql = `select pg_catalog.max(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), s.confirmed_flush_lsn))::text as behind
  from pg_catalog.pg_replication_slots s
  where s.slot_type = 'logical' and s.active and s.database = pg_catalog.current_database()`;

/** Asks for what there is a bound for. Throws the driver's error. */
export async function readLoad(
  client: ClientBase,
  ours: readonly number[],
  bounds: PauseBounds,
): Promise<Load> {
  const active = bounds.active === undefined ? {} : await readActive(client, ours);
  if ("unknown" in active || bounds.behind === undefined) return active;
  const behind = await readBehind(client);
  return "unknown" in behind ? behind : { ...active, ...behind };
}

async function readBehind(client: ClientBase): Promise<Load> {
  const [row] = await queryText(client, behindSql);
  const behind = row?.["behind"];
  if (typeof behind !== "string") {
    return {
      unknown: "nobody reads from a logical replication slot of this database of the source",
      lasting: false,
      remedy:
        "SELECT slot_name, database, active FROM pg_replication_slots; -- on the source: start who follows it, or leave out --pause-behind (copy-agrees: pauseBehind), which is of use only while somebody does",
    };
  }
  return { behind: Number(behind) };
}

async function readActive(client: ClientBase, ours: readonly number[]): Promise<Load> {
  const [row] = await queryText(client, activeSql, [`{${ours.join(",")}}`]);
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
