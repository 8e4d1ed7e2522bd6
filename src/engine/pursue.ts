/**
 * Pursues one condition: look, act, look again, until the verdict is
 * satisfied. The same loop serves forwards and backwards (undo). It decides
 * nothing about the world; that is the step's.
 */
import type { Satisfied, Unmet, Verdict, Waiting } from "../core/verdict.ts";
import { showDuration } from "../core/duration.ts";
import type { Step } from "../core/step.ts";
import { act } from "./act.ts";
import { interrupted, passes, stopForError, stopForFindings, Stopped } from "./ending.ts";
import type { RunRecord } from "./run-record.ts";

/** For how long in a row a look may fail for a passing reason, in milliseconds. */
export const patienceMs = 120_000;
const defaultLookAgainMs = 1000;

export interface Pursuit {
  readonly record: RunRecord;
  readonly step: Step;
  readonly direction: "forward" | "undo";
  readonly signal: AbortSignal;
  /** By the clock's `elapsed()`. */
  readonly deadline: number;
  readonly deadlineMs: number;
}

/** Resolves when satisfied; throws Stopped otherwise. */
export async function pursue(pursuit: Pursuit): Promise<Satisfied> {
  const { record, step, signal } = pursuit;
  const applied = new Map<string, number>();
  for (;;) {
    if (signal.aborted) throw new Stopped(interrupted(step.id));
    const verdict = await look(pursuit);
    record.ports.emit({ type: "looked", step: step.id, verdict });
    switch (verdict.is) {
      case "satisfied":
        return verdict;
      case "blocked":
        throw new Stopped(stopForFindings(step.id, verdict.findings));
      case "waiting":
        await (verdict.for === "approval" ? askForYes(pursuit, verdict) : wait(pursuit, verdict));
        break;
      case "unmet":
        refuseAfterDeadline(pursuit, verdict.because);
        await act(pursuit, verdict.actions[0], timesApplied(applied, verdict));
        break;
    }
  }
}

/** How often the action was applied before, with nothing else in between. */
function timesApplied(applied: Map<string, number>, verdict: Unmet): number {
  const { id } = verdict.actions[0];
  const times = applied.get(id) ?? 0;
  applied.set(id, times + 1);
  return times;
}

/** Looks; a reason that passes is waited out, for at most `patienceMs` in a row. */
async function look(pursuit: Pursuit): Promise<Verdict> {
  const { record, step, signal, direction } = pursuit;
  const { clock } = record.ports;
  const since = clock.elapsed();
  for (let attempt = 0; ; attempt++) {
    try {
      const context = record.context(step.id, signal);
      return await (direction === "forward" ? step.look(context) : step.lookUndo(context));
    } catch (error) {
      if (signal.aborted) throw new Stopped(interrupted(step.id));
      const patienceLeft = since + patienceMs - clock.elapsed();
      const stop = stopForError(step.id, error);
      if (stop === undefined) throw error;
      if (!passes(error) || patienceLeft <= 0) throw new Stopped({ ...stop, ending: "could-not-check" });
      const reason = `could not look, trying again for ${showDuration(patienceLeft)}: ${stop.message}`;
      await pause(pursuit, reason, Math.min(500 * 2 ** attempt, 10_000));
    }
  }
}

async function wait(pursuit: Pursuit, verdict: Waiting): Promise<void> {
  refuseAfterDeadline(pursuit, verdict.reason);
  const { record, step, deadline, signal } = pursuit;
  const { clock } = record.ports;
  const left = deadline - clock.elapsed();
  record.ports.emit({
    type: "waiting",
    step: step.id,
    reason: verdict.reason,
    ...(verdict.progress === undefined ? {} : { progress: verdict.progress }),
    deadlineInMs: left,
  });
  await clock.sleep(Math.min(verdict.lookAgainInMs ?? defaultLookAgainMs, left), signal);
}

async function pause(pursuit: Pursuit, reason: string, ms: number): Promise<void> {
  await wait(pursuit, { is: "waiting", for: "world", reason, lookAgainInMs: ms });
}

async function askForYes(pursuit: Pursuit, verdict: Waiting): Promise<void> {
  const { record, step, signal } = pursuit;
  record.ports.emit({ type: "gate", step: step.id, question: verdict.reason });
  const yes = await record.ports.approve(step.id, verdict.reason, signal);
  if (signal.aborted) throw new Stopped(interrupted(step.id));
  if (yes === undefined) {
    throw new Stopped({
      ending: "at-gate",
      step: step.id,
      message: `Waiting at gate ${step.id}: ${verdict.reason}`,
      remedy: `opensauced-migrate run --resume --approve ${step.id}`,
    });
  }
  await record.append({ type: "approved", step: step.id, ...yes });
  record.ports.emit({ type: "approved", step: step.id, ...yes });
}

function refuseAfterDeadline(pursuit: Pursuit, reason: string): void {
  const { record, step, deadline, deadlineMs } = pursuit;
  if (record.ports.clock.elapsed() < deadline) return;
  throw new Stopped({
    ending: "failed",
    step: step.id,
    message: `Step ${step.id} was not satisfied within ${showDuration(deadlineMs)}. Last seen: ${reason}.`,
    remedy: `Find out why, give the step a longer \`deadline\` in the plan if time is all it needs, then: opensauced-migrate run --resume`,
  });
}
