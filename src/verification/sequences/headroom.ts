/**
 * Sequences that have given out nearly all that they can: at the end the next
 * insert fails, whichever server it goes to. Pure.
 */
import type { Difference } from "../report.ts";
import { lastGiven } from "./position.ts";
import type { SequenceState } from "./state.ts";

/** Percent. */
const nearly = 90n;

/** Steps to a value, of those between the bounds in the direction of the increment. */
interface Steps {
  readonly given: bigint;
  /** At 0 nextval fails. */
  readonly left: bigint;
}

/** Undefined where it has no end, or may not be read. */
function stepsOf(state: SequenceState): Steps | undefined {
  const { position, increment, minimum, maximum } = state;
  // A cycling sequence begins anew by design.
  if (position === undefined || state.cycle) return undefined;
  const last = lastGiven(position, increment);
  const [size, past, ahead] =
    increment > 0n
      ? [increment, last - minimum, maximum - last]
      : [-increment, maximum - last, last - minimum];
  return { given: past < 0n ? 0n : past / size + 1n, left: ahead / size };
}

/** Rounded down, so that 100 is all of them. */
function percentUsed({ given, left }: Steps): bigint {
  return (given * 100n) / (given + left);
}

function shown(state: SequenceState): string | null {
  const steps = stepsOf(state);
  if (state.position === undefined || steps === undefined) return null;
  const end = state.increment > 0n ? state.maximum : state.minimum;
  const { lastValue } = state.position;
  const used = `${lastValue} of ${end}, ${percentUsed(steps)} %`;
  return steps.left === 0n ? `${used}: nextval fails` : used;
}

function isNearlyUsedUp(state: SequenceState): boolean {
  const steps = stepsOf(state);
  return steps !== undefined && (steps.left === 0n || percentUsed(steps) >= nearly);
}

export function nearlyUsedUp(
  source: readonly SequenceState[],
  target: readonly SequenceState[],
): Difference[] {
  const before = new Map(source.map((state) => [state.name, state]));
  return target.filter(isNearlyUsedUp).map((state) => {
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
