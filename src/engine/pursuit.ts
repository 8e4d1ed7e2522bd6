/** One pursuit of one condition: what its look and its actions share, and how it waits. */
import type { Step } from "../core/step.ts";
import type { Waiting } from "../core/verdict.ts";
import type { RunRecord } from "./run-record.ts";

export interface Pursuit {
  readonly record: RunRecord;
  readonly step: Step;
  /** `again`: it was satisfied, and must still be; nothing that voids a proof is done. */
  readonly direction: "forward" | "again" | "undo";
  readonly signal: AbortSignal;
  /** By the clock's `elapsed()`. Moves on while a moment is waited for that was known before. */
  deadline: number;
  readonly deadlineMs: number;
  /** Asked before the point of no return is passed; throws Stopped. */
  readonly beforeCrossing?: () => Promise<void>;
}

/** Waits where people can see why; never longer than the deadline. */
export async function pause(
  pursuit: Pursuit,
  { reason, progress, until }: Pick<Waiting, "reason" | "progress" | "until">,
  ms: number,
): Promise<void> {
  const { record, step, deadline, signal } = pursuit;
  const { clock, emit } = record.ports;
  const knownMs = until === undefined ? 0 : Math.max(0, Date.parse(until) - clock.now().getTime());
  const began = clock.elapsed();
  const left = Math.max(0, deadline - began) + knownMs;
  emit({
    type: "waiting",
    step: step.id,
    reason,
    ...(progress === undefined ? {} : { progress }),
    deadlineInMs: left,
  });
  await clock.sleep(Math.min(ms, left), signal);
  pursuit.deadline += Math.min(knownMs, clock.elapsed() - began);
}
