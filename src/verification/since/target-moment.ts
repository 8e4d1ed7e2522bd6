/**
 * What the target tells of its own writing: the transaction id of the snapshot,
 * and how many rows of each table were ever updated and deleted. SQL and its
 * reading.
 */
import { quoteQualified } from "../../core/identifier.ts";
import { notExtensionMember, userNamespaces } from "../catalog/scope.ts";
import type { Reader } from "../side.ts";

export interface TargetMoment {
  readonly xid: bigint;
  readonly countedSince: string;
  /** What a session did is counted when it ends, or is idle: before PostgreSQL 15 some may be lost, and is read once only. */
  readonly exact: boolean;
  /** By quoted and qualified name. */
  readonly tables: ReadonlyMap<string, { readonly changed: bigint; readonly file: string }>;
}

/**
 * Counters outlive a restart, and are lost by a crash: `pg_stat_archiver` then
 * has a new beginning (pgstat_reset_after_failure, PostgreSQL 15; the collector's
 * file before). That of the database is new when somebody resets them.
 */
const momentSql = `select pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())::text as xid,
    (select coalesce(a.stats_reset::text, '') from pg_catalog.pg_stat_archiver a) || ' ' ||
    (select coalesce(d.stats_reset::text, '') from pg_catalog.pg_stat_database d where d.datname = pg_catalog.current_database()) as since,
    pg_catalog.current_setting('server_version_num')::int4 >= 150000 as exact`;

const countersSql = (
  ignoredSchemas: readonly string[],
) => `select n.nspname as schema, c.relname as name,
    (pg_catalog.pg_stat_get_tuples_updated(c.oid) + pg_catalog.pg_stat_get_tuples_deleted(c.oid))::text as changed,
    c.relfilenode::text as file
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't'
    and ${userNamespaces("n", ignoredSchemas)} and ${notExtensionMember("pg_class", "c.oid")}`;

/** Throws what the reads throw. */
export async function readTargetMoment(
  target: Reader,
  ignoredSchemas: readonly string[],
): Promise<TargetMoment> {
  const [moment] = await target.read(momentSql);
  const counters = await target.read(countersSql(ignoredSchemas));
  return {
    xid: BigInt(moment?.["xid"] ?? 0),
    countedSince: moment?.["since"] ?? "",
    exact: moment?.["exact"] === "t",
    tables: new Map(
      counters.map((row) => [
        quoteQualified(row["schema"] ?? "", row["name"] ?? ""),
        { changed: BigInt(row["changed"] ?? 0), file: row["file"] ?? "" },
      ]),
    ),
  };
}
