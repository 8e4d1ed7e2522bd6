/**
 * The witness that nobody wrote: what PostgreSQL counts of writes, noted before
 * the comparison and read again after it. Transaction ids tell that nothing at
 * all was written on the whole server; where some were given out, as a cloud's
 * own monitoring takes them all the time, the counters of the database's tables
 * tell whether its rows were touched, and the catalog whether its tables were.
 */
import { countOf } from "../../core/count-of.ts";
import type pg from "pg";
import type { Json } from "../../core/json.ts";
import type { Note } from "../../core/step.ts";
import { latestFact } from "../facts.ts";
import { freezeMoment, reopenedAfter } from "./moments.ts";

export interface Writes {
  /** The first id that no finished transaction has, of the whole server. */
  readonly xid: string;
  /** Rows inserted, updated and deleted, tried ones too; undefined while the server does not count. */
  readonly rows: string | undefined;
  /** Changes with every table that is made, altered, truncated or dropped; not with a vacuum. */
  readonly tables: string;
  /** The counters' own beginning: a restart or a reset makes them another count. */
  readonly countedSince: string;
  /** Since PostgreSQL 15 a session's counts are there when it has ended; before, some may be lost. */
  readonly exact: boolean;
}

/** Not the marker's schema, in which this tool writes itself; large objects have no read-only check before 16. */
const counted = `c.relpersistence <> 't' AND (
    n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'opensauced_migrate')
    OR (n.nspname = 'pg_catalog' AND c.relname IN ('pg_largeobject', 'pg_largeobject_metadata')))`;

const writesQuery = `SELECT
    pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())::text AS xid,
    CASE WHEN pg_catalog.current_setting('track_counts') = 'on' THEN
      COALESCE(pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_tuples_updated(c.oid)
        + pg_catalog.pg_stat_get_tuples_deleted(c.oid)) FILTER (WHERE c.relkind IN ('r', 'm')), 0)::text END AS rows,
    pg_catalog.count(*)::text || ' ' || COALESCE(pg_catalog.sum(pg_catalog.hashtext(c.oid::text || ' ' || c.xmin::text)::int8), 0)::text AS tables,
    pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || ' ' || COALESCE(
      (SELECT pg_catalog.to_char(d.stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()), '') AS "countedSince",
    pg_catalog.current_setting('server_version_num')::int >= 150000 AS exact
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE ${counted}`;

export async function readWrites(client: pg.Client): Promise<Writes> {
  const { rows } = await client.query<Omit<Writes, "rows"> & { readonly rows: string | null }>(
    writesQuery,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("The server did not tell what it has counted.");
  return { ...row, rows: row.rows ?? undefined };
}

/** Of the whole server, so it may be asked in any database. */
export async function readXid(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ xid: string }>(
    "SELECT pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())::text AS xid",
  );
  return rows[0]?.xid ?? "";
}

/** Noted by `data-equal` before it compares. */
export const writesBefore = (database: string): string => `writes-before-comparison ${database}`;
/** Noted with the xid up to which every session that could have written has ended. */
export const settledAt = "sessions-settled-at-xid";

export function noteOfWrites(writes: Writes): Json {
  return { ...writes, rows: writes.rows ?? null };
}

/** Undefined when this freeze was not compared yet: an earlier one's count tells nothing. */
export function writesNoted(noted: readonly Note[], database: string): Writes | undefined {
  const moment = freezeMoment(noted, database);
  const note = noted.findLast(({ name }) => name === writesBefore(database));
  if (moment === undefined || note === undefined) return undefined;
  if (reopenedAfter(noted, database, note)) return undefined;
  const { rows, ...value } = note.value as unknown as Writes & { readonly rows: string | null };
  return { ...value, rows: rows ?? undefined };
}

export interface WitnessSeen {
  readonly before: Writes;
  readonly now: Writes;
}

/** Were transaction ids given out, anywhere on the server, since it was last certain that nobody wrote? */
export function idsGivenOut({ before, now }: WitnessSeen, noted: readonly Note[]): boolean {
  const settled = latestFact(noted, settledAt);
  return now.xid !== before.xid && now.xid !== settled;
}

/** A sentence; undefined when nothing was written, as far as the counters tell. */
export function writtenSince({ before, now }: WitnessSeen): string | undefined {
  if (now.xid === before.xid) return undefined;
  if (now.countedSince !== before.countedSince) {
    return "the server was restarted, or its counters were reset, so that they tell nothing";
  }
  if (now.rows !== before.rows) {
    const rows = Number(now.rows) - Number(before.rows);
    return `${countOf(rows, "row")} ${rows === 1 ? "was" : "were"} written`;
  }
  return now.tables === before.tables
    ? undefined
    : "tables were made, altered, truncated or dropped";
}
