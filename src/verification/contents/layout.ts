/**
 * What must be known of a table to read its rows: columns, key, size. Reads the
 * catalog of one side; pairing the two sides is `table-pair.ts`'s.
 */
import { quoteQualified } from "../../core/identifier.ts";
import { byBytes, byBytesSql, compound } from "../byte-order.ts";
import { fromTablesSql } from "../catalog/scope.ts";
import type { TextRow } from "../side.ts";
import type { HashedColumn, Sent } from "./row-hash.ts";

export interface LayoutColumn extends HashedColumn {
  /** `format_type` with its modifier: `character varying(50)`. */
  readonly type: string;
}

/** How large a table is on one side. */
export interface TableSize {
  /** Heap without TOAST, in blocks. */
  readonly blocks: number;
  /** Heap with TOAST, in bytes. */
  readonly bytes: bigint;
  /** Bytes per block. */
  readonly blockSize: number;
}

export interface TableLayout {
  /** Quoted and qualified. */
  readonly table: string;
  /** By name, in the order of their bytes. */
  readonly columns: readonly LayoutColumn[];
  /** Primary key columns in the key's order; empty without one. */
  readonly key: readonly string[];
  readonly size: TableSize;
}

/**
 * Of a pg_type `t`. What a dump carries is the text, so a type may be sent in
 * binary only where equal texts have equal bytes. Type oids below 10000
 * (FirstGenbkiObjectId) are assigned by hand and the same everywhere; from there
 * initdb numbers them, those of information_schema's domains too. A reg* type
 * sends an oid, aclitem has no binary form. Read back from their text (seen on 15
 * to 18): NaN that came of a calculation loses its sign bit, alone and in
 * geometry; an array loses a bitmap of NULLs that it needs no more
 * (`('{1,NULL}'::int[])[1:1]`) and the bounds of nothing; a tsquery gets another
 * tree (`a & (b & c)`).
 */
const sentSql = `case
    when t.oid in ('pg_catalog.float4'::pg_catalog.regtype, 'pg_catalog.float8'::pg_catalog.regtype) then 'one-nan'
    when t.oid < 10000 and t.typtype in ('b', 'r', 'm') and t.typsend <> 0 and t.typcategory not in ('A', 'G')
      and t.typname !~ '^reg' and t.oid <> 'pg_catalog.tsquery'::pg_catalog.regtype then 'as-is'
    else 'no' end`;

/** Of people's own making (FirstNormalObjectId); of the server's own, xml's and bpchar's alone print otherwise. */
const castToText = (type: string): string => `exists (select from pg_catalog.pg_cast k
    where k.castsource = ${type} and k.casttarget = 'pg_catalog.text'::pg_catalog.regtype and k.castmethod = 'f'
      and k.oid >= 16384)`;

/** Of a pg_type whose alias is `type`. */
const printedOtherwise = (type: string, modifier: string): string => `(
    (${type}.oid >= 16384 and ${type}.typtype = 'd') or ${castToText(`${type}.oid`)}
    or ${type}.oid = 'pg_catalog.xml'::pg_catalog.regtype
    or (${type}.oid = 'pg_catalog.bpchar'::pg_catalog.regtype and ${modifier} = -1))`;

/**
 * Of a pg_attribute `a` and its pg_type `t`. A cast to text is not always what a
 * dump writes: of bpchar it drops spaces at the end, of xml it keeps the
 * declaration, and people may define their own. A domain is cast as its base type.
 */
const outputSql = `case t.typtype
    when 'd' then (select ${printedOtherwise("b", "t.typtypmod")} from pg_catalog.pg_type b where b.oid = t.typbasetype)
    else ${printedOtherwise("t", "a.atttypmod")} end`;

/** Which types are hashed in which way: changed, it is another `hashForm`. */
export const hashedAsSql = `${sentSql} ${outputSql}`;

/**
 * Of a pg_class `c`. pg_relation_size waits for who holds the table in ACCESS
 * EXCLUSIVE, and one such table would keep every other from being known. Of that
 * one the last vacuum's figure serves: its last slice has no end. A request that
 * waits itself holds up all that come after it.
 */
const lockedSql = `(array[c.oid, c.reltoastrelid] && array(select l.relation from pg_catalog.pg_locks l
    where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock'
      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())))`;
const heapBytes = `case when ${lockedSql} then c.relpages::int8 * pg_catalog.current_setting('block_size')::int8
    else pg_catalog.pg_relation_size(c.oid) end`;
const toastBytes = `case when ${lockedSql} then 0::int8
    else coalesce(pg_catalog.pg_relation_size(nullif(c.reltoastrelid, 0)), 0) end`;

/**
 * Leaves only: a partitioned table has no rows of its own, and an inheritance
 * parent is read with ONLY. pg_table_size would open TOAST's index and ask for
 * three more files of each table: of many tables that is most of the time.
 */
export function layoutSql(ignoredSchemas: readonly string[]): string {
  return `select n.nspname as schema, c.relname as name,
    ((${heapBytes}) / pg_catalog.current_setting('block_size')::int8)::text as blocks,
    pg_catalog.current_setting('block_size') as block_size,
    ((${heapBytes}) + (${toastBytes}))::text as bytes,
    (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(a.attname,
        pg_catalog.format_type(a.atttypid, a.atttypmod), ${sentSql}, ${outputSql}))
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)::text as columns,
    (select pg_catalog.jsonb_agg(a.attname order by k.ordinality)
      from pg_catalog.pg_index i,
        pg_catalog.unnest(i.indkey::int2[]) with ordinality k(attnum, ordinality),
        pg_catalog.pg_attribute a
      where i.indrelid = c.oid and i.indisprimary and k.ordinality <= i.indnkeyatts
        and a.attrelid = c.oid and a.attnum = k.attnum)::text as key
  ${fromTablesSql(ignoredSchemas)}
  order by ${byBytesSql("n.nspname::pg_catalog.text", "c.relname::pg_catalog.text")}`;
}

/** As `layoutSql` sorts them. */
export function layoutName(row: TextRow): string {
  return compound([row["schema"], row["name"]]);
}

/** Quoted and qualified. */
export function tableName(row: TextRow): string {
  return quoteQualified(row["schema"] ?? "", row["name"] ?? "");
}

export function tableSize(row: TextRow): TableSize {
  return {
    // Both are null for a table that was dropped since the snapshot; reading it then says so.
    blocks: Number(row["blocks"] ?? 0),
    bytes: BigInt(row["bytes"] ?? 0),
    blockSize: Number(row["block_size"] ?? 8192),
  };
}

export function tableLayout(row: TextRow): TableLayout {
  const columns = JSON.parse(row["columns"] ?? "[]") as [string, string, Sent, boolean][];
  return {
    table: tableName(row),
    columns: columns
      .map(([column, type, sent, output]) => ({ name: column, type, sent, output }))
      .toSorted((a, b) => byBytes(a.name, b.name)),
    key: JSON.parse(row["key"] ?? "[]") as string[],
    size: tableSize(row),
  };
}
