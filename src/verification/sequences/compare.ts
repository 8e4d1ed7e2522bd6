/**
 * Compares where sequences stand, so many at a time: of most, the texts of their
 * definitions are all that is held.
 */
import { inTurn } from "../in-turn.ts";
import { parts } from "../parts.ts";
import type { Unchecked } from "../report.ts";
import type { TextRow } from "../side.ts";
import { tried } from "../side-facts.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import { sequencesBehindColumns } from "./column-reach.ts";
import { nearlyUsedUp } from "./headroom.ts";
import { readPositions, type SequenceState } from "./state.ts";
import { judgeSequences, type SequenceVerdicts } from "./verdict.ts";

/** JSON of a definition on each side; undefined where the side does not have it. */
export interface SequenceTexts {
  readonly source: string | undefined;
  readonly target: string | undefined;
}

interface Sides {
  readonly source: SideSnapshot;
  readonly target: SideSnapshot;
}

/** As many as share a statement: of no more than these is everything held. */
const sequencesAtOnce = 200;

function definitions(texts: readonly (string | undefined)[]): TextRow[] {
  return texts.flatMap((text) => (text === undefined ? [] : [JSON.parse(text) as TextRow]));
}

async function compareSome(
  { source, target }: Sides,
  some: readonly SequenceTexts[],
  isInUse: boolean,
): Promise<SequenceVerdicts> {
  const unchecked: Unchecked[] = [];
  const states = (side: SideSnapshot): Promise<SequenceState[] | undefined> =>
    tried(side, "sequences", unchecked, () =>
      readPositions(side, definitions(some.map((texts) => texts[side.label]))),
    );
  const [ours, theirs] = await Promise.all([states(source), states(target)]);
  if (ours === undefined || theirs === undefined) {
    return { comparisons: [], differences: [], unchecked };
  }
  const reach = await sequencesBehindColumns(
    { side: source, states: ours },
    { side: target, states: theirs },
  );
  const behind = new Set(reach.differences.map(({ object }) => object));
  const fed = theirs.filter(({ feeds, name }) => feeds.length > 0 && !behind.has(name));
  // What could not be read is past nothing.
  const pastColumns = reach.unchecked.length > 0 ? [] : fed.map(({ name }) => name);
  const inUse = isInUse ? { pastColumns: new Set(pastColumns) } : undefined;
  const positions = judgeSequences(ours, theirs, inUse);
  return {
    comparisons: positions.comparisons,
    differences: [...positions.differences, ...reach.differences, ...nearlyUsedUp(ours, theirs)],
    unchecked: [...positions.unchecked, ...reach.unchecked],
  };
}

/** `isInUse`: applications call the target's. Throws what is neither a server's answer nor the network's. */
export async function compareSequences(
  sides: Sides,
  sequences: readonly SequenceTexts[],
  isInUse: boolean,
): Promise<SequenceVerdicts> {
  const some = parts(sequences, sequencesAtOnce);
  const verdicts = await inTurn(some, sides.target.sessions, (part) =>
    compareSome(sides, part, isInUse),
  );
  return {
    comparisons: verdicts.flatMap(({ comparisons }) => comparisons),
    differences: verdicts.flatMap(({ differences }) => differences),
    unchecked: verdicts.flatMap(({ unchecked }) => unchecked),
  };
}
