/**
 * Applies one action: journaled before and after, so that a crash in between
 * leaves it in doubt and the next look settles it.
 */
import { showDuration } from "../core/duration.ts";
import { ActionError, passes } from "../core/errors.ts";
import type { Action } from "../core/verdict.ts";
import { interrupted, stopForError, Stopped } from "./ending.ts";
import { inTime, TooLate } from "./in-time.ts";
import { backoffMs, patienceMs } from "./patience.ts";
import { pause, type Pursuit } from "./pursuit.ts";
import type { RunRecord } from "./run-record.ts";

/** An action that changed nothing so often is not going to. */
const mostAttempts = 3;

/** What one pursuit has tried so far. */
export interface Attempts {
  /** Action id to how often it was applied without an error. */
  readonly applied: Map<string, number>;
  /** Failures for a passing reason, in a row, and since when by `elapsed()`. */
  failing: { times: number; readonly since: number } | undefined;
}

export function newAttempts(): Attempts {
  return { applied: new Map(), failing: undefined };
}

export async function act(pursuit: Pursuit, action: Action, attempts: Attempts): Promise<void> {
  const { record, step } = pursuit;
  const { clock, emit } = record.ports;
  const timesBefore = attempts.applied.get(action.id) ?? 0;
  if (timesBefore >= mostAttempts) throw new Stopped(noEffect(step.id, action));
  if (action.beginsOutage === true) await pursuit.beforeOutage?.();
  if (action.crossesPointOfNoReturn === true) {
    if (record.checkpoint.pointOfNoReturn === undefined) await pursuit.beforeCrossing?.();
    await announcePointOfNoReturn(record, step.id, action);
  }
  await record.append({ type: "action-began", step: step.id, action });
  emit({ type: "action-began", step: step.id, action });
  const began = clock.elapsed();
  try {
    await applyInTime(pursuit, action);
  } catch (error) {
    await failed(pursuit, action, error, attempts);
    return;
  }
  attempts.applied.set(action.id, timesBefore + 1);
  attempts.failing = undefined;
  await record.append({ type: "action-ended", step: step.id, action: action.id });
  emit({ type: "action-ended", step: step.id, action, tookMs: clock.elapsed() - began });
}

async function applyInTime(pursuit: Pursuit, action: Action): Promise<void> {
  const { record, step, deadline, deadlineMs } = pursuit;
  const { clock } = record.ports;
  const left = Math.max(1, deadline - clock.elapsed());
  try {
    await inTime(clock, left, pursuit.signal, (signal) =>
      step.apply(action, record.actionContext(step.id, signal)),
    );
  } catch (error) {
    if (!(error instanceof TooLate)) throw error;
    throw new ActionError(
      {
        message: `"${action.summary}" was not done when the deadline of step ${step.id} (${showDuration(deadlineMs)}) passed.`,
        meaning: "Whether it took effect is not known; the next look will tell.",
        remedy: "opensauced-migrate run --resume",
      },
      { cause: error },
    );
  }
}

/** Journaled before what it announces; once in a run. */
export async function announcePointOfNoReturn(
  record: RunRecord,
  step: string,
  action: Action,
): Promise<void> {
  if (record.checkpoint.pointOfNoReturn !== undefined) return;
  await record.append({ type: "point-of-no-return", step, action: action.id });
  record.ports.emit({ type: "point-of-no-return", step, action });
}

/** A passing failure is left to the next look: the effect may have taken place. */
async function failed(
  pursuit: Pursuit,
  action: Action,
  error: unknown,
  attempts: Attempts,
): Promise<void> {
  const { record, step, signal } = pursuit;
  const { clock } = record.ports;
  if (signal.aborted) throw new Stopped(interrupted(step.id));
  const stop = stopForError(step.id, error);
  if (stop === undefined) throw error;
  await record.append({
    type: "action-failed",
    step: step.id,
    action: action.id,
    error: stop.message,
  });
  attempts.failing ??= { times: 0, since: clock.elapsed() };
  const { times, since } = attempts.failing;
  if (!passes(error) || clock.elapsed() - since >= patienceMs) {
    throw new Stopped({ ...stop, ending: "failed" });
  }
  attempts.failing.times++;
  const reason = `"${action.summary}" failed, looking again: ${stop.message}`;
  await pause(pursuit, { reason }, backoffMs(times));
}

function noEffect(step: string, action: Action): ConstructorParameters<typeof Stopped>[0] {
  return {
    ending: "failed",
    step,
    message: `"${action.summary}" was done ${mostAttempts} times and step ${step} still wants it done.`,
    meaning: "Something else may be changing the same thing back.",
    remedy: `Look at what else manages it, then: opensauced-migrate run --resume`,
  };
}
