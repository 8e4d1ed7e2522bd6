/**
 * Collations, casts and foreign servers of one side. SQL only. Their owners are
 * not carried by any step, and are no facts.
 */
import { listSql, qualifiedSql, quotedSql } from "./names.ts";
import type { CatalogQuery } from "./object.ts";
import { ignoredNames, notExtensionMember, userNamespaces } from "./scope.ts";

/** The lowest oid that an object of people has (FirstNormalObjectId). */
const madeByPeople = 16384;

export const collations: CatalogQuery = {
  kind: "collation",
  subject: "collations",
  // colliculocale became colllocale in 17; ICU's rules are of 16.
  sql: (
    ignored,
  ) => `select ${qualifiedSql("n.nspname", "l.collname")} as name, ${quotedSql("n.nspname")} as parent,
      case l.collprovider
        when 'i' then 'icu ' || coalesce(j ->> 'colllocale', j ->> 'colliculocale', j ->> 'collcollate', '')
          || coalesce(E'\\nrules ' || (j ->> 'collicurules'), '')
        when 'b' then 'builtin ' || (j ->> 'colllocale')
        else 'libc ' || l.collcollate || ' / ' || l.collctype end as locale,
      case when l.collisdeterministic then 'yes' else 'no' end as deterministic
    from pg_catalog.pg_collation l join pg_catalog.pg_namespace n on n.oid = l.collnamespace
      cross join lateral pg_catalog.to_jsonb(l) j
    where ${userNamespaces("n", ignored)} and ${notExtensionMember("pg_collation", "l.oid")}`,
};

export const casts: CatalogQuery = {
  kind: "cast",
  subject: "casts",
  // Those of a range type come with it, by an internal dependency.
  sql: (
    ignored,
  ) => `select 'cast (' || pg_catalog.format_type(k.castsource, null) || ' as ' || pg_catalog.format_type(k.casttarget, null) || ')' as name,
      null as parent,
      case k.castcontext when 'i' then 'implicit' when 'a' then 'assignment' else 'explicit' end as context,
      case k.castmethod when 'f' then k.castfunc::pg_catalog.regprocedure::text when 'i' then 'in and out' else 'binary' end as method
    from pg_catalog.pg_cast k
    where k.oid >= ${madeByPeople}
      and not exists (select from pg_catalog.pg_depend x
        where x.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass and x.objid = k.oid and x.deptype in ('e', 'i'))
      and not exists (select from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
        where t.oid in (k.castsource, k.casttarget) and n.nspname in (${ignoredNames(ignored)}))`,
};

export const foreignServers: CatalogQuery = {
  kind: "foreign-server",
  subject: "foreign servers",
  sql: () => `select ${quotedSql("s.srvname")} as name, null as parent, w.fdwname::text as wrapper,
      s.srvtype as type, s.srvversion as version,
      ${listSql("pg_catalog.unnest(s.srvoptions) o")} as options
    from pg_catalog.pg_foreign_server s join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
    where ${notExtensionMember("pg_foreign_server", "s.oid")}`,
};
