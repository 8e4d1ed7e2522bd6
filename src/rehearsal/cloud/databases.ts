/** The two PostgreSQL servers of the local cloud, shaped, and the source filled. */
import path from "node:path";
import type { Authority } from "../certificates/index.ts";
import { createClientTables } from "../client/index.ts";
import {
  shapeSource,
  shapeTarget,
  sourceSettings,
  startServer,
  targetSettings,
  type Server,
} from "../postgres/index.ts";
import { generatedDatabases, loadFile, loadGenerated, sampleRoles } from "../sample/index.ts";
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
  const [source, target] = await Promise.all([
    start({
      name: "source",
      major: 15,
      superuser: roles.sourceSuperuser,
      settings: sourceSettings,
    }),
    start({
      name: "target",
      major: 17,
      superuser: roles.targetSuperuser,
      settings: targetSettings,
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
