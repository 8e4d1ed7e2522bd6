/**
 * Real servers for a test file: one source (15) and one target (17), shaped
 * like the two clouds, up in about two seconds, gone after the file. The
 * servers end with this process in any case; the hook removes their folder.
 */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll } from "vitest";
import type { Endpoint } from "../../src/core/endpoint.ts";
import { Secret } from "../../src/core/secret.ts";
import { type Authority, createAuthority } from "../../src/rehearsal/certificates/index.ts";
import {
  type Role,
  type Server,
  type ServerOptions,
  type ServerSettings,
  shapeSource,
  shapeTarget,
  sourceSettings,
  startServer,
  targetSettings,
} from "../../src/rehearsal/postgres/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export { temporaryFolder } from "./temporary-folder.ts";

const startMs = 60_000;

export const roles = {
  doadmin: { user: "doadmin", password: new Secret("do'admin pass\\word") },
  apiApp: { user: "api_app", password: new Secret("api-secret") },
  authApp: { user: "auth_app", password: new Secret("auth-secret") },
  insightsApp: { user: "insights_app", password: new Secret("insights-secret") },
  azureAdmin: { user: "migration_admin", password: new Secret("azure admin:pass@word") },
} as const satisfies Record<string, Role>;

export interface Pair {
  readonly folder: string;
  readonly authority: Authority;
  readonly source: Server;
  readonly target: Server;
  /** As `doadmin`. */
  sourceAdmin(database: string): Endpoint;
  /** As the admin of the flexible server. */
  targetAdmin(database: string): Endpoint;
  /** Stops both and removes the folder. */
  close(): Promise<void>;
}

export interface PairOptions {
  readonly sourceSettings?: ServerSettings;
  readonly targetSettings?: ServerSettings;
  /** On the source, besides `defaultdb`; owned by `doadmin` unless said otherwise. `api` and `insights` when absent. */
  readonly databases?: readonly { readonly name: string; readonly owner?: string }[];
  readonly signal?: AbortSignal;
}

/** One server with nothing in it. */
export async function startBare(
  options: Pick<ServerOptions, "name" | "major" | "folder"> & Partial<ServerOptions>,
): Promise<Server> {
  return startServer({
    authority: options.authority ?? (await createAuthority("Test authority")),
    superuser: { user: "postgres", password: new Secret("superuser-secret") },
    signal: AbortSignal.timeout(startMs),
    ...options,
  });
}

export async function startPair(options: PairOptions = {}): Promise<Pair> {
  const signal = options.signal ?? AbortSignal.timeout(startMs);
  const [folder, authority] = await Promise.all([
    temporaryFolder(),
    createAuthority("Test authority"),
  ]);
  const [source, target] = await Promise.all([
    startBare({
      name: "source",
      major: 15,
      folder,
      authority,
      signal,
      settings: { ...sourceSettings, ...options.sourceSettings },
    }),
    startBare({
      name: "target",
      major: 17,
      folder,
      authority,
      signal,
      superuser: { user: "azuresu", password: new Secret("azuresu-secret") },
      settings: { ...targetSettings, ...options.targetSettings },
    }),
  ]);
  const databases = options.databases ?? [{ name: "api" }, { name: "insights" }];
  const apps = [roles.apiApp, roles.authApp, roles.insightsApp];
  await Promise.all([
    shapeSource(source, { admin: roles.doadmin, apps, databases, signal }),
    shapeTarget(target, { admin: roles.azureAdmin, signal }),
  ]);
  return {
    folder,
    authority,
    source,
    target,
    sourceAdmin: (database) => source.endpoint({ ...roles.doadmin, database }),
    targetAdmin: (database) => target.endpoint({ ...roles.azureAdmin, database }),
    close: async () => {
      await Promise.all([source.stop({ mode: "immediate" }), target.stop({ mode: "immediate" })]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Call at the top of a test file; `.pair` is there once the tests run. */
export function withServers(options: PairOptions = {}): { readonly pair: Pair } {
  let pair: Pair | undefined;
  beforeAll(async () => {
    pair = await startPair(options);
  }, startMs);
  afterAll(async () => {
    await pair?.close();
  }, startMs);
  return {
    get pair() {
      if (pair === undefined) throw new Error("The servers are up only while tests run.");
      return pair;
    },
  };
}
