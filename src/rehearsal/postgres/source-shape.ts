/**
 * Makes a plain server look like a DigitalOcean cluster: `doadmin` is no
 * superuser, owns what the control panel creates, and acts on the tables of
 * the app users because it is a member of them.
 */
import { quoteIdentifier, quoteLiteral } from "../../core/identifier.ts";
import type { Secret } from "../../core/secret.ts";
import type { Server } from "./server.ts";
import type { ServerSettings } from "./settings.ts";
import { runAsSuperuser } from "./superuser.ts";

/** As the cloud sets them for a cluster with logical replication allowed. */
export const sourceSettings: ServerSettings = {
  wal_level: "logical",
  max_replication_slots: "20",
  max_wal_senders: "20",
  shared_preload_libraries: "pg_stat_statements",
};

export interface Role {
  readonly user: string;
  readonly password: Secret;
}

export interface SourceShape {
  /** `doadmin`. */
  readonly admin: Role;
  /** The users of the apps. */
  readonly apps: readonly Role[];
  /** Besides `defaultdb`; owned by `doadmin` unless an app is named. */
  readonly databases: readonly { readonly name: string; readonly owner?: string }[];
  readonly signal: AbortSignal;
}

export async function shapeSource(server: Server, shape: SourceShape): Promise<void> {
  const admin = quoteIdentifier(shape.admin.user);
  const password = (role: Role): string => `PASSWORD ${quoteLiteral(role.password.reveal())}`;
  const apps = shape.apps.flatMap((app) => [
    `CREATE ROLE ${quoteIdentifier(app.user)} LOGIN ${password(app)}`,
    `GRANT ${quoteIdentifier(app.user)} TO ${admin}`,
  ]);
  const databases = [{ name: "defaultdb" }, ...shape.databases].map(
    (database: { readonly name: string; readonly owner?: string }) =>
      `CREATE DATABASE ${quoteIdentifier(database.name)} OWNER ${quoteIdentifier(database.owner ?? shape.admin.user)}`,
  );
  await runAsSuperuser(server, { signal: shape.signal }, [
    `CREATE ROLE ${admin} LOGIN CREATEDB CREATEROLE REPLICATION ${password(shape.admin)}`,
    `GRANT pg_monitor, pg_signal_backend TO ${admin}`,
    ...apps,
    ...databases,
  ]);
}
