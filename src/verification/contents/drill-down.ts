/**
 * Names the rows that differ in one table, from the two snapshots that said so.
 * Bounded: reads few buckets and keeps few rows, and says when that was not all.
 */
import type { DrillDown, RowClass, RowDifference } from "../report.ts";
import type { Reader, TextRow } from "../side.ts";
import {
  bucketCount,
  bucketRowsSql,
  bucketSums,
  bucketSumsSql,
  chooseBuckets,
  columnHashesSql,
  differingBuckets,
  keyOf,
} from "./buckets.ts";
import type { RowHash } from "./row-hash.ts";
import type { TablePair } from "./table-pair.ts";

export interface DrillDownLimits {
  /** Naming rows reads a table again; a database that differs everywhere needs no more examples. */
  readonly tables: number;
  /** Rows listed by key. */
  readonly rows: number;
  /** Rows of (key, hash) that may be held in memory. */
  readonly rowsRead: number;
}

export const defaultDrillDownLimits: DrillDownLimits = { tables: 20, rows: 10, rowsRead: 200_000 };

interface Sides {
  readonly source: Reader;
  readonly target: Reader;
}

interface KeyDifference {
  readonly class: RowClass;
  readonly row: TextRow;
}

async function readBoth(
  { source, target }: Sides,
  sql: string,
  values?: readonly (string | null)[],
): Promise<[readonly TextRow[], readonly TextRow[]]> {
  return Promise.all([source.read(sql, values), target.read(sql, values)]);
}

/** Pure. A key is unique on each side, so a key stands for one row. */
export function classifyRows(
  pair: TablePair,
  source: readonly TextRow[],
  target: readonly TextRow[],
): KeyDifference[] {
  const rest = new Map(target.map((row) => [keyOf(row, pair.key), row]));
  const found: KeyDifference[] = [];
  for (const row of source) {
    const key = keyOf(row, pair.key);
    const other = rest.get(key);
    rest.delete(key);
    if (other === undefined) found.push({ class: "missing", row });
    else if (other["hash"] !== row["hash"]) found.push({ class: "changed", row });
  }
  return [...found, ...[...rest.values()].map((row) => ({ class: "extra" as const, row }))];
}

/** Some of each class, so that a thousand missing rows do not hide the changed one. */
export function fewOfEach<T extends { readonly class: RowClass }>(
  found: readonly T[],
  most: number,
): T[] {
  const classes: RowClass[] = ["changed", "missing", "extra"];
  const byClass = classes.map((name) => found.filter((one) => one.class === name));
  const chosen: T[] = [];
  for (let at = 0; chosen.length < Math.min(most, found.length); at++) {
    for (const rows of byClass) {
      const row = rows[at];
      if (row !== undefined && chosen.length < most) chosen.push(row);
    }
  }
  return chosen;
}

export async function changedColumns(
  sides: Sides,
  pair: TablePair,
  hash: RowHash,
  changed: readonly TextRow[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (changed.length === 0) return new Map();
  const values = changed.flatMap((row) => pair.key.map((_, at) => row[`k${at}`] ?? null));
  const [source, target] = await readBoth(
    sides,
    columnHashesSql(pair, hash, changed.length),
    values,
  );
  const others = new Map(target.map((row) => [keyOf(row, pair.key), row]));
  return new Map(
    source.map((row) => {
      const key = keyOf(row, pair.key);
      const other = others.get(key);
      const names = pair.columns
        .filter((_, at) => row[`c${at}`] !== other?.[`c${at}`])
        .map((column) => column.name);
      return [key, names];
    }),
  );
}

export function rowDifference(
  pair: TablePair,
  { class: rowClass, row }: KeyDifference,
  columns: ReadonlyMap<string, readonly string[]>,
): RowDifference {
  const key = Object.fromEntries(pair.key.map(({ name }, at) => [name, row[`k${at}`] ?? ""]));
  const names = columns.get(keyOf(row, pair.key));
  if (rowClass !== "changed" || names === undefined) return { class: rowClass, key };
  return { class: rowClass, key, columns: names };
}

/** The table must have a key. Throws what the reads throw. */
export async function drillDown(
  sides: Sides,
  pair: TablePair,
  hash: RowHash,
  rows: bigint,
  limits: DrillDownLimits,
): Promise<DrillDown> {
  const buckets = bucketCount(rows);
  const sums = await readBoth(sides, bucketSumsSql(pair, hash, buckets));
  const differing = differingBuckets(bucketSums(sums[0]), bucketSums(sums[1]));
  const chosen = chooseBuckets(differing, limits.rowsRead);
  const numbers = chosen.map(({ bucket }) => bucket);
  const [source, target] = await readBoth(sides, bucketRowsSql(pair, hash, buckets, numbers));
  const found = classifyRows(pair, source, target);
  const listed = fewOfEach(found, limits.rows);
  const changed = listed.filter((one) => one.class === "changed").map((one) => one.row);
  const columns = await changedColumns(sides, pair, hash, changed);
  const count = (name: RowClass): number => found.filter((one) => one.class === name).length;
  return {
    rows: listed.map((one) => rowDifference(pair, one, columns)),
    missing: count("missing"),
    extra: count("extra"),
    changed: count("changed"),
    sampled: chosen.length < differing.length,
    bucketsDiffering: differing.length,
    buckets,
  };
}
