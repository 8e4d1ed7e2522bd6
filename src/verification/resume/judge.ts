/**
 * Which parts of what an earlier process read still count, and why the others
 * do not. Pure.
 *
 * The rows of a table are where they were, and the same, if no transaction has
 * ended since: the snapshot is the same then, down to the ones that were under
 * way. A server that gives out transaction ids all the time, as a cloud's own
 * monitoring makes it, is asked for its counters: what was read before the
 * earlier snapshot, and is the same after this one, was not written in between.
 * Both hold for one life of the server only. After a crash the ids of the last
 * moments are given out again, because commits that were not on disk yet are
 * lost (synchronous_commit is off in the workers that apply a subscription);
 * `pg_stat_archiver` has a new beginning then, and on another server too.
 */
import { hashForm, type RowHash } from "../contents/row-hash.ts";
import type { TablePair } from "../contents/table-pair.ts";
import type { TableSum } from "../contents/table-sums.ts";
import { columnsOf } from "../reuse/proven.ts";
import type { Redone } from "../report.ts";
import type { SideLabel } from "../side.ts";
import { fileOf, type ReadBatch, type SideRead, type TableRead, writesOf } from "./read-batch.ts";
import type { SideNow } from "./side-now.ts";

/** By quoted table, then by range. */
export type KnownSums = ReadonlyMap<string, ReadonlyMap<string, TableSum>>;

export interface Judged {
  readonly known: { readonly [Side in SideLabel]: KnownSums };
  /** Tables of which something was read that does not count any more. */
  readonly redone: readonly Redone[];
}

export interface JudgeRequest {
  readonly batches: readonly ReadBatch[];
  readonly now: { readonly [Side in SideLabel]: SideNow };
  readonly hash: RowHash | undefined;
  readonly pairs: readonly TablePair[];
}

export function judgeReads({ batches, now, hash, pairs }: JudgeRequest): Judged {
  const byName = new Map(pairs.map((pair) => [pair.table, pair]));
  const known = { source: new Map(), target: new Map() } as const satisfies {
    [Side in SideLabel]: Map<string, Map<string, TableSum>>;
  };
  const moved = new Map<string, Redone>();
  for (const batch of batches) {
    for (const read of batch.sides) {
      const { side } = read;
      const all = batchMoved(batch, hash) ?? sideMoved(read, now[side]);
      for (const [table, tableRead] of Object.entries(read.tables)) {
        const pair = byName.get(table);
        // What is not there any more is not compared either.
        if (pair === undefined) continue;
        const because = all ?? tableMoved(tableRead, pair, read, now[side]);
        if (because === undefined) keep(known[side], table, tableRead);
        else moved.set(`${side} ${table}`, { side, table, because });
      }
    }
  }
  // One that was read once more since counts by what was read then.
  const redone = [...moved.values()].filter(({ side, table }) => !known[side].has(table));
  return { known, redone };
}

function keep(
  known: Map<string, Map<string, TableSum>>,
  table: string,
  [, , , slices]: TableRead,
): void {
  const sums = known.get(table) ?? new Map<string, TableSum>();
  known.set(table, sums);
  for (const [range, rows, hash] of slices) {
    sums.set(range, { rows: BigInt(rows), hash: BigInt(hash) });
  }
}

function batchMoved({ form, rowHash }: ReadBatch, hash: RowHash | undefined): string | undefined {
  if (form !== hashForm) return "its rows were hashed by another version of the tool";
  return rowHash === hash ? undefined : "the servers do not hash rows as they did";
}

function sideMoved(read: SideRead, now: SideNow): string | undefined {
  if (read.database !== now.database) return "the database is another one";
  return read.countedSince === now.counters.countedSince
    ? undefined
    : "the server crashed or was replaced, or its counters were reset";
}

function tableMoved(
  [columns, file, writes]: TableRead,
  pair: TablePair,
  read: SideRead,
  now: SideNow,
): string | undefined {
  const counted = now.counters.tables.get(pair.table);
  if (counted === undefined) return "the server does not tell what was written to it";
  if (columns !== columnsOf(pair)) return "its columns are others";
  if (file !== fileOf(counted)) return "it was truncated, rewritten or altered";
  if (read.snapshot === now.snapshot) return undefined;
  if (writes !== writesOf(counted)) return "it was written";
  if (!read.exact || !now.counters.exact) {
    return "transactions were made, and the server does not count for certain what they wrote";
  }
  // The freeze has ended the source's sessions, and those since cannot write.
  if (read.side === "target" && now.hasOthers) {
    return "somebody else is connected to the database and may have written what is not counted yet";
  }
  return undefined;
}
