/**
 * How the rows of one side are cut into reads: large tables into slices of
 * their heap, small ones together in one statement. Pure: facts to SQL.
 */
import type { SideLabel } from "../side.ts";
import { type HashedColumn, type RowHash, rowHashSql } from "./row-hash.ts";
import type { TablePair } from "./table-pair.ts";

/** A part of one table: all of it, or the blocks from `from` up to `to`. */
export interface Slice {
  readonly pair: TablePair;
  readonly from?: number;
  /** Absent in the last slice: the heap may have grown since its size was read. */
  readonly to?: number;
  readonly bytes: number;
}

/** One statement. */
export interface Task {
  readonly slices: readonly Slice[];
  readonly bytes: number;
}

export interface TaskLimits {
  /** Heap bytes of one slice. */
  readonly sliceBytes: number;
  /** Tables of one statement: latency counts per statement. */
  readonly tablesPerTask: number;
  /** Sessions among which the tasks are shared out. */
  readonly sessions: number;
  /** Default: largest first. Before a deadline the other way round: most tables are small. */
  readonly smallestFirst?: boolean;
}

/** 128 MB is a fraction of a second to hash: small enough to share out, large enough for latency. */
export const defaultSliceBytes = 128 * 1024 * 1024;

function slicesOf(pair: TablePair, label: SideLabel, limits: TaskLimits): Slice[] {
  const { blocks, blockSize, bytes } = pair[label];
  const blocksPerSlice = Math.max(1, Math.floor(limits.sliceBytes / blockSize));
  if (blocks <= blocksPerSlice) return [{ pair, bytes: Number(bytes) }];
  const count = Math.ceil(blocks / blocksPerSlice);
  return Array.from({ length: count }, (_, at) => ({
    pair,
    from: at * blocksPerSlice,
    ...(at === count - 1 ? {} : { to: (at + 1) * blocksPerSlice }),
    bytes: Number(bytes) / count,
  }));
}

/**
 * Largest first, so that no session is left alone with the largest at the end.
 * Small tables are put together, yet in enough statements to keep every
 * session busy.
 */
export function planTasks(
  pairs: readonly TablePair[],
  label: SideLabel,
  limits: TaskLimits,
): Task[] {
  const slices = pairs
    .flatMap((pair) => slicesOf(pair, label, limits))
    .toSorted((a, b) => (limits.smallestFirst === true ? a.bytes - b.bytes : b.bytes - a.bytes));
  const total = slices.reduce((sum, slice) => sum + slice.bytes, 0);
  const share = Math.min(limits.sliceBytes, total / (limits.sessions * 2));
  const tasks: { slices: Slice[]; bytes: number }[] = [];
  for (const slice of slices) {
    const last = tasks.at(-1);
    const fits =
      last !== undefined &&
      last.slices.length < limits.tablesPerTask &&
      last.bytes + slice.bytes <= share;
    if (fits) {
      last.slices.push(slice);
      last.bytes += slice.bytes;
    } else {
      tasks.push({ slices: [slice], bytes: slice.bytes });
    }
  }
  return tasks;
}

/** Small tables share a round trip. So many take the server as long as 40 ms of latency, or longer. */
const tablesPerTask = 200;

/** Of a side with so many sessions. */
export function tasksOf(
  { label, sessions }: { readonly label: SideLabel; readonly sessions: number },
  pairs: readonly TablePair[],
  limits: Pick<TaskLimits, "sliceBytes" | "smallestFirst">,
): Task[] {
  return planTasks(pairs, label, { ...limits, tablesPerTask, sessions });
}

export function sliceCondition(slice: Slice): string {
  const bounds = [
    ...(slice.from === undefined ? [] : [`ctid >= '(${slice.from},0)'::pg_catalog.tid`]),
    ...(slice.to === undefined ? [] : [`ctid < '(${slice.to},0)'::pg_catalog.tid`]),
  ];
  return bounds.length === 0 ? "" : ` where ${bounds.join(" and ")}`;
}

/**
 * `at`, `rows`, `hash` for each slice. The sum of int8 is numeric and never
 * overflows; xor would cancel duplicate rows out.
 */
export function taskSql(task: Task, hash: RowHash | undefined): string {
  const sums = new Map<readonly HashedColumn[], string>();
  const sumOf = (columns: readonly HashedColumn[]): string => {
    const sum = sums.get(columns) ?? sumSql(hash, columns);
    sums.set(columns, sum);
    return sum;
  };
  return task.slices
    .map((slice, at) => {
      const { table, columns } = slice.pair;
      return `select ${at} as at, pg_catalog.count(*) as rows, ${sumOf(columns)} as hash from only ${table}${sliceCondition(slice)}`;
    })
    .join("\nunion all\n");
}

function sumSql(hash: RowHash | undefined, columns: readonly HashedColumn[]): string {
  if (hash === undefined) return "null::pg_catalog.text";
  return `coalesce(pg_catalog.sum(${rowHashSql(hash, columns)}), 0)::pg_catalog.text`;
}
