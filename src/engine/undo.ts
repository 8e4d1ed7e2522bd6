/**
 * Undo: walks backwards over steps that this run changed, each by its own
 * look-act loop, and refuses to cross the point of no return.
 */
import type { Step } from "../core/step.ts";
import { ownError, Stopped, stopForError, type Stop } from "./ending.ts";
import { pursue } from "./pursue.ts";
import type { RunRecord } from "./run-record.ts";

/** An undo must not hang: a frozen source is waiting. Milliseconds for each step. */
const undoDeadlineMs = 120_000;

export interface Undone {
  /** The first thing that could not be undone. */
  readonly failed: Stop | undefined;
  /** What was thrown that is no error for people. */
  readonly bug: unknown;
}

/**
 * Undoes the given steps, last first. After a failure only what must not stay
 * (the freeze) is still undone. Throws nothing but what the journal throws.
 */
export async function undoSteps(
  record: RunRecord,
  steps: readonly Step[],
  because: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Undone> {
  let first: Undone | undefined;
  for (const step of steps.toReversed()) {
    if (first !== undefined && !step.undoneOnStop) continue;
    const undone = await undoStep(record, step, because, signal);
    if (undone.failed !== undefined) first ??= undone;
  }
  return first ?? { failed: undefined, bug: undefined };
}

async function undoStep(
  record: RunRecord,
  step: Step,
  because: string,
  signal: AbortSignal,
): Promise<Undone> {
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
      moments: new Map(),
    });
    await record.append({
      type: "undone",
      step: step.id,
      because: verdict.because,
      forgets: forgottenWith(record, step.id),
    });
    const { warnings = [] } = verdict;
    if (warnings.length > 0) emit({ type: "warned", step: step.id, findings: warnings });
    const tookMs = clock.elapsed() - began;
    emit({ type: "step-undone", step: step.id, because: verdict.because, tookMs });
    return { failed: undefined, bug: undefined };
  } catch (error) {
    if (error instanceof Stopped) return { failed: error.stop, bug: undefined };
    const told = stopForError(step.id, error);
    if (told !== undefined) return { failed: told, bug: undefined };
    return { failed: ownError(step.id, error), bug: error };
  }
}

/**
 * What was proven after an undone step was proven in a world that is gone. The
 * yes of the gate before it allowed just what was undone: to do it again wants another.
 */
function forgottenWith(record: RunRecord, step: string): string[] {
  const { approvals, voided } = record.checkpoint;
  const document = record.checkpoint.plan.document as { steps?: { id?: string }[] };
  const ids = (document.steps ?? []).map((declared) => declared.id ?? "");
  const from = ids.indexOf(step);
  if (from === -1) return [step];
  // A voided one too: of two steps that are undone in a row, both were allowed by the same gate.
  const gate = ids.slice(0, from).findLast((id) => approvals.has(id) || voided.has(id));
  return [...ids.slice(from), ...(gate === undefined ? [] : [gate])];
}
