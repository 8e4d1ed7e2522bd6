/**
 * Sequences that have given out nearly all that they can: at the end the next
 * insert fails, whichever server it goes to. Pure.
 */
import type { Difference } from "../report.ts";
import { lastGiven } from "./position.ts";
import type { SequenceState } from "./state.ts";

/** Percent. */
const nearly = 90n;

/** Of the values between its bounds, in the direction of its increment; undefined where it has no end. */
function percentUsed(state: SequenceState): bigint | undefined {
  const { position, increment, minimum, maximum } = state;
  // A cycling sequence begins anew by design.
  if (position === undefined || state.cycle || maximum <= minimum) return undefined;
  const last = lastGiven(position, increment);
  const used = increment > 0n ? last - minimum : maximum - last;
  return (used * 100n) / (maximum - minimum);
}

function shown(state: SequenceState): string | null {
  const percent = percentUsed(state);
  if (state.position === undefined || percent === undefined) return null;
  const end = state.increment > 0n ? state.maximum : state.minimum;
  return `${state.position.lastValue} of ${end}, ${percent} %`;
}

export function nearlyUsedUp(
  source: readonly SequenceState[],
  target: readonly SequenceState[],
): Difference[] {
  const before = new Map(source.map((state) => [state.name, state]));
  return target
    .filter((state) => (percentUsed(state) ?? 0n) >= nearly)
    .map((state) => {
      const ours = before.get(state.name);
      return {
        code: "sequence-nearly-used-up",
        object: state.name,
        weight: "warns",
        source: ours === undefined ? null : shown(ours),
        target: shown(state),
      };
    });
}
