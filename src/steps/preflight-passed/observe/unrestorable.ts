/**
 * What of one database the target would not take, although it is no data: what
 * only a superuser may create, and what a newer major refuses. Reads only.
 * Members of extensions come with their extension.
 */
import type pg from "pg";
import { markerSchema } from "../../marker.ts";

/** A generated column of a child whose parent's column is not generated. */
export interface GeneratedAlone {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** Parents, quoted and qualified. */
  readonly parents: readonly string[];
}

export interface Unrestorable {
  /** As `DROP` takes them: `function public.f(integer)`, `operator class public.o USING btree`. */
  readonly superuserOnly: readonly string[];
  /** `cast (text AS public.mood)`. */
  readonly casts: readonly string[];
  readonly generatedAlone: readonly GeneratedAlone[];
}

// What CREATE asks a superuser for (PostgreSQL 9.5 to 18): functions in an untrusted language or LEAKPROOF,
// aggregates with an internal state, base and shell types, operator classes and families, access methods,
// foreign-data wrappers, parsers and templates of text search, languages; a transform asks for the type's owner.
// What PostgreSQL made itself with a type (deptype i) goes and comes with it.
const superuserOnly = `SELECT replace(i.type, '-', ' ') || ' ' ||
    CASE i.type WHEN 'transform' THEN replace(i.identity, ' on language ', ' language ') ELSE i.identity END AS name
  FROM (
    SELECT 'pg_proc'::regclass AS classid, p.oid FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
      WHERE (NOT l.lanpltrusted OR p.proleakproof) AND NOT EXISTS (SELECT FROM pg_aggregate a WHERE a.aggfnoid = p.oid)
    UNION ALL SELECT 'pg_proc'::regclass, a.aggfnoid::oid FROM pg_aggregate a
      WHERE 'internal'::regtype IN (a.aggtranstype, a.aggmtranstype)
    UNION ALL SELECT 'pg_type'::regclass, t.oid FROM pg_type t
      WHERE t.typtype IN ('b', 'p') AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
    UNION ALL SELECT 'pg_opclass'::regclass, c.oid FROM pg_opclass c
    UNION ALL SELECT 'pg_opfamily'::regclass, f.oid FROM pg_opfamily f
    UNION ALL SELECT 'pg_am'::regclass, m.oid FROM pg_am m
    UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, w.oid FROM pg_foreign_data_wrapper w
    UNION ALL SELECT 'pg_transform'::regclass, t.oid FROM pg_transform t
    UNION ALL SELECT 'pg_ts_parser'::regclass, p.oid FROM pg_ts_parser p
    UNION ALL SELECT 'pg_ts_template'::regclass, t.oid FROM pg_ts_template t
    UNION ALL SELECT 'pg_language'::regclass, l.oid FROM pg_language l
  ) o CROSS JOIN LATERAL pg_identify_object(o.classid, o.oid, 0) i`;

const casts = `SELECT 'cast ' || i.identity AS name FROM (SELECT 'pg_cast'::regclass AS classid, c.oid FROM pg_cast c) o
    CROSS JOIN LATERAL pg_identify_object(o.classid, o.oid, 0) i`;

/** 16384 is FirstNormalObjectId: what is below came with the server. */
const peoples = `o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d
  WHERE d.classid = o.classid AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
  AND i.schema IS DISTINCT FROM $1`;

// Accepted up to 15 (MergeAttributesIntoExisting of 16 refuses it): a dump of it does not restore.
const generatedAlone = `SELECT n.nspname::text AS schema, c.relname::text AS "table", a.attname::text AS column,
    array_agg(h.inhparent::regclass::text ORDER BY h.inhseqno) AS parents
  FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_inherits h ON h.inhrelid = c.oid
    JOIN pg_attribute p ON p.attrelid = h.inhparent AND p.attname = a.attname
  WHERE a.attgenerated <> '' AND NOT a.attisdropped AND c.relpersistence <> 't'
    AND p.attgenerated = '' AND NOT p.attisdropped
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;

export async function readUnrestorable(client: pg.Client): Promise<Unrestorable> {
  // With nothing but pg_catalog in the path every identity comes out qualified.
  await client.query("SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)");
  const named = async (sql: string): Promise<readonly string[]> => {
    const { rows } = await client.query<{ name: string }>(`${sql} WHERE ${peoples} ORDER BY 1`, [
      markerSchema,
    ]);
    return rows.map(({ name }) => name);
  };
  const { rows: version } = await client.query<{ knowsGenerated: boolean }>(
    `SELECT current_setting('server_version_num')::int >= 120000 AS "knowsGenerated"`,
  );
  const generated = version[0]?.knowsGenerated === true;
  return {
    superuserOnly: await named(superuserOnly),
    casts: await named(casts),
    generatedAlone: generated ? (await client.query<GeneratedAlone>(generatedAlone)).rows : [],
  };
}
