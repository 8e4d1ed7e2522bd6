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

export interface CountersSince {
  /** Rows updated and deleted since, tried ones too; undefined where the counts were lost. */
  readonly changed: bigint | undefined;
  /** All that was done is in `changed`, at the latest some seconds after. */
  readonly exact: boolean;
  /** It was truncated or rewritten. */
  readonly rewritten: boolean;
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

/** More rows are gone or changed than the target's own counters tell; they may be late. */
export function isUnexplained({ known, target, counters, rows }: SeenSince): boolean {
  if (rows === undefined || typeof rows === "string") return false;
  return counters.changed === undefined || replacedRows(known, target, rows) > counters.changed;
}

function rowCount(n: number | bigint): string {
  return `${n} ${BigInt(n) === 1n ? "row" : "rows"}`;
}

/** Of the rows of then: those that are there no more as they were. */
function replacedRows(known: ManifestTable, target: TableSum, rows: RowsSince): bigint {
  return BigInt(known[0]) - target.rows + BigInt(rows.extra);
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

/** Nobody wrote them since, and they are not what was compared then: that is damage. */
function untouchedDiffer(pair: TablePair, which: string): Difference {
  return {
    code: "untouched-rows-differ",
    object: pair.table,
    weight: "different",
    source: null,
    target: `${which}; no transaction since the cut-over wrote that`,
    table: pair.table,
  };
}

function lost(pair: TablePair, seen: SeenSince, rows: RowsSince): Difference[] {
  const { changed, rewritten, exact } = seen.counters;
  if (changed === undefined || rewritten || !exact || !isUnexplained(seen)) return [];
  const replaced = replacedRows(seen.known, seen.target, rows);
  return [
    {
      code: "rows-lost-since-cutover",
      object: pair.table,
      weight: "different",
      source: null,
      target: `${rowCount(replaced)} changed or gone, and the target counted ${changed} updates and deletes`,
      table: pair.table,
    },
  ];
}

function unexplained(pair: TablePair, seen: SeenSince, rows: RowsSince): Unchecked[] {
  if (!isUnexplained(seen)) return [];
  const replaced = replacedRows(seen.known, seen.target, rows);
  const why = seen.counters.rewritten
    ? "it was truncated or rewritten"
    : "the target's counters were reset, lost by a crash, or are not exact before PostgreSQL 15";
  return [
    {
      code: "written-since-cutover",
      side: "target",
      object: pair.table,
      reason: `${rowCount(replaced)} changed or gone since the cut-over, and whether applications did that cannot be told: ${why}`,
    },
  ];
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
