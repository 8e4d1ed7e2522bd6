/** One pursuit of one condition: what its look and its actions share, and how it waits. */
import type { Step } from "../core/step.ts";
import type { Waiting } from "../core/verdict.ts";
import type { RunRecord } from "./run-record.ts";

export interface Pursuit {
  readonly record: RunRecord;
  readonly step: Step;
  readonly direction: "forward" | "undo";
  readonly signal: AbortSignal;
  /** By the clock's `elapsed()`. */
  readonly deadline: number;
  readonly deadlineMs: number;
}

/** Waits where people can see why; never longer than the deadline. */
export async function pause(
  pursuit: Pursuit,
  { reason, progress }: Pick<Waiting, "reason" | "progress">,
  ms: number,
): Promise<void> {
  const { record, step, deadline, signal } = pursuit;
  const { clock, emit } = record.ports;
  const left = Math.max(0, deadline - clock.elapsed());
  emit({
    type: "waiting",
    step: step.id,
    reason,
    ...(progress === undefined ? {} : { progress }),
    deadlineInMs: left,
  });
  await clock.sleep(Math.min(ms, left), signal);
}
