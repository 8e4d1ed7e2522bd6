/**
 * SQL that leads from "this table differs" to the keys that differ: sums per
 * bucket of the key, then (key, hash) of the differing buckets. Pure.
 *
 * A bucket is a hash of the key's text and not a range of it: ranges of a
 * random key read the heap at random, and text keys order differently by locale.
 */
import { quoteIdentifier } from "../../core/identifier.ts";
import { byBytesSql, compound } from "../byte-order.ts";
import type { TextRow } from "../side.ts";
import { type RowHash, rowHashSql, textChainSql } from "./row-hash.ts";
import type { KeyColumn, TablePair } from "./table-pair.ts";

/** About this many rows share a bucket. */
const rowsPerBucket = 1000;
const mostBuckets = 65_536;

/** A power of two, so that a bit mask takes the bucket. */
export function bucketCount(rows: bigint): number {
  let buckets = 64;
  while (buckets < mostBuckets && BigInt(buckets) * BigInt(rowsPerBucket) < rows) buckets *= 2;
  return buckets;
}

export function bucketSql(key: readonly KeyColumn[], buckets: number): string {
  return `(${textChainSql(key)} & ${buckets - 1})`;
}

export function bucketSumsSql(pair: TablePair, hash: RowHash, buckets: number): string {
  return `select ${bucketSql(pair.key, buckets)} as bucket, pg_catalog.count(*) as rows,
    pg_catalog.sum(${rowHashSql(hash, pair.columns)}) as hash
    from only ${pair.table} group by 1`;
}

/** `k0`, `k1`, ... and `hash` of every row in the buckets. */
export function bucketRowsSql(
  pair: TablePair,
  hash: RowHash,
  buckets: number,
  chosen: readonly number[],
): string {
  return `select ${keyTexts(pair.key)}, ${rowHashSql(hash, pair.columns)} as hash
    from only ${pair.table} where ${bucketSql(pair.key, buckets)} = any (array[${chosen.join(", ")}]::pg_catalog.int8[])`;
}

/** As it can be given back as a parameter: format() prints by the output function. */
function keyText({ name, output }: KeyColumn): string {
  const column = quoteIdentifier(name);
  return output ? `pg_catalog.format('%s', ${column})` : `${column}::text`;
}

export function keyTexts(key: readonly KeyColumn[]): string {
  return key.map((column, at) => `${keyText(column)} as k${at}`).join(", ");
}

/**
 * The search path is empty, so a type that lies in a schema has no operators
 * but those that hold for any type: of ltree or isbn there is no `=`. A tsquery
 * read back from its text is another one.
 */
function comparedAsText({ type }: KeyColumn): boolean {
  return type.includes(".") || type === "tsquery";
}

/** What is compared with wanted keys: by the key's index, where texts can be read back. */
export function wantedBy(key: readonly KeyColumn[]): string {
  return key
    .map((column) =>
      comparedAsText(column) ? `${keyText(column)} collate "C"` : quoteIdentifier(column.name),
    )
    .join(", ");
}

/** The type that the text of a wanted key is given as. */
export function wantedAs(column: KeyColumn): string {
  return comparedAsText(column) ? "pg_catalog.text" : column.type;
}

/** A condition: the row has one of so many keys, given as values. */
export function hasKeysSql(key: readonly KeyColumn[], count: number): string {
  const wanted = Array.from({ length: count }, (_, row) => {
    const values = key.map((column, at) => {
      const place = row * key.length + at + 1;
      return `$${place}::${wantedAs(column)}`;
    });
    return `(${values.join(", ")})`;
  });
  return `(${wantedBy(key)}) in (${wanted.join(", ")})`;
}

/** `k0`, ... and `c0`, ...: one hash per column of the rows with these keys, by the key's index where that can be. */
export function columnHashesSql(pair: TablePair, hash: RowHash, rows: number): string {
  const hashes = pair.columns.map((column, at) => `${rowHashSql(hash, [column])} as c${at}`);
  return `select ${[keyTexts(pair.key), ...hashes].join(", ")} from only ${pair.table}
    where ${hasKeysSql(pair.key, rows)}`;
}

/** The rows that `sql` gives with their keys, sorted by the bytes of these: as `orderedKeyOf` compares. */
export function sortedByKeySql(sql: string, key: readonly KeyColumn[]): string {
  return `select o.* from (${sql}) o order by ${byBytesSql(...key.map((_, at) => `o.k${at}`))}`;
}

export function orderedKeyOf(row: TextRow, key: readonly KeyColumn[]): string {
  return compound(key.map((_, at) => row[`k${at}`]));
}

/** One text per key that no two keys share. */
export function keyOf(row: TextRow, key: readonly KeyColumn[]): string {
  return JSON.stringify(key.map((_, at) => row[`k${at}`]));
}

export interface BucketSum {
  readonly rows: number;
  readonly hash: string;
}

export function bucketSum(row: TextRow): [bucket: number, sum: BucketSum] {
  return [Number(row["bucket"]), { rows: Number(row["rows"]), hash: row["hash"] ?? "" }];
}

export function bucketSums(rows: readonly TextRow[]): Map<number, BucketSum> {
  return new Map(rows.map(bucketSum));
}

export interface DifferingBucket {
  readonly bucket: number;
  /** Rows of both sides together. */
  readonly rows: number;
}

/** Those with the fewest rows first: more of them fit into what may be read. */
export function differingBuckets(
  source: ReadonlyMap<number, BucketSum>,
  target: ReadonlyMap<number, BucketSum>,
): DifferingBucket[] {
  const all = new Set([...source.keys(), ...target.keys()]);
  return [...all]
    .flatMap((bucket) => {
      const one = source.get(bucket);
      const other = target.get(bucket);
      if (one?.rows === other?.rows && one?.hash === other?.hash) return [];
      return [{ bucket, rows: (one?.rows ?? 0) + (other?.rows ?? 0) }];
    })
    .toSorted((a, b) => a.rows - b.rows || a.bucket - b.bucket);
}

/** At least one, so that something can be named; else as many as `mostRows` allows. */
export function chooseBuckets(
  differing: readonly DifferingBucket[],
  mostRows: number,
): DifferingBucket[] {
  const chosen: DifferingBucket[] = [];
  let rows = 0;
  for (const bucket of differing) {
    rows += bucket.rows;
    if (chosen.length > 0 && rows > mostRows) break;
    chosen.push(bucket);
  }
  return chosen;
}
