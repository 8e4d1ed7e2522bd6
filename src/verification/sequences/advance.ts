/**
 * What must be set on the target so that no sequence gives out a value that the
 * source gave out before. Pure; the caller runs the statement.
 */
import { isBehind } from "./position.ts";
import type { SequencePosition, SequenceState } from "./state.ts";

export interface SequenceAdvance extends SequencePosition {
  /** Quoted and qualified. */
  readonly name: string;
}

/**
 * Only forward: a target that is past the source stays. No margin is added:
 * after the freeze the source's value is final. A sequence that one side lacks
 * or may not be read is not here; `judgeSequences` names it.
 */
export function sequenceAdvances(
  source: readonly SequenceState[],
  target: readonly SequenceState[],
): SequenceAdvance[] {
  const onTarget = new Map(target.map((state) => [state.name, state]));
  return source.flatMap((state) => {
    const from = state.position;
    const to = onTarget.get(state.name)?.position;
    if (from === undefined || to === undefined || !isBehind(state, from, to)) return [];
    return [{ name: state.name, ...from }];
  });
}

/** A query of `pg`; needs UPDATE on the sequence. setval is not undone by a rollback. */
export function setSequence(advance: SequenceAdvance): { text: string; values: string[] } {
  return {
    text: `select pg_catalog.setval($1::pg_catalog.text::pg_catalog.regclass, $2::pg_catalog.int8, $3::pg_catalog.bool)`,
    values: [advance.name, advance.lastValue.toString(), String(advance.isCalled)],
  };
}
