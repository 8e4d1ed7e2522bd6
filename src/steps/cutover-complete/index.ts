/**
 * `cutover-complete`: Azure has applied everything up to the freeze and let
 * go. The cut-over is triggered only after a row written behind the freeze has
 * been read on the target; success is proven there, not taken from a state.
 */
import { z } from "zod";
import { MigrationError } from "../../core/errors.ts";
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import { attemptOf, attemptRetired, batchesOf } from "../data-streaming/batches.ts";
import { isSourceFrozen } from "../data-streaming/index.ts";
import { absent, countTargetTables } from "../data-streaming/target-tables.ts";
import { latestFact } from "../facts.ts";
import { hasMarker, writeMarker } from "../marker.ts";
import { freezeMoment } from "../source-frozen/moments.ts";
import type { World } from "../world.ts";
import {
  decideCutOver,
  decideRetired,
  decideStillThere,
  triggered,
  type CutOverSeen,
  type RetiredSeen,
} from "./decide.ts";

const settings = z.strictObject({});

type Settings = z.infer<typeof settings>;
type Seen = CutOverSeen | RetiredSeen;

export const cutoverComplete: StepKind<World, Settings, Seen> = {
  kind: "cutover-complete",
  condition: "Everything written before the freeze is on the target, and Azure has let go.",
  details:
    "Writes a marker row behind the freeze into every source database, waits until it can be read on the target, triggers Azure's cut-over, and waits until the migration has succeeded and every database is there. The service itself would cut over with any lag and lose what comes after.",
  settings,
  proof: "until-crossing",
  deadlineMs: 10 * 60_000,
  after: [
    { kind: "data-streaming", because: "there is nothing to cut over without a copy" },
    {
      kind: "source-frozen",
      because: "what applications write to the source after a cut-over is lost to the target",
    },
  ],
  undoneOnStop: true,
  actions: {
    "write-markers": {
      touches: "source",
      does: "Writes a marker row behind the freeze.",
    },
    "trigger-cutover": {
      touches: "Azure",
      does: "Triggers Azure's cut-over.",
    },
  },
  intends: () =>
    "write a marker row behind the freeze, read it on the target, then trigger Azure's cut-over",
  observe,
  decide: (seen, _settings, context) => decideCutOver(seen as CutOverSeen, context),
  lookAgain: lookForMarkers,
  apply,
  undo: {
    actions: {
      "retire-attempt": {
        touches: "journal",
        does: "Gives up the migration that was cut over: it follows the source no longer.",
      },
    },
    observe: observeRetired,
    decide: (seen) => decideRetired(seen as RetiredSeen),
  },
};

async function observe(
  world: World,
  _settings: Settings,
  context: StepContext,
): Promise<CutOverSeen> {
  const { signal, notes, run } = context;
  const names = world.databases.map(({ name }) => name);
  const batches = batchesOf(run, names, notes);
  const [migrations, frozen, present] = await Promise.all([
    world.azure.listMigrations({ signal }),
    isSourceFrozen(world, names, signal),
    countTargetTables(world, names, signal),
  ]);
  const databases = names.map(async (name) => {
    const marker = markerName(context, name);
    const ask = (server: World["source"]) =>
      marker === undefined
        ? Promise.resolve(false)
        : server.use(name, { signal }, (client) => hasMarker(client, run, marker));
    const [written, arrived] = await Promise.all([
      ask(world.source),
      present.has(name) ? ask(world.target).catch(absent) : undefined,
    ]);
    return { name, marker, written, arrived: arrived === true, present: arrived !== undefined };
  });
  return {
    attempt: attemptOf(notes),
    migrations: batches.map(({ name }) => migrations.find((known) => known.name === name)),
    frozen,
    databases: await Promise.all(databases),
  };
}

/**
 * Right before the point of no return Azure is not asked again: it has let go.
 * The target is: a database that was dropped or made anew meanwhile has no marker.
 */
async function lookForMarkers(
  world: World,
  _settings: Settings,
  context: StepContext,
): Promise<Verdict> {
  const { signal, run } = context;
  const names = world.databases.map(({ name }) => name);
  const arrived = await Promise.all(
    names.map((name) =>
      world.target
        .use(name, { signal }, (client) => hasMarker(client, run, markerName(context, name) ?? ""))
        .catch(absent),
    ),
  );
  return decideStillThere(
    names.map((name, index) => ({ name, arrived: arrived[index] })),
    context,
  );
}

/** Milliseconds for Azure's answer while the source waits, frozen, to be thawed. */
const retireLookMs = 10_000;

async function observeRetired(
  world: World,
  _settings: Settings,
  { signal, notes, run }: StepContext,
): Promise<RetiredSeen> {
  const databases = world.databases.map(({ name }) => name);
  const own = batchesOf(run, databases, notes).map(({ name }) => name);
  const known = await world.azure
    .listMigrations({ signal, deadlineMs: retireLookMs })
    .catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof MigrationError) return undefined;
      throw error;
    });
  return {
    attempt: attemptOf(notes),
    asked: own.filter((name) => latestFact(notes, triggered(name)) !== undefined),
    migrations: known?.filter(({ name }) => own.includes(name)),
  };
}

/** Another freeze, another marker: a row from before a thaw proves nothing. */
function markerName(context: StepContext, database: string): string | undefined {
  const moment = freezeMoment(context.notes, database);
  return moment === undefined ? undefined : `frozen at ${moment}`;
}

async function apply(
  action: Action,
  world: World,
  _settings: Settings,
  context: ActionContext,
): Promise<void> {
  const { signal, run } = context;
  const data = action.data as {
    readonly databases: readonly string[];
    readonly name: string;
    readonly attempt: number;
  };
  switch (action.id.split(" ")[0]) {
    case "write-markers":
      await Promise.all(
        data.databases.map((name) =>
          world.source.use(name, { signal, write: true }, (client) =>
            writeMarker(client, run, markerName(context, name) ?? ""),
          ),
        ),
      );
      return;
    case "trigger-cutover":
      await context.note(triggered(data.name), context.now.toISOString());
      await world.azure.patchMigration(data.name, { cutover: "all" }, { signal });
      return;
    case "retire-attempt":
      return context.note(attemptRetired, data.attempt);
    default:
      throw new Error(`cutover-complete has no action ${action.id}.`);
  }
}
