/**
 * Reads count and hash of every table of one side. Owns retrying a statement
 * in halves, so that one unreadable table does not hide the others.
 */
import { byBytes } from "../byte-order.ts";
import { inTurn } from "../in-turn.ts";
import { uncheckedBecause } from "../failure.ts";
import { withHolders } from "../lock-holders.ts";
import { halves } from "../parts.ts";
import type { Unchecked } from "../report.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import type { RowHash } from "./row-hash.ts";
import type { TablePair } from "./table-pair.ts";
import { type Slice, type Task, taskSql, tasksOf } from "./tasks.ts";

/** Of one table on one side. */
export interface TableSum {
  readonly rows: bigint;
  /** Sum of the row hashes; undefined where rows were counted only. */
  readonly hash: bigint | undefined;
  /** Further rows, which are not in the sum: written after a moment that was asked for. */
  readonly newer?: bigint;
}

export interface SideSums {
  /** By quoted table. A table that could not be read whole is not in it. */
  readonly sums: ReadonlyMap<string, TableSum>;
  readonly unchecked: readonly Unchecked[];
}

/** Of one slice. */
export interface SliceSum {
  readonly slice: Slice;
  readonly sum: TableSum;
}

export function addSums(a: TableSum | undefined, b: TableSum): TableSum {
  if (a === undefined) return b;
  const hash = a.hash === undefined || b.hash === undefined ? undefined : a.hash + b.hash;
  return {
    rows: a.rows + b.rows,
    hash,
    ...(b.newer === undefined ? {} : { newer: (a.newer ?? 0n) + b.newer }),
  };
}

/** Slice by slice results of one side, and the tables that failed. */
class Tally {
  readonly sums = new Map<string, TableSum>();
  readonly unchecked = new Map<string, Unchecked>();

  add(table: string, sum: TableSum): void {
    this.sums.set(table, addSums(this.sums.get(table), sum));
  }

  result(): SideSums {
    const whole = [...this.sums].filter(([table]) => !this.unchecked.has(table));
    // In one order, whichever session came to them first.
    const unchecked = [...this.unchecked.values()].toSorted((a, b) => byBytes(a.object, b.object));
    return { sums: new Map(whole), unchecked };
  }
}

async function runTask(
  side: SideSnapshot,
  task: Task,
  statement: (task: Task) => string,
): Promise<SliceSum[]> {
  const rows = await side.read(statement(task));
  if (rows.length !== task.slices.length) {
    throw new RangeError(`${task.slices.length} slices gave ${rows.length} sums`);
  }
  return rows.map((row) => {
    const slice = task.slices[Number(row["at"])];
    const sum = row["hash"];
    if (slice === undefined || typeof row["rows"] !== "string")
      throw new RangeError("no such slice");
    return {
      slice,
      sum: {
        rows: BigInt(row["rows"]),
        hash: typeof sum === "string" ? BigInt(sum) : undefined,
        ...(typeof row["newer"] === "string" ? { newer: BigInt(row["newer"]) } : {}),
      },
    };
  });
}

async function runTaskOrParts(
  side: SideSnapshot,
  task: Task,
  statement: (task: Task) => string,
  tally: Tally,
): Promise<SliceSum[]> {
  try {
    const read = await runTask(side, task, statement);
    for (const { slice, sum } of read) tally.add(slice.pair.table, sum);
    return read;
  } catch (error) {
    const [only, ...more] = task.slices;
    if (only === undefined) throw error;
    if (more.length === 0) {
      const { table } = only.pair;
      const because = uncheckedBecause(side.label, table, error);
      tally.unchecked.set(table, await withHolders(side, because, table));
      return [];
    }
    // Throws when the error is a bug of ours rather than an answer of the server's.
    uncheckedBecause(side.label, "", error);
    const read: SliceSum[] = [];
    for (const half of halves(task.slices)) {
      const bytes = half.reduce((sum, slice) => sum + slice.bytes, 0);
      // One after the other: they would only wait for the same sessions.
      // oxlint-disable-next-line no-await-in-loop
      read.push(...(await runTaskOrParts(side, { slices: half, bytes }, statement, tally)));
    }
    return read;
  }
}

/**
 * `statement`: gives `at`, `rows`, `hash`, and `newer` where it is asked for, of each slice.
 * `turn` is waited for before each, and what it or `onTask` throws is thrown.
 * Throws the signal's reason when it fires; a table that cannot be read is in `unchecked`.
 */
export async function readTableSums(
  side: SideSnapshot,
  tasks: readonly Task[],
  statement: (task: Task) => string,
  signal: AbortSignal,
  onTask: (task: Task, read: readonly SliceSum[]) => void,
  turn: () => Promise<void> | undefined = () => undefined,
): Promise<SideSums> {
  const tally = new Tally();
  await inTurn(tasks, side.sessions, async (task) => {
    await turn();
    let read: SliceSum[];
    try {
      read = await runTaskOrParts(side, task, statement, tally);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
    signal.throwIfAborted();
    onTask(task, read);
  });
  return tally.result();
}

/** Of whole tables, however they were found: the same as in a comparison. Throws the signal's reason when it fires. */
export function readWholeSums(
  side: SideSnapshot,
  pairs: readonly TablePair[],
  hash: RowHash,
  { options, signal }: WholeRequest,
): Promise<SideSums> {
  const sums = (task: Task): string => taskSql(task, hash);
  return readTableSums(
    side,
    tasksOf(side, pairs, { sliceBytes: options.sliceBytes }),
    sums,
    signal,
    () => undefined,
  );
}

interface WholeRequest {
  readonly options: { readonly sliceBytes: number };
  readonly signal: AbortSignal;
}
