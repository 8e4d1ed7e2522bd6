/**
 * Schemas, tables, columns and views of one side. SQL only.
 */
import { onTableSql, qualifiedSql, quotedSql } from "./names.ts";
import type { CatalogQuery } from "./object.ts";
import { notExtensionMember, userNamespaces } from "./scope.ts";
import { enforcementSql, firingOfPartitionsSql, firingSql } from "./firing.ts";

const relation = qualifiedSql("n.nspname", "c.relname");

const fromRelations =
  "pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace";

const userRelations = (ignored: readonly string[]): string =>
  `c.relpersistence <> 't' and ${userNamespaces("n", ignored)} and ${notExtensionMember("pg_class", "c.oid")}`;

/** Storage settings are an ordered list in the catalog, and their order means nothing. */
const options =
  "(select pg_catalog.string_agg(o, ', ' order by o) from pg_catalog.unnest(c.reloptions) o)";

/** Of a pg_database `d`: daticulocale became datlocale in 17; ICU's rules are of 16, a provider is of 15. */
const collation = `(select case j ->> 'datlocprovider'
      when 'i' then 'icu ' || coalesce(j ->> 'datlocale', j ->> 'daticulocale', '') || coalesce(E'\nrules ' || (j ->> 'daticurules'), '')
      when 'b' then 'builtin ' || (j ->> 'datlocale')
      else 'libc ' || d.datcollate end
    from pg_catalog.to_jsonb(d) j)`;

/** Large objects are counted only: reading all of them takes more than an ordinary role may. */
export const database: CatalogQuery = {
  kind: "database",
  subject: "the database's owner, encoding, locale, collation and large objects",
  sql: () => `select '' as name, null as parent,
      pg_catalog.pg_encoding_to_char(d.encoding) as encoding,
      d.datcollate || ' / ' || d.datctype as locale,
      ${collation} as collation,
      pg_catalog.pg_get_userbyid(d.datdba)::text as owner,
      (select pg_catalog.count(*)::text from pg_catalog.pg_largeobject_metadata) as large_objects
    from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`,
};

export const schemas: CatalogQuery = {
  kind: "schema",
  subject: "schemas",
  sql: (
    ignored,
  ) => `select ${quotedSql("n.nspname")} as name, null as parent, pg_catalog.pg_get_userbyid(n.nspowner)::text as owner
    from pg_catalog.pg_namespace n
    where ${userNamespaces("n", ignored)} and ${notExtensionMember("pg_namespace", "n.oid")}`,
};

export const tables: CatalogQuery = {
  kind: "table",
  subject: "tables",
  sql: (ignored) => `select ${relation} as name, ${quotedSql("n.nspname")} as parent,
      case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' else 'foreign table' end as kind,
      pg_catalog.pg_get_userbyid(c.relowner)::text as owner,
      case c.relpersistence when 'u' then 'unlogged' else 'permanent' end as persistence,
      pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_bound,
      case c.relkind when 'p' then pg_catalog.pg_get_partkeydef(c.oid) end as partition_key,
      (select pg_catalog.string_agg(i.inhparent::pg_catalog.regclass::text, ', ' order by i.inhseqno)
        from pg_catalog.pg_inherits i where i.inhrelid = c.oid) as parents,
      case c.relreplident when 'd' then 'default' when 'f' then 'full' when 'n' then 'nothing'
        else 'index ' || (select x.indexrelid::pg_catalog.regclass::text from pg_catalog.pg_index x
          where x.indrelid = c.oid and x.indisreplident) end as replica_identity,
      case when c.relforcerowsecurity then 'forced' when c.relrowsecurity then 'enabled' else 'off' end as row_security,
      ${options} as options
    from ${fromRelations} where c.relkind in ('r', 'p', 'f') and ${userRelations(ignored)}`,
};

/**
 * pg_dump writes DEFAULT NULL for a column that has no default while its parent's
 * has one. That is no default either, but where the type, a domain, has its own.
 */
const columnDefault = `case when not (t.typtype <> 'd' and a.attgenerated = ''
    and pg_catalog.pg_get_expr(d.adbin, d.adrelid) ~ '^NULL(::|$)') then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end`;

/** Of tables, views and composite types alike: a view's columns are what its readers rely on. */
export const columns: CatalogQuery = {
  kind: "column",
  subject: "columns",
  sql: (ignored) => `select ${relation} || '.' || ${quotedSql("a.attname")} as name,
      case c.relkind when 'c' then 'type ' else '' end || ${relation} as parent,
      pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
      case when a.attnotnull then 'not null' else 'null' end as nullability,
      ${columnDefault} as "default",
      case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end as generated,
      case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as identity,
      case when a.attcollation <> t.typcollation then a.attcollation::pg_catalog.regcollation::text end as collation
    from ${fromRelations}
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relkind in ('r', 'p', 'f', 'v', 'm', 'c') and ${userRelations(ignored)}`,
};

export const views: CatalogQuery = {
  kind: "view",
  subject: "views and materialized views",
  sql: (ignored) => `select ${relation} as name, ${quotedSql("n.nspname")} as parent,
      case c.relkind when 'v' then 'view' else 'materialized view' end as kind,
      pg_catalog.pg_get_userbyid(c.relowner)::text as owner,
      pg_catalog.pg_get_viewdef(c.oid) as definition,
      case c.relkind when 'm' then case when c.relispopulated then 'yes' else 'no' end end as populated,
      ${options} as options
    from ${fromRelations} where c.relkind in ('v', 'm') and ${userRelations(ignored)}`,
};

export const triggers: CatalogQuery = {
  kind: "trigger",
  subject: "triggers",
  // A trigger with tgparentid is the partition's copy. It follows the partitioned table's, but that
  // it fires can be told for it alone.
  sql: (
    ignored,
  ) => `select ${onTableSql("g.tgname", "n.nspname", "c.relname")} as name, ${relation} as parent,
      pg_catalog.pg_get_triggerdef(g.oid) as definition,
      pg_catalog.concat_ws(', ', ${firingSql("g.tgenabled")}, w.firing) as firing
    from ${fromRelations} join pg_catalog.pg_trigger g on g.tgrelid = c.oid
      left join (${firingOfPartitionsSql}) w on w.root = g.oid
    where not g.tgisinternal and g.tgparentid = 0 and ${userRelations(ignored)}`,
};

export const rules: CatalogQuery = {
  kind: "rule",
  subject: "rules",
  sql: (
    ignored,
  ) => `select ${onTableSql("r.rulename", "n.nspname", "c.relname")} as name, ${relation} as parent,
      pg_catalog.pg_get_ruledef(r.oid) as definition,
      ${firingSql("r.ev_enabled")} as firing
    from ${fromRelations} join pg_catalog.pg_rewrite r on r.ev_class = c.oid
    where r.rulename <> '_RETURN' and ${userRelations(ignored)}`,
};

export const policies: CatalogQuery = {
  kind: "policy",
  subject: "row security policies",
  sql: (
    ignored,
  ) => `select ${onTableSql("p.polname", "n.nspname", "c.relname")} as name, ${relation} as parent,
      case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
        else 'all' end as command,
      case when p.polpermissive then 'permissive' else 'restrictive' end as mode,
      (select pg_catalog.string_agg(case r when 0 then 'public' else pg_catalog.pg_get_userbyid(r)::text end, ', '
          order by pg_catalog.pg_get_userbyid(r)) from pg_catalog.unnest(p.polroles) r) as roles,
      pg_catalog.pg_get_expr(p.polqual, p.polrelid) as "using",
      pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as "check"
    from ${fromRelations} join pg_catalog.pg_policy p on p.polrelid = c.oid where ${userRelations(ignored)}`,
};

export const constraints: CatalogQuery = {
  kind: "constraint",
  subject: "constraints",
  // PostgreSQL 18 stores NOT NULL as constraints of type 'n'. The column's nullability says the same on
  // every version, but for what is new in 18: one that is not validated, or that children do not inherit.
  sql: (
    ignored,
  ) => `select ${onTableSql("k.conname", "n.nspname", "c.relname")} as name, ${relation} as parent,
      pg_catalog.pg_get_constraintdef(k.oid) as definition,
      case when k.convalidated then 'validated' else 'not valid' end as validity,
      case when k.condeferred then 'initially deferred' when k.condeferrable then 'deferrable' end as deferral,
      coalesce(w.triggers, 'enabled') as enforcement
    from ${fromRelations} join pg_catalog.pg_constraint k on k.conrelid = c.oid
      left join (${enforcementSql}) w on w.root = k.oid
    where (k.contype not in ('n', 't') or (k.contype = 'n' and (k.connoinherit or not k.convalidated)))
      and k.conparentid = 0 and ${userRelations(ignored)}`,
};

export const indexes: CatalogQuery = {
  kind: "index",
  subject: "indexes",
  // An index that serves a constraint is part of it.
  sql: (
    ignored,
  ) => `select ${relation} as name, ${qualifiedSql("tn.nspname", "tc.relname")} as parent,
      pg_catalog.pg_get_indexdef(i.indexrelid) as definition,
      case when i.indisvalid and i.indisready then 'valid' else 'invalid' end as validity
    from ${fromRelations} join pg_catalog.pg_index i on i.indexrelid = c.oid
    join pg_catalog.pg_class tc on tc.oid = i.indrelid
    join pg_catalog.pg_namespace tn on tn.oid = tc.relnamespace
    where not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
      and tc.relpersistence <> 't' and ${userRelations(ignored)}`,
};
