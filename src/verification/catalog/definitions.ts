/**
 * Functions, types and extensions of one side. SQL only.
 */
import { qualifiedSql, quotedSql } from "./names.ts";
import type { CatalogQuery } from "./object.ts";
import { notExtensionMember, userNamespaces } from "./scope.ts";

/** pg_get_functiondef refuses aggregates; what makes one is these parts. */
const aggregate = `(select pg_catalog.concat_ws(', ', 'aggregate ' || g.aggkind::text, g.aggtransfn::text,
    pg_catalog.format_type(g.aggtranstype, null), 'final ' || g.aggfinalfn::text, 'combine ' || g.aggcombinefn::text,
    'initial ' || g.agginitval, 'moving ' || g.aggmtransfn::text, 'sort ' || g.aggsortop::pg_catalog.regoperator::text)
  from pg_catalog.pg_aggregate g where g.aggfnoid = p.oid)`;

export const functions: CatalogQuery = {
  kind: "function",
  subject: "functions and procedures",
  sql: (
    ignored,
  ) => `select ${qualifiedSql("n.nspname", "p.proname")} || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' as name,
      ${quotedSql("n.nspname")} as parent,
      case when p.prokind = 'a' then ${aggregate} else pg_catalog.pg_get_functiondef(p.oid) end as definition,
      pg_catalog.pg_get_function_result(p.oid) as result
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where ${userNamespaces("n", ignored)} and ${notExtensionMember("pg_proc", "p.oid")}`,
};

/** Arrays, row types of tables and multiranges come with another object and have no facts of their own. */
export const types: CatalogQuery = {
  kind: "type",
  subject: "types, enums and domains",
  sql: (
    ignored,
  ) => `select ${qualifiedSql("n.nspname", "t.typname")} as name, ${quotedSql("n.nspname")} as parent,
      case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite' when 'r' then 'range'
        when 'p' then 'shell' else 'base' end as kind,
      (select pg_catalog.string_agg(e.enumlabel, ', ' order by e.enumsortorder)
        from pg_catalog.pg_enum e where e.enumtypid = t.oid) as labels,
      case t.typtype when 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) end as base,
      case t.typtype when 'd' then case when t.typnotnull then 'not null' else 'null' end end as nullability,
      case t.typtype when 'd' then t.typdefault end as "default",
      case when t.typtype = 'd' and t.typcollation <> 0 then t.typcollation::pg_catalog.regcollation::text end as collation,
      (select pg_catalog.format_type(r.rngsubtype, null) from pg_catalog.pg_range r where r.rngtypid = t.oid) as subtype,
      (select pg_catalog.string_agg(k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid), ', ' order by k.conname)
        from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype <> 'n') as constraints
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where t.typtype in ('e', 'd', 'c', 'r', 'b', 'p')
      and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid)
      and (t.typrelid = 0 or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
      and ${userNamespaces("n", ignored)} and ${notExtensionMember("pg_type", "t.oid")}`,
};

export const extensions: CatalogQuery = {
  kind: "extension",
  subject: "extensions",
  sql: () => `select ${quotedSql("e.extname")} as name, null as parent, e.extversion as version, n.nspname as schema
    from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace`,
};
