/**
 * What has an owner and takes grants: one row for each object, for the step that
 * carries access and for the comparison alike. SQL only.
 */
import { comesWithType, functionName } from "../catalog/definitions.ts";
import { qualifiedSql, quotedSql } from "../catalog/names.ts";
import { userNamespaces } from "../catalog/scope.ts";

/** As the statements that change an owner call it. `c` is a pg_class. */
export const relationKind = `case c.relkind when 'v' then 'view' when 'm' then 'materialized view'
  when 'f' then 'foreign table' when 'S' then 'sequence' else 'table' end`;

/** A serial's sequence follows the owner of its table. `c` is its pg_class. */
export const followsColumn = `exists (select from pg_catalog.pg_depend x
  where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.objid = c.oid
    and x.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.deptype in ('a', 'i') and c.relkind = 'S')`;

/**
 * Columns `classid`, `oid`, `kind`, `name` (quoted, as the catalog's kinds write
 * it), `nsp`, `owner` (an oid), `acl` (with what it has by default, where others
 * than the owner have something by default), `dependent`, and `stays`: the owner
 * is the service's choice, and is not carried. Objects that an extension made
 * belong to it, and are made by it on the other side.
 */
export function accessObjects(ignored: readonly string[]): string {
  const parts = [
    `select 'pg_catalog.pg_class'::pg_catalog.regclass::oid as classid, c.oid, ${relationKind} as kind,
      ${qualifiedSql("n.nspname", "c.relname")} as name, n.oid as nsp, c.relowner as owner, c.relacl as acl,
      ${followsColumn} as dependent, false as stays
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relpersistence <> 't' and ${userNamespaces("n", ignored)}`,
    `select 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 'routine', ${functionName}, n.oid, p.proowner,
      coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner)), false, false
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where not ${comesWithType} and ${userNamespaces("n", ignored)}`,
    // PostgreSQL 15 gives `public` to pg_database_owner, and a service may give it to a role of its own.
    `select 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 'schema', ${quotedSql("n.nspname")}, null, n.nspowner,
      coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)), false, n.nspname = 'public'
    from pg_catalog.pg_namespace n where ${userNamespaces("n", ignored)}`,
    `select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 'type', ${qualifiedSql("n.nspname", "t.typname")}, n.oid, t.typowner,
      coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner)), false, false
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where t.typtype in ('e', 'd', 'r', 'c') and t.typelem = 0 and ${userNamespaces("n", ignored)}
      and (t.typrelid = 0 or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))`,
    `select 'pg_catalog.pg_database'::pg_catalog.regclass, d.oid, 'database', 'database', null, d.datdba,
      coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba)), false, true
    from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`,
  ];
  return `select o.* from (${parts.join(" union all ")}) o
    where not exists (select from pg_catalog.pg_depend e
      where e.classid = o.classid and e.objid = o.oid and e.deptype = 'e')`;
}
