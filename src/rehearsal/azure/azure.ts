/**
 * Azure Resource Manager on this machine: an HTTPS server that the real SDKs
 * talk to, with real PostgreSQL servers behind it. Puts the parts together
 * and ends them together.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Secret } from "../../core/secret.ts";
import { Operations } from "./arm/operations.ts";
import { type LoggedRequest, listen } from "./arm/server.ts";
import { type DnsOptions, DnsZones } from "./dns/zones.ts";
import type { FaultName } from "./faults/catalog.ts";
import { Faults } from "./faults/faults.ts";
import type { Migration } from "./migrations/migration.ts";
import { migrationRoutes } from "./migrations/migrations.ts";
import { walk, type WalkParts } from "./migrations/walk.ts";
import type { Damage } from "./moving/damage.ts";
import type { Network, Tools } from "./moving/job.ts";
import { backupRoutes } from "./postgresql/backups.ts";
import { ConfigurationStore } from "./postgresql/configuration-store.ts";
import { configurationRoutes } from "./postgresql/configurations.ts";
import { databaseRoutes } from "./postgresql/databases.ts";
import { firewallRoutes } from "./postgresql/firewall-rules.ts";
import { FlexibleServer, type FlexibleServerOptions } from "./postgresql/flexible-server.ts";
import { serverRoutes } from "./postgresql/servers.ts";
import { defaultTimings, type Timings } from "./timings.ts";

export interface AzureOptions {
  /** PEM texts; the certificate must be good for 127.0.0.1. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** The only bearer token that is accepted. */
  readonly token: Secret;
  readonly servers: readonly FlexibleServerOptions[];
  readonly dns?: DnsOptions;
  /** Switched on from the start. */
  readonly faults?: readonly FaultName[];
  readonly timings?: Partial<Timings>;
  /** `pg_dump` and `pg_restore` of PATH when absent; as new as the source at least. */
  readonly tools?: Partial<Tools>;
  /** Where the names in migrations lead; themselves when absent. */
  readonly network?: Network;
  /** For archives under way; a new one in the system's temporary folder when absent. */
  readonly directory?: string;
  readonly pageSize?: number;
  /** A free one when absent. */
  readonly port?: number;
}

export interface Azure {
  /** `https://127.0.0.1:port`, to be given to the SDK with the authority's certificate. */
  readonly endpoint: string;
  readonly requests: readonly LoggedRequest[];
  readonly migrations: readonly Migration[];
  /** What data faults did to the target. */
  readonly damages: readonly Damage[];
  readonly faults: Faults;
  readonly dns: DnsZones | undefined;
  /** Resolves when no long-running operation is under way. */
  idle(): Promise<void>;
  /** Ends migrations, children and connections; leaves no slot, publication or subscription. */
  close(): Promise<void>;
}

function configurationOf(
  stores: ReadonlyMap<FlexibleServer, ConfigurationStore>,
  server: FlexibleServer,
): ConfigurationStore {
  const store = stores.get(server);
  if (store === undefined) throw new Error(`no parameters for ${server.options.name}`);
  return store;
}

interface Walks {
  readonly begin: (migration: Migration) => void;
  readonly end: () => Promise<void>;
}

/** Every walk is kept, so that closing can wait for its clean-up. */
function startWalks(migrations: readonly Migration[], parts: WalkParts): Walks {
  const walks = new Set<Promise<void>>();
  return {
    begin: (migration) => void walks.add(walk(migration, parts)),
    end: async () => {
      for (const migration of migrations) {
        if (migration.active) migration.life.abort(new Error("The service is shutting down."));
      }
      await Promise.all(walks);
    },
  };
}

/** Listens on 127.0.0.1 when it resolves. */
export async function createAzure(options: AzureOptions): Promise<Azure> {
  const faults = new Faults(options.faults);
  const timings: Timings = { ...defaultTimings, ...options.timings };
  const servers = options.servers.map((server) => new FlexibleServer(server));
  const configurations = new Map(servers.map((server) => [server, new ConfigurationStore(server)]));
  const operations = new Operations(timings, faults);
  const dns = options.dns === undefined ? undefined : new DnsZones(options.dns);
  const migrations: Migration[] = [];
  const damages: Damage[] = [];
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "azure-stand-in-")));
  const walks = startWalks(migrations, {
    tools: { pgDump: "pg_dump", pgRestore: "pg_restore", ...options.tools },
    network: options.network ?? { resolve: (host, port) => ({ host, port }) },
    faults,
    timings,
    directory,
    configurationsOf: (migration) => configurationOf(configurations, migration.server),
    activeBefore: (migration) =>
      migrations
        .slice(0, migrations.indexOf(migration))
        .some((other) => other.active && other.server === migration.server),
    damaged: (done) => void damages.push(...done),
  });
  const parts = { servers, operations, faults, configurations };
  const server = await listen({
    tls: options.tls,
    token: options.token,
    faults,
    ...(options.port === undefined ? {} : { port: options.port }),
    routes: [
      ...operations.routes(),
      ...configurationRoutes(parts),
      ...databaseRoutes(parts),
      ...firewallRoutes(parts),
      ...backupRoutes(parts),
      ...migrationRoutes({
        servers,
        faults,
        migrations,
        begin: walks.begin,
        pageSize: options.pageSize ?? 100,
      }),
      ...serverRoutes(parts),
      ...(dns?.routes() ?? []),
    ],
  });
  const close = async (): Promise<void> => {
    await server.close();
    await walks.end();
    await operations.close();
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };
  return {
    endpoint: server.endpoint,
    requests: server.requests,
    migrations,
    damages,
    faults,
    dns,
    idle: () => operations.idle(),
    close,
  };
}
