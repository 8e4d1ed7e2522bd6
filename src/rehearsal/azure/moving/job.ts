/**
 * What moving the data of one migration needs, resolved from its request:
 * both ends with credentials, names, tools, limits. Holds no progress.
 */
import type { Faults } from "../faults/faults.ts";
import { type Migration } from "../migrations/migration.ts";
import { sourceAddress } from "../migrations/migration-request.ts";
import type { ConfigurationStore } from "../postgresql/configuration-store.ts";
import type { Access } from "../postgresql/session.ts";
import type { Timings } from "../timings.ts";

/** Where a migration finds the client programs. Names are looked up in PATH. */
export interface Tools {
  readonly pgDump: string;
  readonly pgRestore: string;
}

export interface Network {
  /** Stands for the names and addresses that the service's network resolves. */
  resolve(host: string, port: number): { readonly host: string; readonly port: number };
}

export interface MoverParts {
  readonly tools: Tools;
  readonly network: Network;
  readonly faults: Faults;
  readonly timings: Timings;
  /** Parent of the dumps' directories; emptied as databases are done. */
  readonly directory: string;
  configurationsOf(migration: Migration): ConfigurationStore;
}

export interface Job {
  readonly source: Access;
  /** The migration's target user: owns what is restored. */
  readonly target: Access;
  readonly superuser: Access;
  readonly targetVersion: string;
  readonly databases: readonly string[];
  readonly online: boolean;
  /** VerifyCA and VerifyFull, which the service cannot do for this source. */
  readonly verifiesCertificate: boolean;
  readonly overwrite: boolean;
  readonly configurations: ConfigurationStore;
  readonly parts: MoverParts;
  readonly signal: AbortSignal;
}

/** Ends a migration as Failed with this text. */
export class MigrationFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MigrationFailure";
  }
}

/** Throws MigrationFailure when the request names no source or lacks a password. */
export async function prepareJob(migration: Migration, parts: MoverParts): Promise<Job> {
  const { request, server, life } = migration;
  const { properties, sourcePassword, targetPassword } = request;
  const address = sourceAddress(request);
  if (address?.user === undefined || sourcePassword === undefined || targetPassword === undefined) {
    throw new MigrationFailure(
      "S0004: Failed to fetch source server details. Please make sure source server is in available state and the details are correct.",
    );
  }
  const { major } = await server.version();
  migration.targetVersion = major;
  return {
    source: {
      ...parts.network.resolve(address.host, address.port),
      user: address.user,
      password: sourcePassword,
      sslMode: properties.sslMode === "Prefer" ? "prefer" : "require",
    },
    target: server.as(request.targetUsername ?? server.options.administratorLogin, targetPassword),
    superuser: server.superuser,
    targetVersion: major,
    databases: properties.dbsToMigrate ?? [],
    online: properties.migrationMode === "Online",
    verifiesCertificate: properties.sslMode === "VerifyCA" || properties.sslMode === "VerifyFull",
    overwrite: properties.overwriteDbsInTarget === "True",
    configurations: parts.configurationsOf(migration),
    parts,
    signal: life.signal,
  };
}
