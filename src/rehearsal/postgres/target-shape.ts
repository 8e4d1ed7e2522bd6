/**
 * Makes a plain server look like an Azure flexible server: the superuser stays
 * with the service, the admin belongs to `azure_pg_admin`, and which extensions
 * it may create is decided by `azure.extensions` alone.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { quoteIdentifier, quoteLiteral } from "../../core/identifier.ts";
import type { Server } from "./server.ts";
import type { ServerSettings } from "./settings.ts";
import type { Role } from "./source-shape.ts";
import { runAsSuperuser } from "./superuser.ts";

/** Azure's defaults, as far as this server knows the parameters. */
export const targetSettings: ServerSettings = {
  wal_level: "replica",
  max_replication_slots: "10",
  max_wal_senders: "10",
  // The service's own subscriptions: a worker per table being copied, and one per database.
  max_logical_replication_workers: "16",
  max_sync_workers_per_subscription: "4",
  max_worker_processes: "32",
  shared_preload_libraries: "pg_stat_statements",
  "azure.extensions": "",
};

export interface TargetShape {
  readonly admin: Role;
  readonly signal: AbortSignal;
}

/** Predefined roles that the admin may hand on. Since 16 only who has the ADMIN option can, CREATEROLE or not. */
function predefinedRoles(server: Server): readonly string[] {
  return [
    "pg_monitor",
    "pg_read_all_data",
    "pg_write_all_data",
    "pg_signal_backend",
    ...(server.major >= 17 ? ["pg_create_subscription", "pg_maintain"] : []),
  ];
}

export async function shapeTarget(server: Server, shape: TargetShape): Promise<void> {
  const admin = quoteIdentifier(shape.admin.user);
  await runAsSuperuser(server, { signal: shape.signal }, [
    "CREATE ROLE azure_pg_admin NOLOGIN",
    `CREATE ROLE ${admin} LOGIN CREATEDB CREATEROLE PASSWORD ${quoteLiteral(shape.admin.password.reveal())}`,
    `GRANT azure_pg_admin TO ${admin} WITH ADMIN OPTION`,
    `GRANT ${predefinedRoles(server).join(", ")} TO ${admin} WITH ADMIN OPTION`,
    "ALTER DATABASE postgres OWNER TO azure_pg_admin",
    "CREATE DATABASE azure_maintenance",
    "REVOKE ALL ON DATABASE azure_maintenance FROM PUBLIC",
  ]);
  await allowExtensions(server, []);
}

/** A database as the service creates it: everyone in `azure_pg_admin` owns it. */
export async function createTargetDatabase(
  server: Server,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  await runAsSuperuser(server, { signal }, [
    `CREATE DATABASE ${quoteIdentifier(name)} OWNER azure_pg_admin`,
  ]);
}

const trustedLine = /^\s*trusted\s*=.*\n?/m;

/**
 * Sets `azure.extensions`. The stock server lets an ordinary user create an
 * extension whose control file says `trusted` (PostgreSQL 13), so that is
 * where the list takes effect, at once and without a restart. A refusal is
 * SQLSTATE 42501 here, where Azure says 0A000.
 */
export async function allowExtensions(server: Server, names: readonly string[]): Promise<void> {
  const allowed = new Set(["plpgsql", ...names].map((name) => name.toLowerCase()));
  const isControl = (file: string): boolean => file.endsWith(".control") && !file.includes("--");
  const files = (await readdir(server.extensionFolder)).filter(isControl);
  await Promise.all(
    files.map(async (name) => {
      const file = path.join(server.extensionFolder, name);
      const bare = (await readFile(file, "utf8")).replace(trustedLine, "").trimEnd();
      const trusted = allowed.has(path.basename(name, ".control").toLowerCase());
      await writeFile(file, `${bare}\ntrusted = ${trusted}\n`);
    }),
  );
  await server.reload({ "azure.extensions": names.join(",") });
}
