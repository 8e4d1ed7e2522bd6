/** The tables and sequences of one database, with what the copy depends on. Reads only. */
import type pg from "pg";
import { incomparableTypes } from "../../incomparable.ts";
import { markerSchema } from "../../marker.ts";

export interface TableFacts {
  readonly schema: string;
  readonly name: string;
  readonly kind: "table" | "partitioned" | "foreign" | "sequence";
  readonly owner: string;
  /** The admin is the owner, or a member of it. */
  readonly member: boolean;
  readonly readable: boolean;
  readonly unlogged: boolean;
  /** Changed rows can be found again on the target. */
  readonly identified: boolean;
  /** The whole row is what a changed row is found by. */
  readonly byWholeRow: boolean;
  /** Columns whose values cannot be compared for equality, such as `json`: they spoil a whole row. */
  readonly incomparable: readonly string[];
  /** Generated columns of the key that changed rows are found by. */
  readonly generatedIdentity: readonly string[];
  /** As the last VACUUM or ANALYZE saw it. */
  readonly bytes: number;
  /** Policies hide rows from the admin. */
  readonly filtered: boolean;
}

// The replica identity as PostgreSQL takes it (RelationGetIndexList, 9.4 to 17): a deferrable primary
// key is none, and NOTHING wins over a key. What belongs to an extension is the extension's business.
const tables = `WITH RECURSIVE ${incomparableTypes}
  SELECT n.nspname::text AS schema, c.relname::text AS name,
    CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign' ELSE 'sequence' END AS kind,
    o.rolname::text AS owner,
    pg_catalog.pg_has_role(c.relowner, 'MEMBER') AS member,
    pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND CASE WHEN c.relkind = 'S'
      THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
      ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END AS readable,
    c.relpersistence = 'u' AS unlogged,
    c.relkind <> 'r' OR CASE c.relreplident
      WHEN 'f' THEN true
      WHEN 'd' THEN EXISTS (SELECT FROM pg_catalog.pg_index i
        WHERE i.indrelid = c.oid AND i.indisprimary AND i.indisvalid AND i.indimmediate)
      WHEN 'i' THEN EXISTS (SELECT FROM pg_catalog.pg_index i
        WHERE i.indrelid = c.oid AND i.indisreplident AND i.indisvalid AND i.indimmediate AND i.indisunique)
      ELSE false END AS identified,
    c.relkind = 'r' AND c.relreplident = 'f' AS "byWholeRow",
    ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a JOIN incomparable x ON x.type = a.atttypid
      WHERE c.relkind = 'r' AND a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attnum) AS incomparable,
    ARRAY(SELECT a.attname::text FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
      WHERE c.relkind = 'r' AND i.indrelid = c.oid AND COALESCE(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> ''
        AND CASE c.relreplident WHEN 'i' THEN i.indisreplident ELSE i.indisprimary AND c.relreplident <> 'n' END
      ORDER BY a.attnum) AS "generatedIdentity",
    c.relpages::float8 * pg_catalog.current_setting('block_size')::int AS bytes,
    c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AS filtered
  FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
  WHERE c.relkind IN ('r', 'p', 'f', 'S') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', $1)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY 1, 2`;

export async function readTables(client: pg.Client): Promise<readonly TableFacts[]> {
  return (await client.query<TableFacts>(tables, [markerSchema])).rows;
}
