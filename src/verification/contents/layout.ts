/**
 * What must be known of a table to read its rows: columns, key, size. Reads the
 * catalog of one side; pairing the two sides is `table-pair.ts`'s.
 */
import { quoteQualified } from "../../core/identifier.ts";
import { notExtensionMember, userNamespaces } from "../catalog/scope.ts";
import type { TextRow } from "../side.ts";

export interface LayoutColumn {
  readonly name: string;
  /** `format_type` with its modifier: `character varying(50)`. */
  readonly type: string;
  /** Its binary form holds nothing that differs by server: no user type's oid, no reg* name. */
  readonly portable: boolean;
}

export interface TableLayout {
  readonly schema: string;
  readonly name: string;
  /** Quoted and qualified. */
  readonly table: string;
  /** By name, in the order of their bytes. */
  readonly columns: readonly LayoutColumn[];
  /** Primary key columns in the key's order; empty without one. */
  readonly key: readonly string[];
  /** Heap without TOAST, in blocks. */
  readonly blocks: number;
  /** Heap with TOAST, in bytes. */
  readonly bytes: bigint;
  /** Bytes per block. */
  readonly blockSize: number;
}

/**
 * Leaves only: a partitioned table has no rows of its own, and an inheritance
 * parent is read with ONLY. Type oids below 10000 (FirstGenbkiObjectId) are
 * assigned by hand and the same everywhere; from there initdb numbers them, those
 * of information_schema's domains too. A reg* type sends an oid, aclitem has no
 * binary form, and an array counts as its element. pg_table_size would open TOAST's
 * index and ask for three more files of each table: of many tables that is most of the time.
 */
export function layoutSql(ignoredSchemas: readonly string[]): string {
  return `select n.nspname as schema, c.relname as name,
    (pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int8)::text as blocks,
    pg_catalog.current_setting('block_size') as block_size,
    (pg_catalog.pg_relation_size(c.oid) + coalesce(pg_catalog.pg_relation_size(nullif(c.reltoastrelid, 0)), 0))::text as bytes,
    (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(a.attname,
        pg_catalog.format_type(a.atttypid, a.atttypmod),
        t.oid < 10000 and coalesce(e.typsend, t.typsend) <> 0 and coalesce(e.typname, t.typname) !~ '^reg'))
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type t on t.oid = a.atttypid
      left join pg_catalog.pg_type e on e.oid = t.typelem and e.typarray = t.oid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)::text as columns,
    (select pg_catalog.jsonb_agg(a.attname order by k.ordinality)
      from pg_catalog.pg_index i,
        pg_catalog.unnest(i.indkey::int2[]) with ordinality k(attnum, ordinality),
        pg_catalog.pg_attribute a
      where i.indrelid = c.oid and i.indisprimary and k.ordinality <= i.indnkeyatts
        and a.attrelid = c.oid and a.attnum = k.attnum)::text as key
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't'
    and ${userNamespaces("n", ignoredSchemas)} and ${notExtensionMember("pg_class", "c.oid")}`;
}

/** Not the locale's order: both sides must agree whatever the machine. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function tableLayout(row: TextRow): TableLayout {
  const schema = row["schema"] ?? "";
  const name = row["name"] ?? "";
  const columns = JSON.parse(row["columns"] ?? "[]") as [string, string, boolean][];
  return {
    schema,
    name,
    table: quoteQualified(schema, name),
    columns: columns
      .map(([column, type, portable]) => ({ name: column, type, portable }))
      .toSorted((a, b) => byBytes(a.name, b.name)),
    key: JSON.parse(row["key"] ?? "[]") as string[],
    // Both are null for a table that was dropped since the snapshot; reading it then says so.
    blocks: Number(row["blocks"] ?? 0),
    bytes: BigInt(row["bytes"] ?? 0),
    blockSize: Number(row["block_size"] ?? 8192),
  };
}
