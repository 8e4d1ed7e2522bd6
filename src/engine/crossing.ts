/**
 * The last question before the point of no return: does what a stop would undo
 * (the freeze, above all) still stand? Minutes may have passed since it was
 * proven, in which somebody may have thawed the source by hand, or written past
 * the freeze. Nothing is repaired here, because what was proven meanwhile would
 * be proven of another world.
 */
import type { Step } from "../core/step.ts";
import { Stopped } from "./ending.ts";
import { pursue } from "./pursue.ts";
import type { RunRecord } from "./run-record.ts";

/** Milliseconds, for a look that fails for a passing reason: applications are waiting. */
const patienceMs = 30_000;

/** Throws Stopped when one no longer holds, or cannot be read. */
export async function lookAgain(
  record: RunRecord,
  earlier: readonly Step[],
  signal: AbortSignal,
): Promise<void> {
  const looks = earlier
    .filter(({ undoneOnStop }) => undoneOnStop)
    .map((step) =>
      pursue({
        record,
        step,
        direction: "again",
        signal,
        deadline: record.ports.clock.elapsed() + patienceMs,
        deadlineMs: patienceMs,
        moments: new Map(),
      }),
    );
  // Only once all have ended: none may go on behind a stop.
  for (const each of await Promise.allSettled(looks)) {
    if (each.status === "rejected") throw withMoment(each.reason);
  }
}

function withMoment(error: unknown): unknown {
  if (!(error instanceof Stopped)) return error;
  const { stop } = error;
  return new Stopped({ ...stop, message: `Right before the point of no return: ${stop.message}` });
}
