/** Azure Database for PostgreSQL through Azure Resource Manager. What may be used from outside the folder. */
export { type AzureServer, createAzureServer } from "./azure.ts";
export type { CallOptions } from "./call.ts";
export type { AzureOptions } from "./client.ts";
export { azureFailure } from "./failure.ts";
export {
  type ChangeCounters,
  type MigratingDatabase,
  type Migration,
  readMigration,
  type TableCounters,
  type Validation,
  type ValidationMessage,
} from "./migration.ts";
export type { MigrationPatch, NewMigration } from "./migrations.ts";
export type { AzureDatabase, Backup, Configuration, FirewallRule, ServerFacts } from "./server.ts";
