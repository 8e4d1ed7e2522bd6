/**
 * `data-equal`: source and target hold the same, compared table by table while
 * both stand still. The comparing itself is src/verification's.
 */
import { ActionError } from "../../core/errors.ts";
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action } from "../../core/verdict.ts";
import { refusedDifferences } from "../access-carried/refused.ts";
import { isSourceFrozen } from "../data-streaming/index.ts";
import { freezeMoment } from "../source-frozen/moments.ts";
import { noteOfWrites, readWrites, writesBefore, writesNoted } from "../source-frozen/witness.ts";
import type { World } from "../world.ts";
import { compareInTurn } from "./compare-in-turn.ts";
import { decideEqual, interruptedComparison } from "./decide.ts";
import { settings, type EqualSeen, type EqualSettings } from "./settings.ts";

export const dataEqual: StepKind<World, EqualSettings, EqualSeen> = {
  kind: "data-equal",
  condition: "Every table of every database holds the same on both sides.",
  details:
    "Compares catalog (owners, grants and settings included), exact row counts, the contents of every row (a 64-bit hash of every row of every table, in one snapshot on each side) and sequences, names the tables, keys and columns that differ, and takes nothing that it could not read for equal. A table that `copy-agrees` found equal, and of which neither side has counted a write since, is not read again: counters that were lost in between by a crash or a reset count for nothing, nor do they where counting is switched off (a superuser alone can do that unseen, in his session). While it reads it notes, every few seconds, what it has read; after a kill or a lost connection only what is missing is read, and what can have moved: a table counts as it was read when no transaction has ended on that server since, or when neither its counters nor its file have moved; otherwise it is read once more, and the journal says why. With `within`, contents are read for so long, smallest tables first; the others are only counted, both snapshots stay open, and a later `rest-equal` compares what they hold in them. Before, it notes what the source has counted of writes: who writes after the comparison is found by it, right before the point of no return. The source must be frozen: while it is written, no comparison is exact.",
  settings,
  proof: "moment",
  deadlineMs: 2 * 3_600_000,
  after: [
    { kind: "source-frozen", because: "while the source is written, a comparison cannot be exact" },
    {
      kind: "cutover-complete",
      because: "before the cut-over is complete, rows may still be under way",
    },
  ],
  undoneOnStop: false,
  actions: {
    "count-writes": {
      touches: "journal",
      does: "Notes what the source has counted of writes, so that later ones are noticed.",
    },
  },
  intends: () => "compare catalog, counts and contents of every table on both sides",
  observe,
  decide: decideEqual,
  apply: countWrites,
};

async function observe(
  world: World,
  settings: EqualSettings,
  context: StepContext,
): Promise<EqualSeen> {
  // What an earlier look holds shows another moment.
  if (!context.preview) await world.held.letGoOfAll();
  const seen = await compareFrozen(world, settings, context);
  if (!context.preview && decideEqual(seen, settings).is !== "satisfied") {
    await world.held.letGoOfAll();
  }
  return seen;
}

async function compareFrozen(
  world: World,
  settings: EqualSettings,
  context: StepContext,
): Promise<EqualSeen> {
  const { signal } = context;
  const names = world.databases.map(({ name }) => name);
  const uncounted = names.filter((name) => writesNoted(context.notes, name) === undefined);
  const refused = refusedDifferences(context.notes);
  if (!(await isSourceFrozen(world, names, signal))) {
    return { frozen: false, uncounted, refused, comparisons: [] };
  }
  if (uncounted.length > 0 && !context.preview) {
    return { frozen: true, uncounted, refused, comparisons: [] };
  }
  const comparisons = await compareInTurn(world, settings, context);
  // Long after the first question: who thawed the source meanwhile made it worth nothing.
  const frozen = await isSourceFrozen(world, names, signal);
  const seen: EqualSeen = { frozen, uncounted: [], refused, comparisons };
  const interrupted = interruptedComparison(seen);
  if (interrupted !== undefined) {
    await world.held.letGoOfAll();
    throw interrupted;
  }
  return seen;
}

async function countWrites(
  action: Action,
  world: World,
  _settings: EqualSettings,
  context: ActionContext,
): Promise<void> {
  const { notes, signal } = context;
  const { databases } = action.data as { readonly databases: readonly string[] };
  // Frozen by hand, or by another run.
  const foreign = databases.find((name) => freezeMoment(notes, name) === undefined);
  if (foreign !== undefined) throw notOfThisRun(foreign);
  const counted = await Promise.all(
    databases.map((name) => world.source.use(name, { signal }, readWrites)),
  );
  for (const [index, writes] of counted.entries()) {
    await context.note(writesBefore(databases[index] ?? ""), noteOfWrites(writes));
  }
}

function notOfThisRun(database: string): ActionError {
  return new ActionError({
    message: `${database} was not frozen by this run, so what is written there cannot be noticed.`,
    meaning: "Nothing was compared. The source holds all data.",
    remedy: "opensauced-migrate run --resume   (the step source-frozen freezes it)",
  });
}
