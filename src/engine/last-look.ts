/**
 * Two last questions, each asked right before a step goes on to what cannot
 * be taken lightly. Before the outage: does what may have ceased by itself
 * still hold (the stream, which may have fallen behind while a yes or DNS was
 * waited for)? Before the point of no return: does what a stop would undo (the
 * freeze, above all) still stand, which somebody may have thawed by hand, or
 * written past? Nothing is repaired here, because what was proven meanwhile
 * would be proven of another world.
 */
import type { Step } from "../core/step.ts";
import { Stopped } from "./ending.ts";
import { pursue } from "./pursue.ts";
import type { RunRecord } from "./run-record.ts";

/** Milliseconds, for a look that fails for a passing reason: applications are waiting. */
const patienceMs = 30_000;

/** Waits, for as long as the step itself may take; throws Stopped when it holds no more, or cannot be read. */
export function lookBeforeOutage(
  record: RunRecord,
  earlier: readonly Step[],
  signal: AbortSignal,
): Promise<void> {
  const steps = earlier.filter(({ mayCease }) => mayCease);
  return allHold(record, steps, {
    signal,
    moment: "Right before the outage",
    meaning: "The outage has not begun.",
    patience: ({ deadlineMs }) => deadlineMs,
  });
}

/** Throws Stopped when one no longer holds, or cannot be read. */
export function lookAgain(
  record: RunRecord,
  earlier: readonly Step[],
  signal: AbortSignal,
): Promise<void> {
  const steps = earlier.filter(({ undoneOnStop }) => undoneOnStop);
  return allHold(record, steps, {
    signal,
    moment: "Right before the point of no return",
    meaning: "What was proven since then does not count, so the point of no return is not passed.",
    patience: () => patienceMs,
  });
}

interface Question {
  readonly signal: AbortSignal;
  readonly moment: string;
  /** What it means that one holds no more. */
  readonly meaning: string;
  /** Milliseconds. */
  readonly patience: (step: Step) => number;
}

async function allHold(
  record: RunRecord,
  steps: readonly Step[],
  { signal, moment, meaning, patience }: Question,
): Promise<void> {
  const { clock } = record.ports;
  const looks = steps.map((step) =>
    pursue({
      record,
      step,
      direction: "again",
      signal,
      deadline: clock.elapsed() + patience(step),
      deadlineMs: patience(step),
      moments: new Map(),
      ceased: meaning,
    }),
  );
  // Only once all have ended: none may go on behind a stop.
  for (const each of await Promise.allSettled(looks)) {
    if (each.status === "rejected") throw withMoment(each.reason, moment);
  }
}

function withMoment(error: unknown, moment: string): unknown {
  if (!(error instanceof Stopped) || error.stop.ending === "interrupted") return error;
  const { stop } = error;
  return new Stopped({ ...stop, message: `${moment}: ${stop.message}` });
}
