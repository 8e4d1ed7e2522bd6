/**
 * What must be set on the target so that no sequence gives out a value that the
 * source gave out before, and the statement that sets it.
 */
import type { ClientBase } from "pg";
import { isBehind } from "./position.ts";
import type { SequenceState } from "./state.ts";

/** As data that can be printed and journaled. */
export interface SequenceAdvance {
  /** Quoted and qualified. */
  readonly name: string;
  /** Decimal digits: an int8 does not fit a JSON number. */
  readonly lastValue: string;
  /** False: the next value is `lastValue` itself. */
  readonly isCalled: boolean;
}

export interface SequenceAdvances {
  /** Quoted names of the sequences that the target lacks. */
  readonly missing: readonly string[];
  readonly behind: readonly SequenceAdvance[];
}

/**
 * Only forward: a target that is past the source stays. No margin is added:
 * after the freeze the source's value is final. Takes what `readSequences` gave,
 * which has a position for every sequence or throws.
 */
export function sequenceAdvances(
  source: readonly SequenceState[],
  target: readonly SequenceState[],
): SequenceAdvances {
  const onTarget = new Map(target.map((state) => [state.name, state]));
  const behind = source.flatMap((state) => {
    const from = state.position;
    const to = onTarget.get(state.name)?.position;
    if (from === undefined || to === undefined || !isBehind(state, from, to)) return [];
    return [{ name: state.name, lastValue: String(from.lastValue), isCalled: from.isCalled }];
  });
  const missing = source.flatMap(({ name }) => (onTarget.has(name) ? [] : [name]));
  return { missing, behind };
}

/** A query of `pg`; needs UPDATE on the sequence. */
export function setSequence(advance: SequenceAdvance): { text: string; values: string[] } {
  return {
    text: `select pg_catalog.setval($1::pg_catalog.text::pg_catalog.regclass, $2::pg_catalog.int8, $3::pg_catalog.bool)`,
    values: [advance.name, advance.lastValue, String(advance.isCalled)],
  };
}

/**
 * One by one: setval is not undone by a rollback, so a transaction would promise
 * what it cannot hold. Safe to repeat. Throws the driver's error at the first
 * that fails.
 */
export async function setSequences(
  client: ClientBase,
  advances: readonly SequenceAdvance[],
): Promise<void> {
  for (const advance of advances) {
    // oxlint-disable-next-line no-await-in-loop
    await client.query(setSequence(advance));
  }
}
