/**
 * Grants, default privileges and settings of one side as catalog objects. SQL
 * only. Whose they are is in facts of their own, because a role may have another
 * name on the other side: `access/role-names.ts` makes the names.
 */
import { defaultPrivilegesSql, grantsSql, settingsSql } from "../access/rights.ts";
import { quotedSql } from "./names.ts";
import type { CatalogQuery } from "./object.ts";

/** One a line: a quoted column may hold any other character that could part them, and a newline hardly. */
const privileges = (column: string): string => `pg_catalog.string_agg(
    g.privilege ${column} || case when g.grantable then ' with grant option' else '' end,
    E'\n' order by g.privilege ${column})`;

/** The owner's own rights are no grants; those of an owner who is the service's choice are what another owner is granted. */
export const grants: CatalogQuery = {
  kind: "grant",
  subject: "grants",
  sql: (ignored) => `select g.name, case g.kind when 'database' then null else g.name end as parent,
      case when g.owners and g.grantee = 'pg_database_owner' then pg_catalog.pg_get_userbyid(d.datdba)::text else g.grantee end as grantee,
      case when g.owners then 'yes' end as owners,
      ${privileges(`|| coalesce(' (' || ${quotedSql('g."column"')} || ')', '')`)} as privileges
    from (${grantsSql(ignored)}) g
      join pg_catalog.pg_database d on d.datname = pg_catalog.current_database()
    where not g.owners or g.stays
    group by g.name, g.kind, g.grantee, g.owners, d.datdba`,
};

export const defaultPrivileges: CatalogQuery = {
  kind: "default-privilege",
  subject: "default privileges",
  sql: (
    ignored,
  ) => `select g.objects || coalesce(' in ' || g.schema, '') as name, g.schema as parent,
      g.creator, g.grantee,
      ${privileges("|| case when g.revoked then ' revoked' else '' end")} as privileges
    from (${defaultPrivilegesSql(ignored)}) g group by g.objects, g.schema, g.creator, g.grantee`,
};

export const settings: CatalogQuery = {
  kind: "setting",
  subject: "settings of the database and of roles",
  sql: () => `select ${quotedSql("g.name")} as name, null as parent, g.role,
      case when g.everywhere then 'yes' end as everywhere, g.value from (${settingsSql}) g`,
};
