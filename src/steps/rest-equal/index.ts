/**
 * `rest-equal`: what `data-equal` only counted within the outage holds the same
 * contents, too. Compared in the snapshots that were held since the freeze, in
 * which writes of applications do not show; or, once the process that held them
 * is gone, with what was not written since. The comparing itself is
 * src/verification's.
 *
 * Snapshots answer once, so the comparison is an action, and what it found is a note.
 */
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action } from "../../core/verdict.ts";
import {
  compareRestSince,
  type ComparisonProgress,
  type DatabaseComparison,
  type Manifest,
} from "../../verification/index.ts";
import { deferredNoted } from "../data-equal/deferred.ts";
import { manifestNoted } from "../data-equal/manifest.ts";
import { restTold } from "../data-equal/rest-sums.ts";
import { sourceDoubt } from "../source-frozen/source-doubt.ts";
import { interruption } from "../interrupted.ts";
import { sidesOf } from "../database-sides.ts";
import type { World } from "../world.ts";
import { decideRest } from "./decide.ts";
import { settings, type RestSeen, type RestSettings } from "./settings.ts";
import { noteOf, toldByManifest, toldBySnapshots, toldOf, untold } from "./told.ts";

export const restEqual: StepKind<World, RestSettings, RestSeen> = {
  kind: "rest-equal",
  condition: "What was only counted within the outage holds the same contents, too.",
  details:
    "Belongs to `data-equal` with `within`: there, tables that did not fit into the time were only counted, and both snapshots stayed open. Here the contents of those tables are compared in these snapshots, exactly, whatever applications write to the target meanwhile; rows that differ are named by key and column. It mostly stands last, after the applications were led to the target, so that it takes nothing of the outage. A snapshot does not outlive the process that holds it, six hours, a lost connection or a failover, and does not show a table that was truncated, rewritten or altered since. Then the table is compared with the source, which must stand as it did at the freeze, as far as nobody has written its rows on the target since (the manifest in the journal tells); rows that were changed by then are told as what could not be checked. A difference that is found past the point of no return stops the run and undoes nothing: applications write to the target already. Until the snapshots are closed, the target cannot clean up rows that applications replace.",
  settings,
  proof: "moment",
  deadlineMs: 12 * 3_600_000,
  after: [{ kind: "data-equal", because: "it compares what that step has only counted" }],
  undoneOnStop: false,
  actions: {
    "compare-held": {
      touches: "journal",
      does: "Compares what was only counted, in the snapshots that are held since the freeze, and notes what it found.",
    },
    "compare-since": {
      touches: "journal",
      does: "Compares what was only counted with what was not written since, where no snapshot tells it, and notes what it found.",
    },
  },
  intends: () => "compare what was only counted within the outage",
  observe,
  decide: decideRest,
  apply: compare,
};

async function observe(
  world: World,
  _settings: RestSettings,
  context: StepContext,
): Promise<RestSeen> {
  const { notes, crossed = false } = context;
  return {
    crossed,
    databases: world.databases.map(({ name }) => {
      const deferred = deferredNoted(notes, name);
      return {
        name,
        deferred: deferred?.tables,
        held: world.held.has(name),
        told: deferred === undefined ? undefined : toldOf(name, deferred.at, context),
      };
    }),
  };
}

async function compare(
  action: Action,
  world: World,
  given: RestSettings,
  context: ActionContext,
): Promise<void> {
  const { database } = action.data as { readonly database: string };
  const deferred = deferredNoted(context.notes, database);
  if (deferred === undefined) throw new Error(`Nothing of ${database} was only counted.`);
  const before = toldOf(database, deferred.at, context);
  if (action.id.startsWith("compare-held")) {
    const held = world.held.take(database);
    // Closed meanwhile: the next look asks for the manifest.
    if (held === undefined) return;
    const result = await held.compare({
      signal: context.signal,
      onProgress: (progress) => tell(database, progress, context),
    });
    const told = toldBySnapshots(database, deferred.tables, result);
    await context.note(restTold(database), noteOf(told));
    return;
  }
  const tables = before?.open ?? deferred.tables;
  const manifest = manifestNoted(context.notes, database);
  if (manifest === undefined) {
    await context.note(restTold(database), noteOf(untold(database, { before, tables })));
    return;
  }
  const wanted = { database, tables, manifest, sessions: given.sessions };
  const result = await compareByManifest(wanted, world, context);
  // Nothing is noted, so that it is asked again.
  const interrupted = interruption(database, result);
  if (interrupted !== undefined) throw interrupted;
  const told = toldByManifest(database, { before, tables }, result);
  await context.note(restTold(database), noteOf(told));
}

interface Wanted {
  readonly database: string;
  readonly tables: readonly string[];
  readonly manifest: Manifest;
  readonly sessions: number;
}

async function compareByManifest(
  { database, tables, manifest, sessions }: Wanted,
  world: World,
  context: ActionContext,
): Promise<DatabaseComparison> {
  const { notes, signal } = context;
  return compareRestSince(
    {
      ...sidesOf(world, database),
      signal,
      options: { sessions, sourceDoubt: await sourceDoubt(world, database, notes, signal) },
      onProgress: (progress) => tell(database, progress, context),
    },
    manifest,
    tables,
  );
}

function tell(
  name: string,
  { phase, bytesDone, bytesTotal }: ComparisonProgress,
  context: ActionContext,
): void {
  const progress = { parts: [{ name, text: phase }] };
  context.report(
    bytesTotal === 0
      ? progress
      : { done: bytesDone, total: bytesTotal, unit: "bytes", ...progress },
    "comparing what was only counted within the outage",
  );
}
