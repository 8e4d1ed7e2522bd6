/**
 * What a server counts of its own writing: the transaction id of the snapshot,
 * and how many rows of each table were ever inserted, and updated or deleted. SQL and
 * its reading.
 */
import { quoteQualified } from "../core/identifier.ts";
import { fromTablesSql } from "./catalog/scope.ts";
import { withComposites } from "./composites.ts";
import type { Reader } from "./side.ts";

export interface Counters {
  /** 64 bit: no transaction of this id or a later one is seen (`pg_snapshot_xmax`). */
  readonly xid: bigint;
  /** The beginning of the counts. Another one makes them another count. */
  readonly countedSince: string;
  /** What a session did is counted when it ends, or is idle: before PostgreSQL 15 some may be lost, and is read once only. */
  readonly exact: boolean;
  /** By quoted and qualified name. */
  readonly tables: ReadonlyMap<string, TableCounters>;
}

export interface TableCounters {
  /** Rows inserted, tried ones too. */
  readonly inserted: bigint;
  /** Rows updated and deleted, tried ones too. */
  readonly changed: bigint;
  /** Those of them that were deleted: a row that goes to another partition is deleted here, too. */
  readonly deleted: bigint;
  /** Of the heap: TRUNCATE and rewriting give it another. */
  readonly file: string;
  /** Columns that it ever had: one that is dropped and made anew with a constant default rewrites nothing, and counts nothing. */
  readonly attributes: string;
  /** What the composite types of its columns are made of; empty without any. */
  readonly composites: string;
}

/**
 * Counters outlive a restart, and are lost by a crash: `pg_stat_archiver` then
 * has a new beginning (pgstat_reset_after_failure, PostgreSQL 15; the collector's
 * file before). That of the database is new when somebody resets any of them. They
 * stand still for good while `track_counts` is off: for the server, or by a setting
 * of a role or a database. A superuser may also switch it off in a session, and
 * nobody sees it; neither of the two clouds gives anybody such a role.
 */
const momentSql = `select pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())::text as xid,
    (select coalesce(a.stats_reset::text, '') from pg_catalog.pg_stat_archiver a) || ' ' ||
    (select coalesce(d.stats_reset::text, '') from pg_catalog.pg_stat_database d where d.datname = pg_catalog.current_database()) as since,
    pg_catalog.current_setting('server_version_num')::int4 >= 150000
      and pg_catalog.current_setting('track_counts') = 'on'
      and not exists (select from pg_catalog.pg_db_role_setting s cross join pg_catalog.unnest(s.setconfig) c(setting)
        where c.setting ~ '^track_counts=' and c.setting <> 'track_counts=on') as exact`;

const tablesSql = (ignoredSchemas: readonly string[]) =>
  withComposites(`select c.oid, n.nspname as schema, c.relname as name,
    pg_catalog.pg_stat_get_tuples_inserted(c.oid)::text as inserted,
    (pg_catalog.pg_stat_get_tuples_updated(c.oid) + pg_catalog.pg_stat_get_tuples_deleted(c.oid))::text as changed,
    pg_catalog.pg_stat_get_tuples_deleted(c.oid)::text as deleted,
    c.relfilenode::text as file, c.relnatts::text as attributes
  ${fromTablesSql(ignoredSchemas)}`);

/** Throws what the reads throw. */
export async function readCounters(
  side: Reader,
  ignoredSchemas: readonly string[],
): Promise<Counters> {
  const [moment] = await side.read(momentSql);
  const rows = await side.read(tablesSql(ignoredSchemas));
  return {
    xid: BigInt(moment?.["xid"] ?? 0),
    countedSince: moment?.["since"] ?? "",
    exact: moment?.["exact"] === "t",
    tables: new Map(
      rows.map((row) => [
        quoteQualified(row["schema"] ?? "", row["name"] ?? ""),
        {
          inserted: BigInt(row["inserted"] ?? 0),
          changed: BigInt(row["changed"] ?? 0),
          deleted: BigInt(row["deleted"] ?? 0),
          file: row["file"] ?? "",
          attributes: row["attributes"] ?? "",
          composites: row["composites"] ?? "",
        },
      ]),
    ),
  };
}
