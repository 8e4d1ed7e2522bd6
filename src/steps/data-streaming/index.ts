/**
 * `data-streaming`: Azure's migration service carries the data. This step
 * creates the migration once, by a name made from the run, and follows it
 * until it waits for the cut-over. It moves no row itself.
 */
import { UnreadableError } from "../../core/errors.ts";
import { quoteIdentifier } from "../../core/identifier.ts";
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action } from "../../core/verdict.ts";
import type { Migration, MigrationPatch } from "../../providers/azure/index.ts";
import { createMarkerTable, dropMarkerTable, hasMarkerTable } from "../marker.ts";
import { isReadOnly, readSettings } from "../source-frozen/read-only.ts";
import type { World } from "../world.ts";
import { attemptRetired, batchesOf, migrationCreated } from "./batches.ts";
import { decideStreaming, type StreamingSeen } from "./decide.ts";
import { cancelAsked } from "./leftover.ts";
import { fingerprint } from "./progress.ts";
import { settings, type StreamingSettings } from "./settings.ts";
import { slotsAfterFailure } from "./slots.ts";
import { countTargetTables } from "./target-tables.ts";
import { decideWithdrawn, observeWithdrawn, type WithdrawnSeen } from "./undo.ts";

type Seen = StreamingSeen | WithdrawnSeen;

export const dataStreaming: StepKind<World, StreamingSettings, Seen> = {
  kind: "data-streaming",
  condition: "Azure's migration service has copied every database and follows its changes.",
  details:
    "Creates one migration (validate, then migrate) named after the run, so a resumed run finds its own and never makes a second. Follows it through every state that the service has, shows its own words for each database, and notices a copy that stands still. Satisfied when every database waits for the cut-over with a lag below `maxLag`; offline, when every database is copied. Looked at again right before the freeze: a lag that has grown since is waited for before the outage begins, not in it.",
  settings,
  example: { mode: "online", maxLag: "5s", stall: "20m" },
  proof: "until-crossing",
  deadlineMs: 24 * 3_600_000,
  after: [
    {
      kind: "preflight-passed",
      because: "the service finds out late, and half done, what the preflight finds out at once",
    },
  ],
  undoneOnStop: false,
  mayCease: true,
  actions: {
    "create-marker-tables": {
      touches: "source",
      does: "Creates the tool's marker table in the databases that lack it.",
    },
    "create-migration": {
      touches: "Azure",
      does: "Creates the migration, by a name made from the run.",
    },
    answer: {
      touches: "Azure",
      does: "Answers what Azure asks on its way.",
    },
    "retire-attempt": {
      touches: "journal",
      does: "Gives up a migration that has ended for good; the next has a new name.",
    },
    "cancel-migration": {
      touches: "Azure",
      does: "Cancels a migration of this run that must not go on.",
    },
  },
  intends: ({ mode }) => `let Azure's migration service copy every database, ${mode}`,
  observe: observeStreaming,
  decide: (seen, stepSettings, context) =>
    decideStreaming(seen as StreamingSeen, stepSettings, context),
  apply,
  undo: {
    actions: {
      "cancel-migration": {
        touches: "Azure",
        does: "Cancels a migration of this run.",
      },
      "drop-target-database": {
        touches: "target",
        does: "Drops a database that the migration has filled.",
      },
      "drop-marker-table": {
        touches: "source",
        does: "Drops the tool's marker table.",
      },
    },

    observe: (world, _settings, context) => observeWithdrawn(world, context),
    decide: (seen, _settings, context) => decideWithdrawn(seen as WithdrawnSeen, context),
  },
};

async function observeStreaming(
  world: World,
  stepSettings: StreamingSettings,
  context: StepContext,
): Promise<StreamingSeen> {
  const { signal } = context;
  const databases = world.databases.map(({ name }) => name);
  const migrations = await world.azure.listMigrations({ signal });
  const names = batchesOf(context.run, databases, context.notes).map((batch) => batch.name);
  const complete = names.every((name) => migrations.some((known) => known.name === name));
  const [withoutMarker, targetTables, frozen, slots] = await Promise.all([
    complete ? [] : databasesWithoutMarker(world, databases, signal),
    complete ? new Map<string, number>() : countTargetTables(world, databases, signal),
    stepSettings.mode === "online" || isSourceFrozen(world, databases, signal),
    slotsAfterFailure(world, context),
  ]);
  const own = migrations.filter((known) => names.includes(known.name));
  const stillFor = new Map(own.map((known) => [known.name, stillness(world, known)]));
  return { databases, migrations, withoutMarker, targetTables, frozen, stillFor, slots };
}

async function databasesWithoutMarker(
  world: World,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const marked = await Promise.all(
    databases.map((name) => world.source.use(name, { signal }, hasMarkerTable)),
  );
  return databases.filter((_, index) => marked[index] === false);
}

export async function isSourceFrozen(
  world: World,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const settings = await world.source.hold(signal, (client) => readSettings(client, databases));
  return databases.every((name) => isReadOnly(settings, name));
}

const lastMoved = new WeakMap<
  World,
  Map<string, { readonly text: string; readonly since: number }>
>();

/** Milliseconds for which this process has seen nothing of the migration move. */
function stillness(world: World, migration: Migration): number {
  const known = lastMoved.get(world) ?? new Map<string, { text: string; since: number }>();
  lastMoved.set(world, known);
  const text = fingerprint(migration);
  const before = known.get(migration.name);
  const now = performance.now();
  if (before?.text === text) return now - before.since;
  known.set(migration.name, { text, since: now });
  return 0;
}

async function apply(
  action: Action,
  world: World,
  stepSettings: StreamingSettings,
  context: ActionContext,
): Promise<void> {
  const { signal } = context;
  const data = action.data as unknown as {
    readonly name: string;
    readonly databases: readonly string[];
    readonly patch: MigrationPatch;
    readonly attempt: number;
  };
  switch (action.id.split(" ")[0]) {
    case "create-marker-tables":
      await Promise.all(
        data.databases.map((name) =>
          world.source.use(name, { signal, write: true }, createMarkerTable),
        ),
      );
      return;
    case "create-migration":
      return createMigration(world, stepSettings, data, context);
    case "answer":
      await world.azure.patchMigration(data.name, data.patch, { signal });
      return;
    case "retire-attempt":
      return context.note(attemptRetired, data.attempt);
    case "cancel-migration":
      await world.azure.cancelMigration(data.name, { signal });
      // The answer still says InProgress; without this note the next look would ask again.
      return context.note(cancelAsked(data.name), context.now.toISOString());
    case "drop-target-database":
      await world.target.use(world.target.maintenanceDatabase, { signal, write: true }, (client) =>
        client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(data.name)} WITH (FORCE)`),
      );
      return;
    case "drop-marker-table":
      return world.source.use(data.name, { signal, write: true }, dropMarkerTable);
    default:
      throw new Error(`data-streaming has no action ${action.id}.`);
  }
}

async function createMigration(
  world: World,
  stepSettings: StreamingSettings,
  { name, databases }: { readonly name: string; readonly databases: readonly string[] },
  context: ActionContext,
): Promise<void> {
  const { signal } = context;
  const [first] = databases;
  if (first === undefined) throw new Error("A migration carries at least one database.");
  const source = await world.source.endpoint(first, signal);
  const target = await world.target.endpoint(first, signal);
  const { location } = await world.azure.getServer({ signal });
  const address =
    stepSettings.sourceAddress === undefined
      ? `${source.host}:${source.port}`
      : world.references.text(stepSettings.sourceAddress);
  const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];
  if (host === undefined || port === undefined) {
    throw new UnreadableError({
      message: `The source's address for Azure is ${address}, which names no port.`,
      remedy: "Give `sourceAddress` as `host:port` in the plan.",
    });
  }
  await context.note(migrationCreated, { name, databases });
  await world.azure.createMigration(
    {
      name,
      mode: stepSettings.mode === "online" ? "Online" : "Offline",
      option: "ValidateAndMigrate",
      sourceType: stepSettings.sourceType,
      sslMode: stepSettings.sslMode,
      source: { host, port: Number(port), user: source.user, password: source.password },
      target: { user: target.user, password: target.password },
      databases,
      // Which databases may be replaced was decided by looking at what is in them.
      overwrite: true,
      location,
      tags: { "opensauced-migrate-run": context.run },
    },
    { signal },
  );
  await context.note(`seen ${name}`, context.now.toISOString());
}
