/**
 * Undo: walks backwards over steps that this run changed, each by its own
 * look-act loop, and refuses to cross the point of no return.
 */
import type { Step } from "../core/step.ts";
import { Stopped, type Stop } from "./ending.ts";
import type { Outcome } from "./carry.ts";
import type { CarryOptions, EnginePorts } from "./ports.ts";
import { pursue } from "./pursue.ts";
import { RunRecord } from "./run-record.ts";

/** An undo must not hang: a frozen source is waiting. Milliseconds for each step. */
const undoDeadlineMs = 120_000;

/** Undoes the given steps, last first. Returns what stopped it, or nothing. */
export async function undoSteps(
  record: RunRecord,
  steps: readonly Step[],
  because: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Stop | undefined> {
  for (const step of steps.toReversed()) {
    const failed = await undoStep(record, step, because, signal);
    if (failed !== undefined) return failed;
  }
  return undefined;
}

async function undoStep(
  record: RunRecord,
  step: Step,
  because: string,
  signal: AbortSignal,
): Promise<Stop | undefined> {
  const { clock, emit } = record.ports;
  emit({ type: "undoing", step: step.id, because });
  const began = clock.elapsed();
  try {
    const verdict = await pursue({
      record,
      step,
      direction: "undo",
      signal,
      deadline: began + undoDeadlineMs,
      deadlineMs: undoDeadlineMs,
    });
    await record.append({
      type: "undone",
      step: step.id,
      because: verdict.because,
      forgets: forgottenWith(record, step.id),
    });
    emit({
      type: "step-undone",
      step: step.id,
      because: verdict.because,
      tookMs: clock.elapsed() - began,
    });
    return undefined;
  } catch (error) {
    if (error instanceof Stopped) return error.stop;
    throw error;
  }
}

/** What was proven after an undone step was proven in a world that is gone. */
function forgottenWith(record: RunRecord, step: string): string[] {
  const document = record.checkpoint.plan.document as { steps?: { id?: string }[] };
  const ids = (document.steps ?? []).map((declared) => declared.id ?? "");
  const from = ids.indexOf(step);
  return from === -1 ? [step] : ids.slice(from);
}

/** Takes back everything that this run changed; the run is over afterwards. */
export async function withdraw(ports: EnginePorts, options: CarryOptions): Promise<Outcome> {
  const record = new RunRecord(ports);
  const began = ports.clock.elapsed();
  const changed = options.steps.filter((step) => record.checkpoint.changed.includes(step.id));
  const stop = refusal(record) ?? (await undoSteps(record, changed, "asked for", options.signal));
  if (stop === undefined) await record.append({ type: "withdrawn" });
  const end = stop ?? {
    ending: "undone" as const,
    message: `Every change of run ${record.checkpoint.run} is undone.`,
    meaning: "The source is writable and holds all data.",
  };
  ports.emit({
    type: "run-stopped",
    run: record.checkpoint.run,
    ...end,
    pastPointOfNoReturn: record.checkpoint.pointOfNoReturn !== undefined,
    tookMs: ports.clock.elapsed() - began,
  });
  return { ending: end.ending, stop };
}

function refusal(record: RunRecord): Stop | undefined {
  const { pointOfNoReturn } = record.checkpoint;
  if (pointOfNoReturn === undefined) return undefined;
  return {
    ending: "blocked",
    step: pointOfNoReturn.step,
    message: `Not undone: the run passed its point of no return in step ${pointOfNoReturn.step} at ${pointOfNoReturn.at}.`,
    meaning:
      "Writes may have reached the target that the source does not have. Going back would lose them.",
    remedy: "opensauced-migrate run --resume",
  };
}
