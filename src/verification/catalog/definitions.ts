/**
 * Functions, types, statistics, event triggers and extensions of one side. SQL only.
 */
import { aggregateDefinition } from "./aggregates.ts";
import { listSql, qualifiedSql, quotedSql } from "./names.ts";
import type { CatalogQuery } from "./object.ts";
import { notExtensionMember, userNamespaces } from "./scope.ts";

/** Of a pg_proc `p` in the schema `n`. */
export const functionName = `(${qualifiedSql("n.nspname", "p.proname")} || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')')`;

/** The constructors of a range type come with it and belong to the server (makeRangeConstructors). `p` is a pg_proc. */
export const comesWithType = `exists (select from pg_catalog.pg_depend x
  where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid and x.deptype = 'i')`;

export const functions: CatalogQuery = {
  kind: "function",
  subject: "functions and procedures",
  sql: (ignored) => `select ${functionName} as name,
      ${quotedSql("n.nspname")} as parent,
      case when p.prokind = 'a' then ${aggregateDefinition} else pg_catalog.pg_get_functiondef(p.oid) end as definition,
      pg_catalog.pg_get_function_result(p.oid) as result,
      case when not ${comesWithType} then pg_catalog.pg_get_userbyid(p.proowner)::text end as owner
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
      case when t.typtype <> 'p' then pg_catalog.pg_get_userbyid(t.typowner)::text end as owner,
      (select pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
        from pg_catalog.pg_enum e where e.enumtypid = t.oid) as labels,
      case t.typtype when 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) end as base,
      case t.typtype when 'd' then case when t.typnotnull then 'not null' else 'null' end end as nullability,
      case t.typtype when 'd' then pg_catalog.pg_get_expr(t.typdefaultbin, 0) end as "default",
      case when t.typtype = 'd' and t.typcollation <> 0 then t.typcollation::pg_catalog.regcollation::text
        when r.rngcollation <> 0 then r.rngcollation::pg_catalog.regcollation::text end as collation,
      pg_catalog.format_type(r.rngsubtype, null) as subtype,
      (select ${qualifiedSql("os.nspname", "o.opcname")} from pg_catalog.pg_opclass o
        join pg_catalog.pg_namespace os on os.oid = o.opcnamespace where o.oid = r.rngsubopc) as operator_class,
      nullif(r.rngcanonical::oid, 0)::pg_catalog.regprocedure::text as canonical,
      nullif(r.rngsubdiff::oid, 0)::pg_catalog.regprocedure::text as subtype_diff,
      pg_catalog.format_type(r.rngmultitypid, null) as multirange,
      (select pg_catalog.string_agg(${quotedSql("k.conname")} || ' ' || pg_catalog.pg_get_constraintdef(k.oid), ', ' order by k.conname)
        from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype <> 'n') as constraints
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
      left join pg_catalog.pg_range r on r.rngtypid = t.oid
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

/** Extended statistics. Their target is a matter of tuning, like the columns', and does not count. */
export const statistics: CatalogQuery = {
  kind: "statistics",
  subject: "extended statistics",
  sql: (
    ignored,
  ) => `select ${qualifiedSql("n.nspname", "s.stxname")} as name, ${qualifiedSql("tn.nspname", "tc.relname")} as parent,
      pg_catalog.pg_get_statisticsobjdef(s.oid) as definition
    from pg_catalog.pg_statistic_ext s
    join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
    join pg_catalog.pg_class tc on tc.oid = s.stxrelid
    join pg_catalog.pg_namespace tn on tn.oid = tc.relnamespace
    where tc.relpersistence <> 't' and ${userNamespaces("n", ignored)} and ${notExtensionMember("pg_statistic_ext", "s.oid")}`,
};

export const eventTriggers: CatalogQuery = {
  kind: "event-trigger",
  subject: "event triggers",
  sql: () => `select ${quotedSql("e.evtname")} as name, null as parent,
      e.evtevent as event, e.evtfoid::pg_catalog.regprocedure::text as function,
      ${listSql("pg_catalog.unnest(e.evttags) o")} as tags,
      case e.evtenabled when 'O' then 'enabled' when 'D' then 'disabled' when 'R' then 'replica only'
        else 'always' end as firing
    from pg_catalog.pg_event_trigger e where ${notExtensionMember("pg_event_trigger", "e.oid")}`,
};
