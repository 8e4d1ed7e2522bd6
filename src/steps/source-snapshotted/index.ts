/**
 * `source-snapshotted`: a restorable copy of the source that does not depend
 * on anybody's account. DigitalOcean has no snapshot on demand, so it is a
 * dump of our own; the newest backup of theirs is recorded beside it.
 */
import { stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { ActionError } from "../../core/errors.ts";
import { writing } from "../../core/file-failure.ts";
import { text } from "../../core/plan/reference.ts";
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action } from "../../core/verdict.ts";
import type { Tools } from "../../providers/postgres-tools/index.ts";
import type { World } from "../world.ts";
import { decideSnapshot, type SnapshotSeen } from "./decide.ts";
import { dumpInOneSnapshot } from "./dump.ts";

const settings = z.strictObject({
  folder: text()
    .optional()
    .describe("Where the dumps go, relative to the plan. Default: the run's own folder."),
  jobs: z.int().min(1).max(64).default(2).describe("Tables dumped at the same time."),
});

export type SnapshotSettings = z.infer<typeof settings>;

export const sourceSnapshotted: StepKind<World, SnapshotSettings, SnapshotSeen> = {
  kind: "source-snapshotted",
  condition: "A restorable dump of every database is on this machine, proven whole.",
  details:
    "Dumps every database with pg_dump, parallel, directory format, in one exported snapshot each, over the direct port; no password stands on a command line. Each dump has a manifest: versions, LSN, time, SHA-256 of every file, and a table of contents that pg_restore could read. An interrupted dump is never taken for a good one. Roles are dumped without passwords. The dumps stay when the run is undone.",
  settings,
  example: { folder: "../snapshots/opensauced", jobs: 4 },
  proof: "moment",
  deadlineMs: 12 * 3_600_000,
  after: [
    { kind: "preflight-passed", because: "the tools, the rights and the disk are checked there" },
  ],
  undoneOnStop: false,
  actions: {
    dump: {
      touches: "files",
      does: "Dumps one database, with its manifest, into a folder of its own.",
    },
    "dump-roles": {
      touches: "files",
      does: "Dumps the roles of the server, without their passwords.",
    },
  },
  intends: () => "dump every database and the roles into a folder of this machine",
  observe,
  decide: (seen, _settings, { run }) => decideSnapshot(seen, run),
  apply: (action, world, given, context) =>
    writing(
      {
        file: `The dump in ${folderOf(world, given)}`,
        meaning: "It is not whole and does not count; the source was only read.",
      },
      () => apply(action, world, given, context),
    ),
};

function folderOf(world: World, { folder }: SnapshotSettings): string {
  return folder === undefined
    ? path.join(world.places.run, "snapshot")
    : path.resolve(world.places.plan, world.references.text(folder));
}

async function observe(
  world: World,
  given: SnapshotSettings,
  { signal }: StepContext,
): Promise<SnapshotSeen> {
  const folder = folderOf(world, given);
  const cluster = await world.digitalOcean.getCluster(world.references.text(world.cluster), signal);
  const [backups, databases, globals] = await Promise.all([
    world.digitalOcean.listBackups(cluster.id, signal),
    Promise.all(
      world.databases.map(async ({ name }) => ({
        name,
        directory: path.join(folder, name),
        presence: await world.postgresTools.findDump(path.join(folder, name)),
      })),
    ),
    stat(path.join(folder, "roles.sql")).then(
      () => true,
      () => false,
    ),
  ]);
  const backup = backups.is === "listed" ? backups.backups[0]?.createdAt : undefined;
  return { folder, databases, globals, backup };
}

async function apply(
  action: Action,
  world: World,
  given: SnapshotSettings,
  context: ActionContext,
): Promise<void> {
  const folder = folderOf(world, given);
  const tools = await newEnoughTools(world, context);
  if (action.id === "dump-roles") {
    const database = world.source.maintenanceDatabase;
    const endpoint = await world.source.endpoint(database, context.signal);
    const file = path.join(folder, "roles.sql");
    await world.postgresTools.dumpGlobals(tools, {
      endpoint,
      server: "source",
      file,
      signal: context.signal,
    });
    return;
  }
  const { name } = action.data as { readonly name: string };
  await dumpInOneSnapshot(world, tools, {
    database: name,
    directory: path.join(folder, name),
    jobs: given.jobs,
    context,
  });
}

async function newEnoughTools(world: World, { signal }: StepContext): Promise<Tools> {
  const database = world.source.maintenanceDatabase;
  const major = await world.source.use(database, { signal }, async (client) => {
    const { rows } = await client.query<{ major: number }>(
      "SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS major",
    );
    return rows[0]?.major ?? Number.NaN;
  });
  const found = await world.postgresTools.find(major, signal);
  if (found.is === "found") return found.tools;
  throw new ActionError({ message: found.message, remedy: found.remedy });
}
