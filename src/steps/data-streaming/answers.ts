/** What the service may ask on its way, and what this tool answers. Data only. */
import type { Migration } from "../../providers/azure/index.ts";

/** As JSON: an action carries it. */
type Patch = { readonly [field: string]: true | readonly string[] };

interface Answer {
  readonly summary: string;
  patch(migration: Migration): Patch;
}

/** What the service may ask on its way, and what this tool answers (REST 2025-08-01). */
export const answers: { readonly [subState: string]: Answer | undefined } = {
  WaitingForTargetDBOverwriteConfirmation: {
    summary: "Let Azure replace the empty databases on the target",
    patch: () => ({ overwrite: true }),
  },
  WaitingForDBsToMigrateSpecification: {
    summary: "Tell Azure again which databases to migrate",
    patch: ({ databaseNames }) => ({ databases: databaseNames }),
  },
  WaitingForLogicalReplicationSetupRequestOnSourceDB: {
    summary: "Let Azure set up logical replication on the source",
    patch: () => ({ setupLogicalReplication: true }),
  },
  WaitingForDataMigrationScheduling: {
    summary: "Tell Azure to start now",
    patch: () => ({ startDataMigration: true }),
  },
  WaitingForDataMigrationWindow: {
    summary: "Tell Azure to start now",
    patch: () => ({ startDataMigration: true }),
  },
};
