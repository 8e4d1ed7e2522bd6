/**
 * Comparing where sequences stand, in the direction they count. Pure.
 *
 * A position is the last value given out. A sequence that was never called has
 * given out nothing yet and stands one increment before its `last_value`.
 */
import type { SequencePosition, SequenceState } from "./state.ts";

export function lastGiven(position: SequencePosition, increment: bigint): bigint {
  return position.isCalled ? position.lastValue : position.lastValue - increment;
}

/** True when `position` would give out a value again that is at or before `value`. */
export function isBehindValue(
  position: SequencePosition,
  increment: bigint,
  value: bigint,
): boolean {
  const last = lastGiven(position, increment);
  return increment > 0n ? last < value : last > value;
}

/** A cycling sequence has no before and after: there only the same position is not behind. */
export function isBehind(
  source: SequenceState,
  from: SequencePosition,
  to: SequencePosition,
): boolean {
  const { increment } = source;
  const wanted = lastGiven(from, increment);
  if (source.cycle) return lastGiven(to, increment) !== wanted;
  return isBehindValue(to, increment, wanted);
}

export function showPosition(position: SequencePosition): string {
  return position.isCalled ? `${position.lastValue}` : `${position.lastValue} (not called)`;
}
