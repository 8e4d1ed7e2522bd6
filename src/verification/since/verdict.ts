/** What became of one table since it was proven equal. Pure. */
import type { TablePair } from "../contents/table-pair.ts";
import type { TableSum } from "../contents/table-sums.ts";
import {
  type Difference,
  equalityOf,
  type SinceProof,
  type TableComparison,
  type Unchecked,
} from "../report.ts";
import { type CountersSince, lost, rowCount, unexplained } from "./lost-rows.ts";
import type { ManifestTable } from "./manifest.ts";
import type { RowsSince } from "./rows-since.ts";

export interface SeenSince {
  readonly known: ManifestTable;
  /** Of the target: what was not written since, and how many rows were. */
  readonly target: TableSum;
  readonly counters: CountersSince;
  /** Needed where `isUntouched` says no. A sentence: why it could not be had. */
  readonly rows: RowsSince | string | undefined;
}

export interface SinceVerdict {
  readonly comparison: TableComparison;
  readonly differences: readonly Difference[];
  readonly unchecked: readonly Unchecked[];
}

/** Every row of then is there, and as it was. */
export function isUntouched(known: ManifestTable, target: TableSum): boolean {
  return target.rows === BigInt(known[0]) && target.hash === BigInt(known[1]);
}

export function judgeSince(pair: TablePair, seen: SeenSince): SinceVerdict {
  const { known, target, rows } = seen;
  const newer = target.newer ?? 0n;
  if (isUntouched(known, target)) {
    return verdict(pair, seen, { newer, modified: 0n, gone: 0n }, [], []);
  }
  if (rows === undefined || typeof rows === "string") {
    return untold(pair, seen, rows ?? "Its rows were not read one by one.");
  }
  const { changed, extra } = rows;
  const damage = `${rowCount(changed)} not as the source has them, ${rowCount(extra)} that the source does not have`;
  const differences = [
    ...(changed + extra === 0 ? [] : [untouchedDiffer(pair, damage)]),
    ...lost(pair, seen, rows),
  ];
  const unchecked = differences.length > 0 ? [] : unexplained(pair, seen, rows);
  const since = { newer, modified: BigInt(rows.modified), gone: BigInt(rows.gone) };
  return verdict(pair, seen, since, differences, unchecked, rows);
}

function verdict(
  pair: TablePair,
  { known, target }: SeenSince,
  since: SinceProof,
  differences: readonly Difference[],
  unchecked: readonly Unchecked[],
  rows?: RowsSince,
): SinceVerdict {
  const drillDown =
    rows === undefined || rows.listed.length === 0
      ? {}
      : {
          drillDown: {
            rows: rows.listed,
            missing: rows.gone,
            extra: rows.extra,
            changed: rows.changed,
            sampled: false,
            bucketsDiffering: 0,
            buckets: 0,
          },
        };
  return {
    comparison: {
      table: pair.table,
      equality: equalityOf(differences.length, unchecked.length),
      sourceRows: BigInt(known[0]),
      targetRows: target.rows + (target.newer ?? 0n),
      depth: "contents",
      since,
      ...drillDown,
    },
    differences,
    unchecked,
  };
}

/** Not written since, as far as ids tell, and not what was compared then: a transaction that was still open then looks so, too. */
function untouchedDiffer(pair: TablePair, which: string): Difference {
  return {
    code: "untouched-rows-differ",
    object: pair.table,
    weight: "different",
    source: null,
    target: `${which}; written by a transaction that began before both sides were proven equal, or by none`,
    table: pair.table,
  };
}

/** Without the source's rows there is only the sum. */
function untold(pair: TablePair, seen: SeenSince, why: string): SinceVerdict {
  const { known, target } = seen;
  const [rows, hash] = [BigInt(known[0]), BigInt(known[1])];
  const reason = `${rowCount(rows - target.rows)} changed or gone since the cut-over, and the others could not be compared one by one: ${why}`;
  const isDamaged = target.rows > rows || (target.rows === rows && target.hash !== hash);
  const differences = isDamaged ? [untouchedDiffer(pair, "at least one row")] : [];
  const unchecked: Unchecked[] = isDamaged
    ? []
    : [{ code: "written-since-cutover", side: "target", object: pair.table, reason }];
  const comparison: TableComparison = {
    table: pair.table,
    equality: equalityOf(differences.length, unchecked.length),
    sourceRows: rows,
    targetRows: target.rows + (target.newer ?? 0n),
    depth: "contents",
    rowsNotNamed: why,
  };
  return { comparison, differences, unchecked };
}

/**
 * Of a table that was only counted at the cut-over: rows that were changed or
 * deleted since had not been compared before, and cannot be any more.
 */
export function notComparedThen(verdict: SinceVerdict, [, checksum]: ManifestTable): SinceVerdict {
  const { comparison, differences, unchecked } = verdict;
  const { modified = 0n, gone = 0n } = comparison.since ?? {};
  if (comparison.equality !== "equal") return verdict;
  if (modified + gone === 0n) return { ...verdict, comparison: { ...comparison, checksum } };
  const reason = `${rowCount(modified + gone)} changed or gone since the cut-over had only been counted then: whether they had been copied rightly can no longer be told. All others are equal`;
  return {
    comparison: { ...comparison, equality: "could-not-check" },
    differences,
    unchecked: [
      ...unchecked,
      { code: "written-since-cutover", side: "target", object: comparison.table, reason },
    ],
  };
}
