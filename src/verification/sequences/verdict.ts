/**
 * What two sides' sequences say about each other. Pure.
 */
import type { CatalogObject } from "../catalog/object.ts";
import { type Difference, type SequenceComparison, type Unchecked, equalityOf } from "../report.ts";
import type { SideLabel } from "../side.ts";
import { isBehind, showPosition } from "./position.ts";
import type { SequenceState } from "./state.ts";

export interface SequenceVerdicts {
  readonly comparisons: readonly SequenceComparison[];
  readonly differences: readonly Difference[];
  readonly unchecked: readonly Unchecked[];
}

/** The definition is compared like any other catalog object. */
export function sequenceObject(state: SequenceState): CatalogObject {
  return {
    kind: "sequence",
    name: state.name,
    // `"schema"` of `"schema"."name"`; a quote inside a name is doubled.
    parent: /^"(?:[^"]|"")*"/.exec(state.name)?.[0] ?? null,
    facts: {
      type: state.type,
      persistence: state.persistence,
      start: String(state.start),
      increment: String(state.increment),
      minimum: String(state.minimum),
      maximum: String(state.maximum),
      cache: String(state.cache),
      cycle: state.cycle ? "cycle" : "no cycle",
      "owned-by": state.ownedBy,
      owner: state.owner,
    },
  };
}

export function unreadableSequence(side: SideLabel, name: string): Unchecked {
  return {
    code: "permission-denied",
    side,
    object: name,
    reason: "The role may not read it: it needs SELECT on the sequence",
    sqlstate: "42501",
  };
}

/**
 * Of a target in use: who emptied its columns set it back (TRUNCATE .. RESTART IDENTITY),
 * and one that cycles may stand anywhere. Neither gives a value out twice that is there.
 */
export interface InUse {
  /** Sequences that feed columns, and are past every value in them. */
  readonly pastColumns: ReadonlySet<string>;
}

/**
 * Positions of the sequences that both sides have; one that is missing is the catalog's
 * difference. `inUse` undefined: both stand still.
 */
export function judgeSequences(
  source: readonly SequenceState[],
  target: readonly SequenceState[],
  inUse?: InUse,
): SequenceVerdicts {
  const onTarget = new Map(target.map((state) => [state.name, state]));
  const comparisons: SequenceComparison[] = [];
  const differences: Difference[] = [];
  const unchecked: Unchecked[] = [];
  for (const state of source) {
    const other = onTarget.get(state.name);
    if (other === undefined) continue;
    const [from, to] = [state.position, other.position];
    if (from === undefined) unchecked.push(unreadableSequence("source", state.name));
    if (to === undefined) unchecked.push(unreadableSequence("target", state.name));
    const anywhere = inUse !== undefined && state.cycle;
    const behind = from !== undefined && to !== undefined && !anywhere && isBehind(state, from, to);
    const setBack = behind && inUse?.pastColumns.has(state.name) === true;
    const shown = {
      source: from === undefined ? null : showPosition(from),
      target: to === undefined ? null : showPosition(to),
    };
    const unread = from === undefined || to === undefined ? 1 : 0;
    comparisons.push({
      sequence: state.name,
      equality: equalityOf(behind && !setBack ? 1 : 0, unread),
      ...shown,
    });
    if (behind) {
      differences.push({
        code: "sequence-behind",
        object: state.name,
        weight: setBack ? "warns" : "different",
        ...shown,
      });
    }
  }
  return { comparisons, differences, unchecked };
}
