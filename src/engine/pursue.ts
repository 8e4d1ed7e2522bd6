/**
 * Pursues one condition: look, act, look again, until the verdict is
 * satisfied. The same loop serves forwards and backwards (undo). It decides
 * nothing about the world; that is the step's.
 */
import { showDuration } from "../core/duration.ts";
import { passes } from "../core/errors.ts";
import { blocking, mayPass } from "../core/finding.ts";
import type { Blocked, Satisfied, Unmet, Verdict, Waiting } from "../core/verdict.ts";
import { act, newAttempts } from "./act.ts";
import { interrupted, stopForError, stopForFindings, Stopped, type Stop } from "./ending.ts";
import { inTime, TooLate } from "./in-time.ts";
import { backoffMs, patienceMs } from "./patience.ts";
import { leftUntil, pause, type Pursuit } from "./pursuit.ts";

const defaultLookAgainMs = 1000;
/** Even a step in a hurry must not ask a vendor without pause. */
const shortestPauseMs = 10;
const lastLookMs = 30_000;

/** Resolves when satisfied; throws Stopped otherwise. */
export async function pursue(pursuit: Pursuit): Promise<Satisfied> {
  const { record, step, signal } = pursuit;
  const attempts = newAttempts();
  /** Looks in a row that could not tell, and what they wait for. */
  let untold: Patience | undefined;
  for (;;) {
    if (signal.aborted) throw new Stopped(interrupted(step.id));
    const verdict = await look(pursuit);
    // A step that is only looked at again is not entered again, and its line stays as it is.
    if (pursuit.direction !== "again") {
      record.ports.emit({ type: "looked", step: step.id, verdict: withoutNotes(verdict) });
    }
    if (verdict.is !== "blocked") untold = undefined;
    switch (verdict.is) {
      case "satisfied":
        return verdict;
      case "blocked":
        untold ??= newPatience(pursuit);
        await askAgain(pursuit, verdict, untold);
        break;
      case "waiting":
        attempts.failing = undefined;
        await (verdict.for === "approval" ? askForYes(pursuit, verdict) : wait(pursuit, verdict));
        break;
      case "unmet":
        if (!mayAct(pursuit, verdict)) throw new Stopped(holdsNoMore(pursuit, verdict.because));
        refuseAfterDeadline(pursuit, verdict.because);
        await act(pursuit, verdict.actions[0], attempts);
        break;
    }
  }
}

/** They are for the journal, and may be long. */
function withoutNotes(verdict: Verdict): Verdict {
  if (verdict.is !== "satisfied" || verdict.notes === undefined) return verdict;
  const { notes: _, ...told } = verdict;
  return told;
}

interface Patience {
  /** By the clock's `elapsed()`. */
  readonly until: number;
  attempt: number;
}

function newPatience({ record, deadline }: Pursuit): Patience {
  return { until: Math.min(record.ports.clock.elapsed() + patienceMs, deadline), attempt: 0 };
}

/** Waits for the answers that a look could not have; throws Stopped for what is known to be wrong. */
async function askAgain(
  pursuit: Pursuit,
  { findings }: Blocked,
  patience: Patience,
): Promise<void> {
  const left = patience.until - pursuit.record.ports.clock.elapsed();
  if (!mayPass(findings) || left <= 0) {
    throw new Stopped(stopForFindings(pursuit.step.id, findings));
  }
  const why = blocking(findings).map(({ message }) => message);
  const reason = `could not check, trying again for ${showDuration(left)}: ${why.join(" ")}`;
  await pause(pursuit, { reason }, Math.min(backoffMs(patience.attempt++), left));
}

/** Looks; a reason that passes is waited out, for at most `patienceMs` since it was first met. */
async function look(pursuit: Pursuit): Promise<Verdict> {
  const { record, step, signal } = pursuit;
  const { clock } = record.ports;
  let patience: Patience | undefined;
  for (;;) {
    if (signal.aborted) throw new Stopped(interrupted(step.id));
    try {
      return await lookInTime(pursuit);
    } catch (error) {
      if (signal.aborted) throw new Stopped(interrupted(step.id));
      if (error instanceof Stopped) throw error;
      // A comparison of an hour may fail at its end, and is worth another as a look of a second is.
      patience ??= newPatience(pursuit);
      const left = patience.until - clock.elapsed();
      const stop = stopForError(step.id, error);
      if (stop === undefined) throw error;
      if (!passes(error) || left <= 0) throw new Stopped({ ...stop, ending: "could-not-check" });
      const reason = `could not look, trying again for ${showDuration(left)}: ${stop.message}`;
      await pause(pursuit, { reason }, Math.min(backoffMs(patience.attempt++), left));
    }
  }
}

/** The last look begins when the deadline has passed, and has its own time. */
async function lookInTime(pursuit: Pursuit): Promise<Verdict> {
  const { record, step, direction, deadline, deadlineMs } = pursuit;
  const { clock } = record.ports;
  const left = Math.max(lastLookMs, deadline - clock.elapsed());
  try {
    return await inTime(clock, left, pursuit.signal, async (signal) => {
      const ended = new AbortController();
      const context = record.context(step.id, signal, ended.signal);
      try {
        if (direction === "undo") return await step.lookUndo(context);
        return await (direction === "again" ? step.lookAgain(context) : step.look(context));
      } finally {
        ended.abort();
      }
    });
  } catch (error) {
    if (!(error instanceof TooLate)) throw error;
    throw new Stopped({
      ending: "could-not-check",
      step: step.id,
      message: `The look at step ${step.id} had not ended when its deadline (${showDuration(deadlineMs)}) passed.`,
      remedy:
        "If time is all it needs, give the step a longer `deadline` in the plan; then: opensauced-migrate run --resume",
    });
  }
}

function mayAct({ direction }: Pursuit, { actions }: Unmet): boolean {
  return direction !== "again" || actions[0].keepsProofs === true;
}

function holdsNoMore({ step, ceased = "" }: Pursuit, because: string): Stop {
  return {
    ending: "blocked",
    step: step.id,
    message: `Step ${step.id} was satisfied, and is not any more: ${because}.`,
    meaning: ceased,
  };
}

async function wait(pursuit: Pursuit, verdict: Waiting): Promise<void> {
  const knownMs = verdict.until === undefined ? 0 : leftUntil(pursuit, verdict.until);
  // Until a moment that was known before nothing is late.
  if (knownMs === 0) refuseAfterDeadline(pursuit, verdict.reason);
  const ms = Math.max(verdict.lookAgainInMs ?? defaultLookAgainMs, shortestPauseMs);
  await pause(pursuit, { ...verdict, knownMs }, ms);
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
