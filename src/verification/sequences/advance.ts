/**
 * What must be set on the target so that no sequence gives out a value that the
 * source gave out before. Pure; the caller runs the statement.
 */
import { parts } from "../parts.ts";
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

/** Each is locked until its statement ends, and a server has room for some thousands of locks. */
const sequencesPerStatement = 500;

/** Queries of `pg`; need UPDATE on the sequences. setval is not undone by a rollback. */
export function setSequences(
  advances: readonly SequenceAdvance[],
): readonly { text: string; values: string[][] }[] {
  return parts(advances, sequencesPerStatement).map((part) => ({
    text: `select pg_catalog.count(pg_catalog.setval(a.name::pg_catalog.regclass, a.last_value, a.is_called))
      from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.int8[]), pg_catalog.unnest($3::pg_catalog.bool[])) as a(name, last_value, is_called)`,
    values: [
      part.map(({ name }) => name),
      part.map(({ lastValue }) => lastValue.toString()),
      part.map(({ isCalled }) => String(isCalled)),
    ],
  }));
}
