/**
 * The Azure stand-in in front of a pair of real servers, and the real SDK
 * clients that talk to it.
 */
import { DnsManagementClient } from "@azure/arm-dns";
import {
  type Migration,
  PostgreSQLManagementFlexibleServerClient,
} from "@azure/arm-postgresql-flexible";
import { Secret } from "../../src/core/secret.ts";
import { type Azure, type AzureOptions, createAzure } from "../../src/rehearsal/azure/index.ts";
import { allowExtensions } from "../../src/rehearsal/postgres/index.ts";
import { type Pair, roles } from "./postgres.ts";

export const azureNames = {
  subscription: "11111111-2222-4333-8444-555555555555",
  group: "rg-sauced",
  server: "pg-sauced",
} as const;

export const azureToken = new Secret("stand-in-token");

export interface Clients {
  readonly azure: Azure;
  readonly postgres: PostgreSQLManagementFlexibleServerClient;
  readonly dns: DnsManagementClient;
  /** Clients with a token of one's own, and without retries. */
  clientWith(token: string): PostgreSQLManagementFlexibleServerClient;
}

function credential(token: string): {
  getToken(): Promise<{ token: string; expiresOnTimestamp: number }>;
} {
  return { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
}

/** Quick unless told otherwise. */
export async function startAzure(
  pair: Pair,
  options: Partial<AzureOptions> = {},
): Promise<Clients> {
  const { target, authority } = pair;
  const azure = await createAzure({
    tls: await authority.issue({ names: ["localhost"] }),
    token: azureToken,
    servers: [
      {
        subscriptionId: azureNames.subscription,
        resourceGroup: azureNames.group,
        name: azureNames.server,
        location: "canadacentral",
        locationName: "Canada Central",
        administratorLogin: roles.azureAdmin.user,
        postgres: {
          host: target.host,
          port: target.port,
          superuser: "azuresu",
          password: new Secret("azuresu-secret"),
          tls: true,
        },
        restart: () => target.restart(),
        allowExtensions: (names) => allowExtensions(target, names),
      },
    ],
    ...options,
    timings: {
      acceptedMs: 50,
      prerequisitesMs: 100,
      validationMs: 50,
      completingMs: 50,
      cancelMs: 50,
      cleanUpMs: 5000,
      sampleMs: 100,
      operationMs: 50,
      retryAfterSeconds: 1,
      ...options.timings,
    },
  });
  const common = {
    endpoint: azure.endpoint,
    credentialScopes: "https://management.azure.com/.default",
    tlsOptions: { ca: authority.ca },
  };
  return {
    azure,
    postgres: new PostgreSQLManagementFlexibleServerClient(
      credential(azureToken.reveal()),
      azureNames.subscription,
      {
        ...common,
        retryOptions: { retryDelayInMs: 10, maxRetryDelayInMs: 50 },
      },
    ),
    dns: new DnsManagementClient(credential(azureToken.reveal()), azureNames.subscription, common),
    clientWith: (token) =>
      new PostgreSQLManagementFlexibleServerClient(credential(token), azureNames.subscription, {
        ...common,
        retryOptions: { maxRetries: 0 },
      }),
  };
}

/** What a migration of these databases asks for, with the passwords of the pair. */
export function migrationOf(
  pair: Pair,
  databases: readonly string[],
  settings: Partial<Migration> = {},
): Migration {
  return {
    location: "canadacentral",
    migrationMode: "Online",
    migrationOption: "ValidateAndMigrate",
    sourceType: "OnPremises",
    sslMode: "Require",
    sourceDbServerResourceId: `127.0.0.1:${pair.source.port}@${roles.doadmin.user}`,
    secretParameters: {
      adminCredentials: {
        sourceServerPassword: roles.doadmin.password.reveal(),
        targetServerPassword: roles.azureAdmin.password.reveal(),
      },
      targetServerUsername: roles.azureAdmin.user,
    },
    dbsToMigrate: [...databases],
    overwriteDbsInTarget: "True",
    ...settings,
  };
}

/** Every page of a list. */
export async function all<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
}

/** Looks until `done`; the test's own timeout is the deadline. Shows the last answer when that comes first. */
export async function untilMigration(
  { postgres }: Clients,
  name: string,
  done: (migration: Migration) => boolean,
  signal: AbortSignal,
): Promise<Migration> {
  const { group, server } = azureNames;
  let last: Migration | undefined;
  while (!signal.aborted) {
    last = await postgres.migrations.get(group, server, name);
    if (done(last)) return last;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The migration did not get there: ${JSON.stringify(last?.currentStatus)}`);
}
