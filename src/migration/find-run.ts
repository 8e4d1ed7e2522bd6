/** The run that a command is about, found in the state folder; and refusals to mix runs up. */
import { UsageError } from "../core/errors.ts";
import { fold, type Checkpoint } from "../core/journal/checkpoint.ts";
import type { Json } from "../core/json.ts";
import type { JournalStore } from "../core/journal/journal.ts";
import { bindingPart } from "../core/plan/binding.ts";
import { changedFields } from "../core/plan/change.ts";
import type { Plan } from "../core/plan/plan.ts";

/** Newest first. */
export async function runsOf(store: JournalStore, plan: string): Promise<readonly Checkpoint[]> {
  const runs = await store.list();
  return runs
    .map(({ entries }) => fold(entries))
    .filter((checkpoint) => checkpoint !== undefined)
    .filter((checkpoint) => checkpoint.plan.name === plan);
}

/** The run of this plan that is neither finished nor withdrawn. */
export async function openRunOf(
  store: JournalStore,
  plan: string,
): Promise<Checkpoint | undefined> {
  const runs = await runsOf(store, plan);
  return runs.find(({ end }) => end === "open");
}

/**
 * What `undo` takes back: the open run, or the latest when it is at its end and
 * has not led applications to the target: a plan may end before that.
 */
export async function undoableRunOf(
  store: JournalStore,
  plan: string,
): Promise<Checkpoint | undefined> {
  const runs = await runsOf(store, plan);
  const [latest] = runs;
  const isUndoable =
    latest?.end === "finished" && latest.pointOfNoReturn === undefined && latest.changed.length > 0;
  return runs.find(({ end }) => end === "open") ?? (isUndoable ? latest : undefined);
}

/** The latest run, when it carried this very plan to its end. */
export async function finishedRunOf(
  store: JournalStore,
  plan: Pick<Plan, "name" | "digest">,
): Promise<Checkpoint | undefined> {
  const [latest] = await runsOf(store, plan.name);
  return latest?.end === "finished" && latest.plan.digest === plan.digest ? latest : undefined;
}

export function refuseUsedRun(
  checkpoint: Checkpoint,
  holder?: {
    readonly pid: number;
    readonly host: string;
    readonly user: string;
    readonly since: string;
  },
): never {
  if (holder !== undefined) {
    throw new UsageError({
      message: `Run ${checkpoint.run} of this plan is being carried by ${holder.user} (process ${holder.pid} on ${holder.host}) since ${holder.since}.`,
      meaning: "Nothing was looked at or changed by this command.",
      remedy:
        "opensauced-migrate status shows where it stands. Wait for it, or stop it with Ctrl-C there.",
    });
  }
  throw new UsageError({
    message: `Run ${checkpoint.run} of this plan was begun at ${checkpoint.openedAt}, ${lastHeardOf(checkpoint)}, and is not finished.`,
    meaning: "Nothing was changed: a run that was begun is never begun again.",
    remedy:
      "opensauced-migrate run --resume   (goes on with it)\nopensauced-migrate undo   (takes back what it changed)\nopensauced-migrate status   (tells where it stands)",
  });
}

function lastHeardOf({ atRest, lastAt }: Checkpoint): string {
  if (atRest === undefined)
    return `ended without a word after ${lastAt} (killed, or its machine went down)`;
  const where = atRest.step === undefined ? "" : ` in step ${atRest.step}`;
  return `stopped${where} at ${atRest.at}`;
}

/** A run that is finished has passed its point of no return, or has nothing to take back. */
export function refuseFinishedRun(finished: Checkpoint): never {
  const { run, pointOfNoReturn: crossed } = finished;
  throw new UsageError({
    message:
      crossed === undefined
        ? `Run ${run} of this plan is finished, and nothing that it changed is left to undo.`
        : `Run ${run} of this plan is finished, and passed its point of no return in step ${crossed.step} at ${crossed.at}: it cannot be undone.`,
    meaning:
      crossed === undefined
        ? "Nothing was changed."
        : "Nothing was changed. Applications may have written to the target since; the source stands as it was at the freeze.",
    remedy:
      'docs/undo-and-point-of-no-return.md says what there is instead ("After it")\nopensauced-migrate verify   (tells whether both sides are equal)',
  });
}

export function refuseNoRun(plan: string, what: string): never {
  throw new UsageError({
    message: `There is no unfinished run of the plan ${plan} to ${what}.`,
    meaning: "Nothing was changed.",
    remedy:
      "opensauced-migrate status   (shows the runs that are known; with --state FOLDER those of another folder)",
  });
}

export function refuseChangedPlan(checkpoint: Checkpoint, plan: Plan): void {
  if (checkpoint.plan.digest === plan.digest) return;
  const fields = changedFields(
    bindingPart(checkpoint.plan.document as Json),
    bindingPart(plan.document),
  );
  throw new UsageError({
    message: `The plan has changed since run ${checkpoint.run} began with it:\n${fields.map((field) => `  ${field}`).join("\n")}`,
    meaning:
      "Nothing was changed: a run carries out the plan that it began with. (Deadlines and other waits, `sessions` and `accept` may be changed under way.)",
    remedy:
      "Put the plan back as it was: then the run can go on, or be taken back (`undo`) to begin anew with the other plan.",
  });
}
