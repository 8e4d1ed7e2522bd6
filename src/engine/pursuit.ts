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
  /** Moments that were known before, ISO 8601, by the clock's `elapsed()`. */
  readonly moments: Map<string, number>;
  /** By the clock's `elapsed()`. Moves on while a moment is waited for that was known before. */
  deadline: number;
  readonly deadlineMs: number;
  /** Of `again`: what it means when it holds no more. */
  readonly ceased?: string;
  /** Asked before the point of no return is passed; throws Stopped. */
  readonly beforeCrossing?: () => Promise<void>;
  /** Asked before the outage begins; waits, or throws Stopped. */
  readonly beforeOutage?: () => Promise<void>;
}

/**
 * Milliseconds until a moment that was known before. Counted from the first
 * time that it was heard of: a clock that is set back does not make it later.
 */
export function leftUntil({ record, moments }: Pursuit, until: string): number {
  const { clock } = record.ports;
  const at = moments.get(until) ?? clock.elapsed() + Date.parse(until) - clock.now().getTime();
  moments.set(until, at);
  return Math.max(0, at - clock.elapsed());
}

/** Waits where people can see why; never longer than the deadline, and `knownMs` before it begins to count. */
export async function pause(
  pursuit: Pursuit,
  {
    reason,
    progress,
    knownMs = 0,
  }: Pick<Waiting, "reason" | "progress"> & { readonly knownMs?: number },
  ms: number,
): Promise<void> {
  const { record, step, deadline, signal } = pursuit;
  const { clock, emit } = record.ports;
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
