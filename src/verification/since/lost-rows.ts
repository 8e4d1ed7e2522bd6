/**
 * Rows of then that are there no more as they were, against what the target
 * itself counted of its writing: more than that can explain are lost. Pure.
 */
import type { TablePair } from "../contents/table-pair.ts";
import type { Difference, Unchecked } from "../report.ts";
import type { RowsSince } from "./rows-since.ts";
import type { SeenSince } from "./verdict.ts";

export interface CountersSince {
  /** Rows updated and deleted since, tried ones too; undefined where the counts were lost. */
  readonly changed: bigint | undefined;
  /** Those of them that were deleted; undefined where the manifest does not tell them apart, too. */
  readonly deleted: bigint | undefined;
  /** All that was done is in `changed`, at the latest some seconds after. */
  readonly exact: boolean;
  /** It was truncated or rewritten. */
  readonly rewritten: boolean;
}

/** More rows are gone or changed than the target's own counters tell; they may be late. */
export function isUnexplained(seen: SeenSince): boolean {
  const { rows } = seen;
  if (rows === undefined || typeof rows === "string") return false;
  return seen.counters.changed === undefined || replacedRows(seen, rows) > explainable(seen, rows);
}

export function rowCount(n: number | bigint): string {
  return `${n} ${BigInt(n) === 1n ? "row" : "rows"}`;
}

/** Of the rows of then: those that are there no more as they were. */
function replacedRows({ known, target }: SeenSince, rows: RowsSince): bigint {
  return BigInt(known[0]) - target.rows + BigInt(rows.extra);
}

/**
 * How many of them writes can have replaced, at the most. A row's life ends by a
 * delete, and each is counted; whatever else updates made of it, under its key or
 * another, is there now as one row written since. So updates explain no more rows
 * than were written since and are there, however many they were: a thousand of
 * one row explain one. What failed or was rolled back is counted, too, and only
 * loosens this. `extra` has what was written by a transaction from before.
 */
function explainable({ counters, target }: SeenSince, rows: RowsSince): bigint {
  const { changed = 0n, deleted } = counters;
  if (deleted === undefined) return changed;
  const there = (target.newer ?? 0n) + BigInt(rows.extra);
  const updated = changed - deleted;
  return deleted + (updated < there ? updated : there);
}

export function lost(pair: TablePair, seen: SeenSince, rows: RowsSince): Difference[] {
  const { changed, rewritten, exact } = seen.counters;
  if (changed === undefined || rewritten || !exact || !isUnexplained(seen)) return [];
  return [
    {
      code: "rows-lost-since-cutover",
      object: pair.table,
      weight: "different",
      source: null,
      target: lostText(seen, rows, changed),
      table: pair.table,
    },
  ];
}

function lostText(seen: SeenSince, rows: RowsSince, changed: bigint): string {
  const { deleted } = seen.counters;
  const replaced = replacedRows(seen, rows);
  if (deleted === undefined) {
    return `${rowCount(replaced)} changed or gone, and the target counted ${changed} updates and deletes`;
  }
  const least = replaced - explainable(seen, rows);
  return `${rowCount(replaced)} changed or gone, at least ${least} of them by nothing that the target counted: ${changed - deleted} updates, ${deleted} deletes, and ${rowCount(seen.target.newer ?? 0n)} written since`;
}

export function unexplained(pair: TablePair, seen: SeenSince, rows: RowsSince): Unchecked[] {
  if (!isUnexplained(seen)) return [];
  const why = seen.counters.rewritten
    ? "it was truncated or rewritten"
    : "the target's counters were reset, lost by a crash, or are not exact before PostgreSQL 15";
  return [
    {
      code: "written-since-cutover",
      side: "target",
      object: pair.table,
      reason: `${rowCount(replacedRows(seen, rows))} changed or gone since the cut-over, and whether applications did that cannot be told: ${why}`,
    },
  ];
}
