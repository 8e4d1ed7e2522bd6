/** `plan` and `status`: what would happen, and what has. Change nothing, anywhere. */
import path from "node:path";
import { clock, composeWorld, loadPlan, openJournalStore, type Surroundings } from "../compose.ts";
import type { Checkpoint } from "../core/journal/checkpoint.ts";
import type { Plan } from "../core/plan/plan.ts";
import type { StepContext } from "../core/step.ts";
import { keptProof, survey } from "../engine/index.ts";
import type { Invocation, PreviewAnswer, RunReport, StatusAnswer } from "./api.ts";
import { finishedRunOf, openRunOf } from "./find-run.ts";
import { reportOf } from "./report.ts";
import { freezeStands } from "./standing-freeze.ts";

export interface PreviewOptions {
  readonly signal: AbortSignal;
  /** The step that is being looked at. */
  readonly watch?: (step: string) => void;
}

export async function preview(
  invocation: Invocation,
  options: PreviewOptions,
  surroundings?: Surroundings,
): Promise<PreviewAnswer> {
  const loaded = await loadPlan(invocation.planFile);
  const { plan } = loaded;
  const store = openJournalStore(invocation.stateFolder);
  const known = await openRunOf(store, plan.name);
  if (known === undefined) {
    // `run` would do nothing, so nothing is looked at: to a new run the frozen source would be a fault.
    const finished = await finishedRunOf(store, plan);
    if (finished !== undefined) {
      const { name, digest } = plan;
      return {
        plan: name,
        digest,
        run: finished.run,
        standing: undefined,
        finished: true,
        steps: [],
      };
    }
  }
  const folder = path.join(invocation.stateFolder, known?.run ?? "preview");
  const composed = await composeWorld(loaded, folder, surroundings, { hurried: true });
  try {
    const steps = await survey(
      composed.steps,
      (step) => previewContext(step, known, options.signal),
      {
        ...(options.watch === undefined ? {} : { watch: options.watch }),
        kept: (step) => known && keptProof(known, step, composed.steps),
      },
    );
    const { name, digest } = plan;
    return {
      plan: name,
      digest,
      run: known?.run,
      standing: known && standingOf(known, plan),
      finished: false,
      steps,
    };
  } finally {
    await composed.close();
  }
}

function standingOf(known: Checkpoint, plan: Plan): PreviewAnswer["standing"] {
  if (known.pointOfNoReturn !== undefined) return "past-point-of-no-return";
  return freezeStands(known, plan) ? "frozen" : undefined;
}

function previewContext(
  step: string,
  known: Checkpoint | undefined,
  signal: AbortSignal,
): StepContext {
  return {
    run: known?.run ?? "preview",
    step,
    notes: known?.notes ?? [],
    approval: known?.approvals.get(step),
    voided: known?.voided.get(step),
    crossed: known?.pointOfNoReturn !== undefined,
    stops: [],
    preview: true,
    now: clock.now(),
    signal,
    remember: () => Promise.resolve(),
    report: () => undefined,
  };
}

/** Every run in the state folder, or those of the plan when one is given. */
export async function status(where: {
  readonly planFile: string | undefined;
  readonly stateFolder: string;
}): Promise<StatusAnswer> {
  const plan = where.planFile === undefined ? undefined : (await loadPlan(where.planFile)).plan;
  const store = openJournalStore(where.stateFolder);
  const runs = await store.list();
  const reports = runs
    .filter(({ entries }) => entries[0]?.type === "opened")
    .map(async ({ run, entries }): Promise<RunReport> => {
      const file = path.join(where.stateFolder, run, "journal.jsonl");
      return reportOf(entries, file, undefined, await store.holder(run));
    });
  const all = await Promise.all(reports);
  const asked = plan === undefined ? all : all.filter((report) => report.plan === plan.name);
  return { runs: asked, others: all.length - asked.length };
}
