/**
 * The database itself, schemas, tables, views and what hangs on them, of one side. SQL only.
 * Columns, constraints and indexes have files of their own.
 */
import { listSql, onTableSql, qualifiedSql, quotedSql } from "./names.ts";
import type { CatalogQuery } from "./object.ts";
import {
  fromRelations,
  notExtensionMember,
  persistence,
  relation,
  userNamespaces,
  userRelations,
} from "./scope.ts";
import { firingOfPartitionsSql, firingSql } from "./firing.ts";

/** Storage settings, the TOAST table's too. They are an ordered list in the catalog, and their order means nothing. */
const options = listSql(`(select o from pg_catalog.unnest(c.reloptions) o
    union all select 'toast.' || o from pg_catalog.pg_class x, pg_catalog.unnest(x.reloptions) o
      where x.oid = c.reltoastrelid) of_both(o)`);

const parents = `(select pg_catalog.string_agg(${qualifiedSql("pn.nspname", "pc.relname")}
      || case when i.inhdetachpending then ' (detach pending)' else '' end, ', ' order by i.inhseqno)
    from pg_catalog.pg_inherits i join pg_catalog.pg_class pc on pc.oid = i.inhparent
      join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace
    where i.inhrelid = c.oid)`;

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
  // A partitioned table holds nothing, and PostgreSQL 18 knows none that is unlogged.
  sql: (ignored) => `select ${relation} as name, ${quotedSql("n.nspname")} as parent,
      case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' else 'foreign table' end as kind,
      pg_catalog.pg_get_userbyid(c.relowner)::text as owner,
      case when c.relkind <> 'p' then ${persistence} end as persistence,
      pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_bound,
      case c.relkind when 'p' then pg_catalog.pg_get_partkeydef(c.oid) end as partition_key,
      ${parents} as parents,
      case when c.reloftype <> 0 then pg_catalog.format_type(c.reloftype, null) end as of_type,
      case c.relreplident when 'd' then 'default' when 'f' then 'full' when 'n' then 'nothing'
        else 'index ' || (select x.indexrelid::pg_catalog.regclass::text from pg_catalog.pg_index x
          where x.indrelid = c.oid and x.indisreplident) end as replica_identity,
      case when c.relrowsecurity then 'enabled' else 'off' end || case when c.relforcerowsecurity then ', forced' else '' end as row_security,
      ${options} as options,
      fs.srvname::text as server,
      ${listSql("pg_catalog.unnest(ft.ftoptions) o")} as foreign_options
    from ${fromRelations}
      left join pg_catalog.pg_foreign_table ft on ft.ftrelid = c.oid
      left join pg_catalog.pg_foreign_server fs on fs.oid = ft.ftserver
    where c.relkind in ('r', 'p', 'f') and ${userRelations(ignored)}`,
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
      (select pg_catalog.string_agg(case r when 0 then 'public' else ${quotedSql("pg_catalog.pg_get_userbyid(r)")} end, ', '
          order by pg_catalog.pg_get_userbyid(r)) from pg_catalog.unnest(p.polroles) r) as roles,
      pg_catalog.pg_get_expr(p.polqual, p.polrelid) as "using",
      pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as "check"
    from ${fromRelations} join pg_catalog.pg_policy p on p.polrelid = c.oid where ${userRelations(ignored)}`,
};
