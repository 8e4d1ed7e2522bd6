/**
 * SQL over the rows of a target that applications write to: apart by whether a
 * row was written before a transaction id, or later. Pure.
 *
 * A row's xmin is the transaction that wrote this version of it, and stays
 * readable when it is frozen (PostgreSQL 9.4); VACUUM FULL and CLUSTER keep it.
 * It has 32 bits: told from ids of the past by age(), as far back as 2^31.
 */
import { byBytesSql } from "../byte-order.ts";
import { bucketSql, hasKeysSql, keyTexts, sortedByKeySql } from "../contents/buckets.ts";
import { type RowHash, rowHashSql } from "../contents/row-hash.ts";
import type { TablePair } from "../contents/table-pair.ts";
import { sliceCondition, type Task } from "../contents/tasks.ts";

/** Ids of 32 bits lie between; a margin for those that are given out while it reads. */
export const farthest = 2n ** 31n - 10_000_000n;

export function writtenBefore(xid: bigint): string {
  return `pg_catalog.age(xmin) > (select pg_catalog.age('${xid % 2n ** 32n}'::pg_catalog.xid))`;
}

/** `at`, `rows`, `hash` of those written before, and `newer` of the others, for each slice. */
export function sumsSince(task: Task, hash: RowHash, xid: bigint): string {
  const old = `filter (where ${writtenBefore(xid)})`;
  return task.slices
    .map((slice, at) => {
      const { table, columns } = slice.pair;
      return `select ${at} as at, pg_catalog.count(*) ${old} as rows,
        coalesce(pg_catalog.sum(${rowHashSql(hash, columns)}) ${old}, 0)::pg_catalog.text as hash,
        pg_catalog.count(*) filter (where not (${writtenBefore(xid)})) as newer
        from only ${table}${sliceCondition(slice)}`;
    })
    .join("\nunion all\n");
}

/** Rows are told apart by their key; without one, by what they hold. */
export function identityBucketSql(pair: TablePair, hash: RowHash, buckets: number): string {
  return pair.key.length > 0
    ? bucketSql(pair.key, buckets)
    : `(${rowHashSql(hash, pair.columns)} & ${buckets - 1})`;
}

export function bucketSumsWhere(
  pair: TablePair,
  hash: RowHash,
  buckets: number,
  condition: string,
): string {
  return `select ${identityBucketSql(pair, hash, buckets)} as bucket, pg_catalog.count(*) as rows,
    pg_catalog.sum(${rowHashSql(hash, pair.columns)}) as hash
    from only ${pair.table} where ${condition} group by 1`;
}

/** `k0`, ... and `hash`, sorted by the bytes of the keys; without a key, of the hashes. */
export function orderedRows(
  pair: TablePair,
  hash: RowHash,
  buckets: number,
  chosen: readonly number[],
  condition: string,
): string {
  const key = pair.key.length > 0 ? `${keyTexts(pair.key)}, ` : "";
  const rows = `select ${key}${rowHashSql(hash, pair.columns)}::pg_catalog.text as hash
    from only ${pair.table} where ${condition}
      and ${identityBucketSql(pair, hash, buckets)} = any ('{${chosen.join(",")}}'::pg_catalog.int8[])`;
  return pair.key.length > 0
    ? sortedByKeySql(rows, pair.key)
    : `select o.* from (${rows}) o order by ${byBytesSql("o.hash")}`;
}

/** `k0`, ... of those of so many keys, given as values, that are there at all. */
export function keysThere(pair: TablePair, count: number): string {
  return `select ${keyTexts(pair.key)} from only ${pair.table} where ${hasKeysSql(pair.key, count)}`;
}
