/**
 * Who may do what, and which settings a database has: one row for each right and
 * each setting, for the step that carries them and for the comparison. SQL only.
 */
import { qualifiedSql, quotedSql } from "../catalog/names.ts";
import { notExtensionMember, userNamespaces } from "../catalog/scope.ts";
import { accessObjects, relationKind } from "./objects.ts";

/** Empty for PUBLIC. */
export const granteeName = (oid: string): string =>
  `case ${oid} when 0 then '' else pg_catalog.pg_get_userbyid(${oid})::text end`;

/**
 * Columns `classid`, `oid`, `kind`, `name` (`type "s"."t"`, as a sequence may be called
 * as a type is), `column` (not quoted; null but for a column's right), `grantee`, `privilege`, `grantable`, `owner`, and `owners`: it
 * is a right of the owner's own. Who has it from two grantors has it once.
 */
export function grantsSql(ignored: readonly string[]): string {
  const columns = `select 'pg_catalog.pg_class'::pg_catalog.regclass::oid as classid, c.oid, ${relationKind} as kind,
      ${qualifiedSql("n.nspname", "c.relname")} as name, c.relowner as owner, false as stays,
      t.attname::text as "column", t.attacl as acl
    from pg_catalog.pg_attribute t join pg_catalog.pg_class c on c.oid = t.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where t.attacl is not null and not t.attisdropped and c.relpersistence <> 't'
      and ${userNamespaces("n", ignored)} and ${notExtensionMember("pg_class", "c.oid")}`;
  const whole = `select o.classid, o.oid, o.kind, case o.kind when 'type' then 'type ' else '' end || o.name, o.owner, o.stays, null, o.acl from (${accessObjects(ignored)}) o
    where o.acl is not null`;
  return `select g.classid, g.oid, g.kind, g.name, g."column", ${granteeName("a.grantee")} as grantee, a.privilege_type as privilege,
      pg_catalog.bool_or(a.is_grantable) as grantable, pg_catalog.pg_get_userbyid(g.owner)::text as owner,
      a.grantee = g.owner as owners, g.stays
    from (${columns} union all ${whole}) g cross join lateral pg_catalog.aclexplode(g.acl) a
    group by g.classid, g.oid, g.kind, g.name, g."column", a.grantee, a.privilege_type, g.owner, g.stays`;
}

/** What everyone has by default of new functions and types; taken away only for all schemas. */
const everyones = "(values ('f', 'EXECUTE'), ('T', 'USAGE')) as e(type, privilege)";

/**
 * Columns `creator`, `schema` (quoted), `objects`, `grantee`, `privilege`,
 * `grantable`, and `revoked`: what everyone has by default is taken away.
 */
export function defaultPrivilegesSql(ignored: readonly string[]): string {
  return `select pg_catalog.pg_get_userbyid(d.defaclrole)::text as creator, ${quotedSql("n.nspname")} as schema,
      case d.defaclobjtype when 'r' then 'TABLES' when 'S' then 'SEQUENCES' when 'f' then 'FUNCTIONS'
        when 'T' then 'TYPES' when 'n' then 'SCHEMAS' end as objects,
      r.grantee, r.privilege, r.grantable, r.revoked
    from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
    cross join lateral (
      select ${granteeName("a.grantee")} as grantee, a.privilege_type as privilege, pg_catalog.bool_or(a.is_grantable) as grantable, false as revoked
      from pg_catalog.aclexplode(d.defaclacl) a
      where a.grantee <> d.defaclrole and not (a.grantee = 0 and d.defaclnamespace = 0 and d.defaclobjtype in ('f', 'T'))
      group by a.grantee, a.privilege_type
      union all
      select '', e.privilege, false, true from ${everyones}
      where e.type = d.defaclobjtype::text and d.defaclnamespace = 0
        and not exists (select from pg_catalog.aclexplode(d.defaclacl) a where a.grantee = 0)
    ) r
    where d.defaclobjtype in ('r', 'S', 'f', 'T', 'n') and (n.oid is null or ${userNamespaces("n", ignored)})`;
}

/**
 * Columns `role` (null for every role), `everywhere` (in every database, not in this
 * one alone), `name`, `value`. The freeze's own parameter is left out: it is
 * not the database's, and it must not travel.
 */
export const settingsSql = `select r.rolname::text as role, d.setdatabase = 0 as everywhere,
    pg_catalog.split_part(s.setting, '=', 1) as name,
    pg_catalog.substr(s.setting, pg_catalog.strpos(s.setting, '=') + 1) as value
  from pg_catalog.pg_db_role_setting d cross join lateral pg_catalog.unnest(d.setconfig) as s(setting)
    left join pg_catalog.pg_roles r on r.oid = d.setrole
  where (d.setdatabase = (select b.oid from pg_catalog.pg_database b where b.datname = pg_catalog.current_database())
      or d.setdatabase = 0)
    and pg_catalog.split_part(s.setting, '=', 1) <> 'default_transaction_read_only'`;

/**
 * Columns `name`, and `service`: a superuser, whom the service made, or whoever owns the
 * database, which is the service's choice. PostgreSQL's other predefined roles mean the
 * same on every server that has them.
 */
export const rolesSql = `select r.rolname::text as name, r.rolsuper or r.rolname = 'pg_database_owner' as service
  from pg_catalog.pg_roles r`;
