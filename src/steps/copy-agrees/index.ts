/**
 * `copy-agrees`: what is on the target agrees with the source while
 * applications still write. A copy that is wrong is found here, before the
 * outage. The comparing itself is src/verification's.
 *
 * To tell what is wrong from what is under way takes rows written to the
 * source, so the comparison is an action, and what it found is a note: nobody
 * could see it again.
 */
import { ActionError } from "../../core/errors.ts";
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action } from "../../core/verdict.ts";
import { compareWhileWritten, type ComparisonProgress } from "../../verification/index.ts";
import { attemptOf } from "../data-streaming/batches.ts";
import { hasMarkerTable } from "../marker.ts";
import { roleNaming } from "../role-map.ts";
import { interruption } from "../interrupted.ts";
import { sidesOf } from "../database-sides.ts";
import type { World } from "../world.ts";
import { comparedOf, copyCompared, noteOf } from "./compared.ts";
import { decideAgrees, type AgreesSeen } from "./decide.ts";
import { markerFence } from "./fence.ts";
import { agreesFindings } from "./findings.ts";
import { copyProven, noteOfProven } from "./proven.ts";
import { settings, type AgreesSettings } from "./settings.ts";

export const copyAgrees: StepKind<World, AgreesSettings, AgreesSeen> = {
  kind: "copy-agrees",
  condition: "The copy agrees with the source, but for what is being written right now.",
  details:
    "Compares catalog, row counts and the contents of every table while applications write and the stream follows, so that a copy that is wrong is found before the outage and not in it. What is not the same at first is looked at row by row: on the source, on the target behind a row that this run has written to the source and found there, and on the source again. It differs when it was so twice in a row while neither side was written. A row that is written every time is told by its key, as a warning: neither equal nor different. Sequences are left out, and owners, grants and settings where `access-carried` follows. Optional: `data-equal` is the proof. That reads only those tables again, within the outage, which were written since this step found them equal.",
  settings,
  proof: "moment",
  deadlineMs: 12 * 3_600_000,
  after: [
    { kind: "data-streaming", because: "there is nothing to compare before the copy is there" },
  ],
  before: [
    {
      kind: "source-frozen",
      because:
        "what it finds is to be found before the outage; behind the freeze `data-equal` compares exactly",
    },
  ],
  undoneOnStop: false,
  actions: {
    compare: {
      touches: "source",
      does: "Compares a database on both sides; writes rows to the tool's marker table, to tell what is only under way.",
    },
  },
  intends: () => "compare every table on both sides while applications write",
  observe,
  decide: decideAgrees,
  apply: compare,
};

async function observe(
  world: World,
  _settings: AgreesSettings,
  context: StepContext,
): Promise<AgreesSeen> {
  const attempt = attemptOf(context.notes);
  return {
    databases: world.databases.map(({ name }) => ({
      name,
      compared: comparedOf(name, attempt, context),
    })),
  };
}

async function compare(
  action: Action,
  world: World,
  { sessions, accept, arrivesWithin, pauseAbove, pauseBehind }: AgreesSettings,
  context: ActionContext,
): Promise<void> {
  const { signal, run } = context;
  const { database } = action.data as { readonly database: string };
  if (!(await world.source.use(database, { signal }, hasMarkerTable)))
    throw noMarkerTable(database);
  const comparison = await compareWhileWritten({
    ...sidesOf(world, database),
    fence: markerFence(world, database, { run, within: arrivesWithin }),
    signal,
    options: {
      sessions,
      roles: roleNaming(world),
      prove: true,
      pause: { active: pauseAbove, behind: pauseBehind },
    },
    onProgress: (progress) => tell(database, progress, context),
  });
  const interrupted = interruption(database, comparison);
  if (interrupted !== undefined) throw interrupted;
  const attempt = attemptOf(context.notes);
  const { proven } = comparison;
  if (proven !== undefined) {
    await context.note(copyProven(database), noteOfProven(attempt, proven));
  }
  const accessFollows = world.settingsOfKind("access-carried").length > 0;
  await context.note(
    copyCompared(database),
    noteOf({
      attempt,
      findings: agreesFindings(database, comparison, { accept, accessFollows }),
      rows: Number(comparison.totals.sourceRows),
      tables: comparison.totals.tables,
    }),
  );
}

function tell(
  name: string,
  { phase, bytesDone, bytesTotal, undecided, paused }: ComparisonProgress,
  context: ActionContext,
): void {
  const text =
    undecided === undefined
      ? `${phase}${paused === undefined ? "" : `, paused: ${paused}`}`
      : `${undecided.rows} not told yet, looked at ${phase} for the ${ordinal(undecided.round)} time`;
  const progress = { parts: [{ name, text }] };
  context.report(
    bytesTotal === 0
      ? progress
      : { done: bytesDone, total: bytesTotal, unit: "bytes", ...progress },
    "comparing both sides while applications write",
  );
}

function ordinal(n: number): string {
  return ["1st", "2nd", "3rd"][n - 1] ?? `${n}th`;
}

function noMarkerTable(database: string): ActionError {
  return new ActionError({
    message: `The tool's marker table is not in ${database} of the source any more, so what is under way cannot be told from what is wrong.`,
    meaning: "Nothing was compared. The source holds all data.",
    remedy: "To copy anew, with the table: opensauced-migrate undo, then run.",
  });
}
