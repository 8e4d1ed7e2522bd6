/**
 * Names the rows that differ in one table, from the two snapshots that said so.
 * Bounded: reads few buckets and keeps few rows, and says when that was not all.
 */
import type { Alongside } from "../alongside.ts";
import { type ReadBoth, readBoth } from "../read-both.ts";
import type { ChangedValue, DrillDown, RowClass, RowDifference } from "../report.ts";
import { StreamBroken } from "../session-stream.ts";
import type { Reader, TextRow } from "../side.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import {
  bucketCount,
  bucketRowsSql,
  type BucketSum,
  bucketSum,
  bucketSumsSql,
  chooseBuckets,
  columnHashesSql,
  differingBuckets,
  keyOf,
  orderedKeyOf,
  sortedByKeySql,
} from "./buckets.ts";
import { type ByKey, changedValues } from "./changed-values.ts";
import type { RowHash } from "./row-hash.ts";
import type { TablePair } from "./table-pair.ts";

export interface DrillDownLimits {
  /** Naming rows reads a table again; a database that differs everywhere needs no more examples. */
  readonly tables: number;
  /** Rows listed by key. */
  readonly rows: number;
  /** Rows of (key, hash) that may be read; no more than a part of them is in memory. */
  readonly rowsRead: number;
  /** Characters of each changed value that are shown; without it values are not read. */
  readonly valueLength?: number;
}

export const defaultDrillDownLimits: DrillDownLimits = {
  tables: 20,
  rows: 10,
  rowsRead: 200_000,
};

interface Sides {
  readonly source: Reader;
  readonly target: Reader;
}

interface KeyDifference {
  readonly class: RowClass;
  readonly row: TextRow;
}

async function askBoth(
  { source, target }: Sides,
  sql: string,
  values?: readonly (string | null)[],
): Promise<[readonly TextRow[], readonly TextRow[]]> {
  return Promise.all([source.read(sql, values), target.read(sql, values)]);
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

/** All are counted, and some of each class are kept. */
export class DifferingRows {
  readonly #most: number;
  readonly #kept: Readonly<Record<RowClass, TextRow[]>> = { missing: [], extra: [], changed: [] };
  readonly counts: Record<RowClass, number> = { missing: 0, extra: 0, changed: 0 };

  constructor(most: number) {
    this.#most = most;
  }

  /** The rows of one key, of which a side has one or none. */
  add({ source, target }: Alongside): void {
    for (let at = 0; at < Math.max(source.length, target.length); at++) {
      const [ours, theirs] = [source[at], target[at]];
      if (theirs === undefined) this.#keep("missing", ours);
      else if (ours === undefined) this.#keep("extra", theirs);
      else if (ours["hash"] !== theirs["hash"]) this.#keep("changed", ours);
    }
  }

  listed(): KeyDifference[] {
    const kept = (["changed", "missing", "extra"] as const).flatMap((name) =>
      this.#kept[name].map((row): KeyDifference => ({ class: name, row })),
    );
    return fewOfEach(kept, this.#most);
  }

  #keep(name: RowClass, row: TextRow | undefined): void {
    this.counts[name]++;
    if (row !== undefined && this.#kept[name].length < this.#most) this.#kept[name].push(row);
  }
}

/** Of the rows that are on both sides and differ. */
export interface Changes {
  readonly columns: ByKey<string>;
  readonly values: ByKey<ChangedValue>;
}

export async function changesOf(
  sides: Sides,
  pair: TablePair,
  hash: RowHash,
  changed: readonly TextRow[],
  { valueLength = 0 }: Pick<DrillDownLimits, "valueLength">,
): Promise<Changes> {
  const columns = await changedColumns(sides, pair, hash, changed);
  return { columns, values: await changedValues(sides, pair, changed, columns, valueLength) };
}

async function changedColumns(
  sides: Sides,
  pair: TablePair,
  hash: RowHash,
  changed: readonly TextRow[],
): Promise<ByKey<string>> {
  if (changed.length === 0) return new Map();
  const values = changed.flatMap((row) => pair.key.map((_, at) => row[`k${at}`] ?? null));
  const [source, target] = await askBoth(
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
  { columns, values }: Changes,
): RowDifference {
  const key = Object.fromEntries(pair.key.map(({ name }, at) => [name, row[`k${at}`] ?? ""]));
  const [names, held] = [columns.get(keyOf(row, pair.key)), values.get(keyOf(row, pair.key))];
  if (rowClass !== "changed" || names === undefined) return { class: rowClass, key };
  return { class: rowClass, key, columns: names, ...(held === undefined ? {} : { values: held }) };
}

/** Begins anew when a session was lost and others hold the same snapshot. */
async function readSums(side: SideSnapshot, sql: string): Promise<Map<number, BucketSum>> {
  const stream = await side.cursor(sql);
  const sums = new Map<number, BucketSum>();
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a part after the other
      const rows = await stream.next();
      if (rows.length === 0) return sums;
      for (const row of rows) sums.set(...bucketSum(row));
    }
  } catch (error) {
    if (!(error instanceof StreamBroken)) throw error;
  } finally {
    await stream.close();
  }
  return readSums(side, sql);
}

/** The table must have a key. Throws what the reads throw; what a side said is in `unchecked`. */
export async function drillDown(
  sides: { readonly source: SideSnapshot; readonly target: SideSnapshot },
  pair: TablePair,
  hash: RowHash,
  rows: bigint,
  limits: DrillDownLimits,
): Promise<ReadBoth<DrillDown>> {
  const buckets = bucketCount(rows);
  const sumsSql = bucketSumsSql(pair, hash, buckets);
  const sums = await Promise.all([
    readSums(sides.source, sumsSql),
    readSums(sides.target, sumsSql),
  ]);
  const differing = differingBuckets(...sums);
  const chosen = chooseBuckets(differing, limits.rowsRead);
  const numbers = chosen.map(({ bucket }) => bucket);
  const { result: found, unchecked } = await readBoth(
    {
      ...sides,
      subject: pair.table,
      sql: sortedByKeySql(bucketRowsSql(pair, hash, buckets, numbers), pair.key),
      nameOf: (row) => orderedKeyOf(row, pair.key),
    },
    () => new DifferingRows(limits.rows),
    (differingRows, sameKey) => differingRows.add(sameKey),
  );
  if (found === undefined) return { result: undefined, unchecked };
  const listed = found.listed();
  const changed = listed.filter((one) => one.class === "changed").map((one) => one.row);
  const changes = await changesOf(sides, pair, hash, changed, limits);
  const result: DrillDown = {
    rows: listed.map((one) => rowDifference(pair, one, changes)),
    ...found.counts,
    sampled: chosen.length < differing.length,
    bucketsDiffering: differing.length,
    buckets,
  };
  return { result, unchecked };
}
