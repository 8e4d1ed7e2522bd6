/** The two PostgreSQL servers of the local cloud, shaped, and the source filled. */
import path from "node:path";
import type { Authority } from "../certificates/index.ts";
import { createClientTables } from "../client/index.ts";
import {
  baseSettings,
  type ServerSettings,
  shapeSource,
  shapeTarget,
  sourceSettings,
  startServer,
  targetSettings,
  type Server,
} from "../postgres/index.ts";
import {
  type DumpNeeds,
  dumpNeeds,
  generatedDatabases,
  loadFile,
  loadGenerated,
  sampleRoles,
} from "../sample/index.ts";
import type { CloudRoles } from "./roles.ts";
import { names, type CloudSettings } from "./settings.ts";

export interface Databases {
  readonly source: Server;
  readonly target: Server;
}

export async function startDatabases(
  settings: CloudSettings,
  authority: Authority,
  roles: CloudRoles,
  signal: AbortSignal,
): Promise<Databases> {
  const { folder, dump } = settings;
  const start = (
    options: Pick<Parameters<typeof startServer>[0], "name" | "major" | "superuser" | "settings">,
  ) => startServer({ ...options, folder, authority, hostNames: ["localhost"], signal });
  const locks = dump === undefined ? {} : lockSettings(await dumpNeeds(dump, signal));
  const [source, target] = await Promise.all([
    start({
      name: "source",
      major: 15,
      superuser: roles.sourceSuperuser,
      settings: { ...sourceSettings, ...locks },
    }),
    start({
      name: "target",
      major: 17,
      superuser: roles.targetSuperuser,
      settings: { ...targetSettings, ...locks },
    }),
  ]);
  const databases =
    dump === undefined
      ? generatedDatabases.map((name) => ({ name }))
      : [{ name: names.dumpDatabase, owner: names.dumpRole }];
  await Promise.all([
    shapeSource(source, { admin: roles.doadmin, apps: roles.apps, databases, signal }),
    shapeTarget(target, { admin: roles.azureAdmin, signal }),
  ]);
  await fill(source, settings, signal);
  return { source, target };
}

/**
 * A dump, and handing over what was restored, hold a lock on every table at
 * once, indexes and sequences among them; there is room for so many per
 * connection (max_locks_per_transaction, 64 by default), in all together.
 */
function lockSettings({ relations }: DumpNeeds): ServerSettings {
  const perConnection = Math.ceil((2 * relations) / Number(baseSettings["max_connections"]));
  return perConnection <= 64 ? {} : { max_locks_per_transaction: String(perConnection) };
}

async function fill(source: Server, settings: CloudSettings, signal: AbortSignal): Promise<void> {
  if (settings.dump === undefined) {
    await loadGenerated(source, { rows: settings.rows, seed: 1, signal });
    await createClientTables(source, { database: "api", owner: sampleRoles.api, signal });
    return;
  }
  const { dumpDatabase: database, dumpRole: owner } = names;
  await loadFile(source, {
    database,
    file: settings.dump,
    owner,
    admin: sampleRoles.admin,
    psql: path.join(settings.programs, "psql"),
    signal,
  });
  await createClientTables(source, { database, owner, signal });
}
