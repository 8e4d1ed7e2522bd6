/**
 * The moment from which a flip is seen everywhere within the new TTL: noted
 * when the TTL was lowered, waited for before the outage begins, or else
 * before the flip.
 */
import type { ActionContext, Note, StepContext } from "../../core/step.ts";
import type { Waiting } from "../../core/verdict.ts";
import { latestFact } from "../facts.ts";

/** An ISO 8601 moment. */
export const flipSafeFrom = "flip-safe-from";
/** That moment, once it was waited for: a clock that is set back later does not bring it back. */
const flipSafeReached = "flip-safe-reached";

function awaited(notes: readonly Note[]): string | undefined {
  const safeFrom = latestFact(notes, flipSafeFrom);
  if (typeof safeFrom !== "string") return undefined;
  return latestFact(notes, flipSafeReached) === safeFrom ? undefined : safeFrom;
}

/** Undefined: a flip is safe, or no TTL was lowered. */
export function waitUntilFlipSafe(
  { notes, now }: StepContext,
  reason: (safeFrom: string) => string,
): Waiting | undefined {
  const safeFrom = awaited(notes);
  if (safeFrom === undefined) return undefined;
  const left = new Date(safeFrom).getTime() - now.getTime();
  if (left <= 0) return undefined;
  return {
    is: "waiting",
    for: "world",
    reason: reason(safeFrom),
    lookAgainInMs: Math.min(left, 5000),
    until: safeFrom,
  };
}

/** For the action that begins once it was waited for. */
export async function noteFlipSafe(context: ActionContext): Promise<void> {
  const safeFrom = awaited(context.notes);
  if (safeFrom !== undefined) await context.note(flipSafeReached, safeFrom);
}
