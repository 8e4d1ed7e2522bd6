/**
 * Publications of one side: what they publish, of which tables. SQL only.
 * Reads PostgreSQL before 15 as well, which knows no lists of columns, no row
 * filters and no publications of a schema.
 */
import { qualifiedSql, quotedSql } from "./names.ts";
import type { CatalogQuery } from "./object.ts";
import { notExtensionMember } from "./scope.ts";

/**
 * The columns of a list, which is stored as numbers; null without a list. Tables are found by
 * joining, because to_regclass fails on a schema that the role may not use.
 */
const listedColumns = `(select pg_catalog.string_agg(${quotedSql("a.attname")}, ', ' order by a.attname)
    from pg_catalog.pg_publication_rel r, pg_catalog.jsonb_array_elements_text(
        nullif(pg_catalog.to_jsonb(r) -> 'prattrs', 'null')) k(attnum)
      join pg_catalog.pg_attribute a on a.attnum = k.attnum::int2
      join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where r.prpubid = p.oid and a.attrelid = r.prrelid
      and n.nspname = v.schemaname and c.relname = v.tablename)`;

/** The view resolves schemas and partitions; asked only where tables were named. */
const publishedTables = `(select pg_catalog.string_agg(
    ${qualifiedSql("v.schemaname", "v.tablename")} || coalesce(' (' || ${listedColumns} || ')', '')
      || coalesce(' where ' || (pg_catalog.to_jsonb(v) ->> 'rowfilter'), ''),
    ', ' order by v.schemaname, v.tablename)
  from pg_catalog.pg_publication_tables v where v.pubname = p.pubname)`;

/** As they were named: a partitioned table publishes partitions that are still to come, too. */
const namedTables = `(select pg_catalog.string_agg(${qualifiedSql("tn.nspname", "tc.relname")}, ', '
    order by tn.nspname, tc.relname)
  from pg_catalog.pg_publication_rel r join pg_catalog.pg_class tc on tc.oid = r.prrelid
    join pg_catalog.pg_namespace tn on tn.oid = tc.relnamespace where r.prpubid = p.oid)`;

/** A schema's part in a publication depends on both. Its catalog is of 15, and is not named. */
const publishedSchemas = `(select pg_catalog.string_agg(${quotedSql("n.nspname")}, ', ' order by n.nspname)
  from pg_catalog.pg_depend d join pg_catalog.pg_depend s on s.classid = d.classid and s.objid = d.objid
    join pg_catalog.pg_namespace n on n.oid = s.refobjid
  where d.refclassid = 'pg_catalog.pg_publication'::pg_catalog.regclass and d.refobjid = p.oid
    and s.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)`;

export const publications: CatalogQuery = {
  kind: "publication",
  subject: "publications",
  sql: () => `select ${quotedSql("p.pubname")} as name, null as parent,
      case when p.puballtables then 'all tables' else ${publishedTables} end as tables,
      ${namedTables} as named_tables, ${publishedSchemas} as schemas,
      pg_catalog.concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
        case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end) as operations,
      case when p.pubviaroot then 'root' else 'partition' end as partitions_published_as,
      case pg_catalog.to_jsonb(p) ->> 'pubgencols' when 's' then 'stored' end as generated_columns
    from pg_catalog.pg_publication p where ${notExtensionMember("pg_publication", "p.oid")}`,
};
