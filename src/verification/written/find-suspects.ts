/**
 * Which rows of a table may differ: those whose key and hash were not the same
 * on both sides, read at about the same time. Bounded, and says when that was
 * not all. Most of them are only under way.
 */
import {
  bucketCount,
  bucketRowsSql,
  bucketSums,
  bucketSumsSql,
  chooseBuckets,
  type DifferingBucket,
  differingBuckets,
} from "../contents/buckets.ts";
import type { RowHash } from "../contents/row-hash.ts";
import type { TablePair } from "../contents/table-pair.ts";
import type { TextRow } from "../side.ts";
import { differingKeys, onBoth, type Sides } from "./differing-keys.ts";

export interface SuspectLimits {
  /** Rows of (key, hash), both sides together, that are read to look for suspects. */
  readonly rowsRead: number;
  /** Suspects of one table. */
  readonly suspects: number;
}

export interface Suspects {
  readonly keys: readonly TextRow[];
  /** True when there may be more than these. */
  readonly sampled: boolean;
  readonly buckets: number;
  readonly bucketsDiffering: number;
}

/** As often as that the sums are read once more before only a part of the rows is looked at. */
const mostPasses = 3;

function rowsOf(buckets: readonly DifferingBucket[]): number {
  return buckets.reduce((sum, { rows }) => sum + rows, 0);
}

/** Every so many-th, so that the sample is not one corner of the table. */
export function evenly<T>(all: readonly T[], most: number): readonly T[] {
  const step = Math.ceil(all.length / most);
  return step <= 1 ? all : all.filter((_, at) => at % step === 0);
}

/** The table must have a key. Throws ReadFailed. */
export async function findSuspects(
  sides: Sides,
  pair: TablePair,
  hash: RowHash,
  rows: bigint,
  limits: SuspectLimits,
): Promise<Suspects> {
  const buckets = bucketCount(rows);
  const differingNow = async (): Promise<DifferingBucket[]> => {
    const sql = bucketSumsSql(pair, hash, buckets);
    const sums = await onBoth(sides, (side) => side.read(sql));
    return differingBuckets(bucketSums(sums[0]), bucketSums(sums[1]));
  };
  let differing = await differingNow();
  for (let pass = 1; pass < mostPasses && rowsOf(differing) > limits.rowsRead; pass++) {
    // What is under way is in other buckets by now; what is lost is in the same.
    // oxlint-disable-next-line no-await-in-loop
    const now = new Set((await differingNow()).map(({ bucket }) => bucket));
    differing = differing.filter(({ bucket }) => now.has(bucket));
  }
  if (differing.length === 0) return { keys: [], sampled: false, buckets, bucketsDiffering: 0 };
  const chosen = chooseBuckets(differing, limits.rowsRead);
  const numbers = chosen.map(({ bucket }) => bucket);
  const found = await differingKeys(sides, pair, bucketRowsSql(pair, hash, buckets, numbers));
  const keys = evenly(found, limits.suspects);
  return {
    keys,
    sampled: chosen.length < differing.length || keys.length < found.length,
    buckets,
    bucketsDiffering: differing.length,
  };
}
