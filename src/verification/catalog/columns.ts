/**
 * Columns of one side, of tables, views and composite types alike: a view's columns
 * are what its readers rely on. SQL only.
 */
import { listSql, quotedSql } from "./names.ts";
import type { CatalogQuery } from "./object.ts";
import { fromRelations, relation, userRelations } from "./scope.ts";

/**
 * Printing an expression of a table reads all of the table's columns first: over a
 * thousand of them, for each. A default has none in it and is printed without the
 * table. OFFSET keeps the planner from writing the call wherever it is used.
 */
const printed = `left join lateral (select pg_catalog.pg_get_expr(d.adbin,
      case a.attgenerated when '' then 0 else d.adrelid end) as text offset 0) e on true`;

/**
 * pg_dump writes DEFAULT NULL for a column that has no default while its parent's
 * has one. That is no default either, but where the type, a domain, has its own.
 */
const columnDefault = `case when not (t.typtype <> 'd' and a.attgenerated = '' and e.text ~ '^NULL(::|$)') then e.text end`;

/** Since PostgreSQL 17 a partition has its parent's, and none of its own. */
const identity = `case when a.attidentity <> '' and not (c.relispartition and exists (
      select from pg_catalog.pg_inherits h join pg_catalog.pg_attribute pa on pa.attrelid = h.inhparent
      where h.inhrelid = c.oid and pa.attname = a.attname and pa.attidentity <> '' and not pa.attisdropped))
    then case a.attidentity when 'a' then 'always' else 'by default' end end`;

export const columns: CatalogQuery = {
  kind: "column",
  subject: "columns",
  sql: (ignored) => `select ${relation} || '.' || ${quotedSql("a.attname")} as name,
      case c.relkind when 'c' then 'type ' else '' end || ${relation} as parent,
      pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
      case when a.attnotnull then 'not null' else 'null' end as nullability,
      ${columnDefault} as "default",
      case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end as generated,
      ${identity} as identity,
      case when a.attcollation <> t.typcollation then a.attcollation::pg_catalog.regcollation::text end as collation,
      ${listSql("pg_catalog.unnest(a.attfdwoptions) o")} as foreign_options
    from ${fromRelations}
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    ${printed}
    where c.relkind in ('r', 'p', 'f', 'v', 'm', 'c') and ${userRelations(ignored)}`,
};
