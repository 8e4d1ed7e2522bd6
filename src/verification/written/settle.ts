/**
 * Looks at what may differ, round by round, with a fence in each, until every
 * row is cleared or confirmed, or the rounds are used up. All tables share a
 * round and its fence: the fence is what takes the time.
 */
import { uncheckedBecause } from "../failure.ts";
import type { Reader, SideLabel } from "../side.ts";
import { type Chase, wholeTable } from "./chase.ts";
import type { Seen } from "./judge.ts";
import { sightRows, sightTable } from "./sightings.ts";

/**
 * Resolves once everything that was committed on the source before the call is
 * on the target. Throws CopyBehind when that cannot be waited for.
 */
export type Fence = (signal: AbortSignal) => Promise<void>;

/** The copy does not follow: nothing that differs can be told from what is under way. */
export class CopyBehind extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CopyBehind";
  }
}

/** Each read sees what is committed by then. */
interface LiveSide extends Reader {
  readonly label: SideLabel;
}

export interface Settling {
  readonly source: LiveSide;
  readonly target: LiveSide;
  readonly fence: Fence;
  readonly signal: AbortSignal;
  readonly rounds: number;
  /** A round begins, and so much is open. */
  onRound(round: number, open: number): void;
}

type Sightings = ReadonlyMap<Chase, ReadonlyMap<string, Seen>>;

async function look(side: LiveSide, chase: Chase): Promise<ReadonlyMap<string, Seen>> {
  const { pair, hash } = chase;
  if (!chase.whole) return sightRows(side, pair, hash, chase.openKeys());
  return new Map([[wholeTable, await sightTable(side, pair, hash)]]);
}

/** A table that cannot be read is given up by itself. */
async function lookAtAll(
  side: LiveSide,
  chases: readonly Chase[],
  signal: AbortSignal,
): Promise<Sightings> {
  const seen = new Map<Chase, ReadonlyMap<string, Seen>>();
  await Promise.all(
    chases.map(async (chase) => {
      try {
        seen.set(chase, await look(side, chase));
      } catch (error) {
        signal.throwIfAborted();
        giveUp(chase, side.label, error);
      }
    }),
  );
  return seen;
}

/** Throws what is a bug of ours. */
export function giveUp(chase: Chase, side: SideLabel, error: unknown): void {
  chase.failure ??= uncheckedBecause(side, chase.pair.table, error);
}

function stillOpen(chases: readonly Chase[]): readonly Chase[] {
  return chases.filter(({ open, failure }) => open > 0 && failure === undefined);
}

/**
 * The look after one fence is the look before the next: a round takes two
 * looks, not three. Returns how many rounds there were.
 */
export async function settle(all: readonly Chase[], settling: Settling): Promise<number> {
  const { source, target, fence, signal } = settling;
  let before = await lookAtAll(source, stillOpen(all), signal);
  for (let round = 1; round <= settling.rounds; round++) {
    const chases = stillOpen(all);
    if (chases.length === 0) return round - 1;
    settling.onRound(
      round,
      chases.reduce((sum, { open }) => sum + open, 0),
    );
    // One round after the other: each waits for what was written before it.
    // oxlint-disable no-await-in-loop
    await fence(signal);
    const there = await lookAtAll(target, chases, signal);
    const after = await lookAtAll(source, chases, signal);
    // oxlint-enable no-await-in-loop
    for (const chase of stillOpen(chases)) {
      chase.take({
        before: before.get(chase) ?? new Map(),
        target: there.get(chase) ?? new Map(),
        after: after.get(chase) ?? new Map(),
      });
    }
    before = after;
  }
  return settling.rounds;
}
