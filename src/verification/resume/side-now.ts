/** What is asked of a side, in the snapshot in which it is read, to tell what an earlier process may have read of the same. */
import { type Counters, readCounters } from "../counters.ts";
import { uncheckedBecause } from "../failure.ts";
import type { CompareOptions } from "../options.ts";
import type { SideSnapshot } from "../side-snapshot.ts";

export interface SideNow {
  /** As in `SideRead`. */
  readonly database: string;
  readonly snapshot: string;
  /** Somebody else is connected to the database, and not idle for long: what he wrote may not be counted yet. */
  readonly hasOthers: boolean;
  /** Read after the snapshot was taken, and after it was asked who is connected. */
  readonly counters: Counters;
}

/**
 * Application names are seen by everybody, states by those who may read all
 * statistics: of the others nobody knows whether they are idle. Workers of the
 * server that belong to no role do not write rows.
 */
const nowSql = (countedWithinMs: number) => `select d.oid::text as oid,
    pg_catalog.txid_current_snapshot()::text as snapshot,
    pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')::text as may_identify,
    (select pg_catalog.count(*) from pg_catalog.pg_stat_activity a
      where a.datid = d.oid and a.usesysid is not null and a.pid <> pg_catalog.pg_backend_pid()
        and (a.application_name is distinct from pg_catalog.current_setting('application_name')
          or a.application_name = '')
        and (a.state = 'idle' and a.state_change <
          pg_catalog.clock_timestamp() - interval '${countedWithinMs} milliseconds') is not true)::text as others
  from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`;

const identifySql = `select c.system_identifier::text as id from pg_catalog.pg_control_system() c`;

const noCounters: Counters = { xid: 0n, countedSince: "", exact: false, tables: new Map() };

/**
 * A session counts what it did before it is gone, or when it has been idle for a
 * while (PostgreSQL 15), so the order matters: with nobody else there, all is
 * counted by the time the counters are read.
 * They are left out where nothing was read before. Undefined when the side does
 * not tell. Throws the signal's reason when it fires.
 */
export async function readSideNow(
  side: SideSnapshot,
  { ignoredSchemas, countedWithinMs }: Pick<CompareOptions, "ignoredSchemas" | "countedWithinMs">,
  wanted: { readonly counters: boolean },
): Promise<SideNow | undefined> {
  try {
    const [now] = await side.read(nowSql(countedWithinMs));
    const [server] = now?.["may_identify"] === "true" ? await side.read(identifySql) : [];
    return {
      database: `${server?.["id"] ?? "unknown"} ${now?.["oid"] ?? ""}`,
      snapshot: now?.["snapshot"] ?? "",
      hasOthers: now?.["others"] !== "0",
      counters: wanted.counters ? await readCounters(side, ignoredSchemas) : noCounters,
    };
  } catch (error) {
    uncheckedBecause(side.label, "what was read of it before", error);
    return undefined;
  }
}
