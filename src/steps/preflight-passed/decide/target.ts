/** The target's PostgreSQL and its admin: pure. */
import { quoteIdentifier } from "../../../core/identifier.ts";
import type { Check } from "../check.ts";
import type { TargetFacts } from "../observe/target-server.ts";

export const targetChecks: readonly Check<TargetFacts>[] = [
  ({ standby }) =>
    standby
      ? {
          code: "target-is-standby",
          severity: "blocks",
          message: "The target's PostgreSQL is a read-only replica; nothing can be copied into it.",
          remedy: "Name the primary server in target.azure.server.",
        }
      : undefined,
  ({ admin, mayCreateRoles }) =>
    mayCreateRoles
      ? undefined
      : {
          code: "target-cannot-create-roles",
          severity: "blocks",
          message: `Role ${admin} of the target may not create roles (603116), and the service carries none: owners and grants would be lost.`,
          remedy: `ALTER ROLE ${quoteIdentifier(admin)} CREATEROLE; -- as the server's administrator, or name that one in target.azure.user`,
        },
  ({ admin, mayCreateDatabases }) =>
    mayCreateDatabases
      ? undefined
      : {
          code: "target-cannot-create-databases",
          severity: "blocks",
          message: `Role ${admin} of the target may not create databases.`,
          remedy: `ALTER ROLE ${quoteIdentifier(admin)} CREATEDB; -- as the server's administrator, or name that one in target.azure.user`,
        },
  ({ admin, inAdminGroup }) =>
    inAdminGroup === false
      ? {
          code: "target-admin-not-in-group",
          severity: "warns",
          message: `Role ${admin} of the target is no member of azure_pg_admin; Azure's service asks for that (603115).`,
          remedy: `GRANT azure_pg_admin TO ${quoteIdentifier(admin)}; -- as the server's administrator`,
        }
      : undefined,
];
