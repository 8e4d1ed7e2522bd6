/**
 * Whether a sequence is past every value in the columns it feeds: behind one,
 * the next insert fails on the key or, without a key, makes a duplicate. Catches
 * what comparing positions cannot: rows that came without their sequence.
 */
import { quoteIdentifier } from "../../core/identifier.ts";
import { uncheckedBecause } from "../failure.ts";
import { halves, parts } from "../parts.ts";
import type { Difference, Unchecked } from "../report.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import { isBehindValue, showPosition } from "./position.ts";
import type { SequenceColumn, SequencePosition, SequenceState } from "./state.ts";

interface Feed {
  readonly state: SequenceState;
  readonly position: SequencePosition;
  readonly column: SequenceColumn;
}

/** Feed to the furthest value of its column; undefined for an empty column. */
type Reaches = ReadonlyMap<Feed, bigint | undefined>;

const feedsPerStatement = 200;

function feedsOf(states: readonly SequenceState[]): Feed[] {
  return states.flatMap((state) => {
    const { position } = state;
    // A cycling sequence gives values out again by design.
    if (position === undefined || state.cycle) return [];
    return state.feeds.map((column) => ({ state, position, column }));
  });
}

/**
 * Rows of a partitioned table are in its partitions. A child of a table that is none
 * has a default of its own, and is a feed by itself where that is the same sequence.
 */
function reachSql(feeds: readonly Feed[]): string {
  return feeds
    .map(({ state, column }, at) => {
      const furthest = state.increment > 0n ? "max" : "min";
      const rows = column.partitioned ? column.table : `only ${column.table}`;
      return `select ${at} as at, (select pg_catalog.${furthest}(${quoteIdentifier(column.column)})::pg_catalog.int8 from ${rows}) as reach`;
    })
    .join("\nunion all\n");
}

async function readPart(side: SideSnapshot, feeds: readonly Feed[]): Promise<Reaches> {
  const rows = await side.read(reachSql(feeds));
  const reaches = new Map(rows.map((row) => [Number(row["at"]), row["reach"]]));
  return new Map(
    feeds.map((feed, at) => {
      const reach = reaches.get(at);
      return [feed, typeof reach === "string" ? BigInt(reach) : undefined];
    }),
  );
}

async function readReaches(
  side: SideSnapshot,
  feeds: readonly Feed[],
  unchecked: Unchecked[],
): Promise<Reaches> {
  try {
    return await readPart(side, feeds);
  } catch (error) {
    const [only, ...more] = feeds;
    if (only === undefined) return new Map();
    const { table, column } = only.column;
    const unread = uncheckedBecause(side.label, `${table}.${quoteIdentifier(column)}`, error);
    if (more.length === 0) {
      unchecked.push(unread);
      return new Map();
    }
    const read = await Promise.all(halves(feeds).map((half) => readReaches(side, half, unchecked)));
    return new Map(read.flatMap((part) => [...part]));
  }
}

interface Behind {
  readonly feed: Feed;
  readonly reach: bigint;
}

async function behindOn(
  side: SideSnapshot,
  feeds: readonly Feed[],
  unchecked: Unchecked[],
): Promise<Behind[]> {
  // All at once: the sessions of the side take them in turn.
  const read = await Promise.all(
    parts(feeds, feedsPerStatement).map((part) => readReaches(side, part, unchecked)),
  );
  return read
    .flatMap((reaches) => [...reaches])
    .flatMap(([feed, reach]) =>
      reach !== undefined && isBehindValue(feed.position, feed.state.increment, reach)
        ? [{ feed, reach }]
        : [],
    );
}

function columnName({ table, column }: SequenceColumn): string {
  return `${table}.${quoteIdentifier(column)}`;
}

function shown({ feed, reach }: Behind): string {
  return `${showPosition(feed.position)}, while ${columnName(feed.column)} reaches ${reach}`;
}

function positionOf(states: readonly SequenceState[], name: string): string | null {
  const position = states.find((state) => state.name === name)?.position;
  return position === undefined ? null : showPosition(position);
}

function sameFeed(a: Feed, b: Feed): boolean {
  return a.state.name === b.state.name && columnName(a.column) === columnName(b.column);
}

/**
 * Only what is behind on the target costs a look at the source: where the source
 * is behind in the same way, the migration did not cause it.
 */
export async function sequencesBehindColumns(
  source: { readonly side: SideSnapshot; readonly states: readonly SequenceState[] },
  target: { readonly side: SideSnapshot; readonly states: readonly SequenceState[] },
): Promise<{ differences: Difference[]; unchecked: Unchecked[] }> {
  const unchecked: Unchecked[] = [];
  const behind = await behindOn(target.side, feedsOf(target.states), unchecked);
  const suspects = feedsOf(source.states).filter((feed) =>
    behind.some((one) => sameFeed(one.feed, feed)),
  );
  const already = await behindOn(source.side, suspects, unchecked);
  const differences = behind.map((one): Difference => {
    const before = already.find((other) => sameFeed(other.feed, one.feed));
    return {
      code: "sequence-behind-column",
      object: one.feed.state.name,
      weight: before === undefined ? "different" : "warns",
      source: before === undefined ? positionOf(source.states, one.feed.state.name) : shown(before),
      target: shown(one),
      table: one.feed.column.table,
    };
  });
  return { differences, unchecked };
}
