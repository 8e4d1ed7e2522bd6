/**
 * Grants, default privileges and settings of one side as catalog objects. SQL
 * only. Whose they are is in facts of their own, because a role may have another
 * name on the other side: `access/role-names.ts` makes the names.
 */
import { changedRightsSql, extensionMembersSql } from "../access/changed-rights.ts";
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

/** What has been granted and revoked of the rights that they came with. */
export const grantsOnMembers: CatalogQuery = {
  kind: "grant",
  subject: "grants on members of extensions and on what the server made",
  sql: (ignored) => `select g.name, 'extension ' || g.extension as parent,
      case when g.extension is not null then 'extension-member ' || g.name end as member,
      case when g.extension is null then 'yes' end as made_by_server, g.grantee,
      ${privileges(`|| coalesce(' (' || ${quotedSql('g."column"')} || ')', '') || case when g.revoked then ' revoked' else '' end`)} as privileges
    from (${changedRightsSql(ignored)}) g group by g.name, g.extension, g.grantee`,
};

/** Which of them one side lacks is a matter of the extension's version, and told with that alone. */
export const extensionMembers: CatalogQuery = {
  kind: "extension-member",
  subject: "members of extensions",
  sql: (ignored) => `select m.name, null as parent from (${extensionMembersSql(ignored)}) m`,
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
