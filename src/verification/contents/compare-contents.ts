/**
 * Compares the rows of every table that both sides have: one pass over each
 * side at the same time, then the differing rows of the tables that differ.
 */
import { performance } from "node:perf_hooks";
import { uncheckedBecause } from "../failure.ts";
import type { CompareOptions } from "../options.ts";
import type { DeferredTable, Difference, Resumed, TableComparison, Unchecked } from "../report.ts";
import { openReads, type Reads } from "../resume/reads.ts";
import type { Pauses } from "../pause/pauses.ts";
import { readBothCounters } from "../reuse/both-counters.ts";
import { type BothCounters, provenBy, type Proven, unchangedTables } from "../reuse/proven.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import { Depths } from "./depth.ts";
import { type DrillDownLimits, drillDown } from "./drill-down.ts";
import type { RowHash } from "./row-hash.ts";
import type { TablePair } from "./table-pair.ts";
import { readTableSums, type SideSums, type SliceSum } from "./table-sums.ts";
import { judgeTable, type TableVerdict } from "./table-verdict.ts";
import { type Task, taskSql, tasksOf } from "./tasks.ts";

export interface ContentsRequest {
  readonly source: SideSnapshot;
  readonly target: SideSnapshot;
  readonly pairs: readonly TablePair[];
  readonly hash: RowHash | undefined;
  readonly options: CompareOptions;
  readonly signal: AbortSignal;
  /** Read before the snapshots were taken, where a later comparison is to use what this one finds. */
  readonly before?: BothCounters | undefined;
  /** By performance.now(): contents are read as far as they fit in before, and the rest is counted. */
  readonly until?: number | undefined;
  /** Asked before the source's rows are read. */
  readonly pauses?: Pick<Pauses, "turn"> | undefined;
  /** Bytes of tables, both sides together. */
  onBytes(done: number, total: number): void;
  /** Before anything is read: what need not be read again. */
  onResumed?(resumed: Resumed): void;
  onDrillDown(): void;
}

export interface ContentsComparison {
  readonly tables: readonly TableComparison[];
  readonly differences: readonly Difference[];
  readonly unchecked: readonly Unchecked[];
  /** Bytes of the tables on the source. */
  readonly bytes: bigint;
  /** What a later comparison may reuse, where that was asked for. */
  readonly proven?: Proven | undefined;
  /** What an earlier process had read, where it had. */
  readonly resumed?: Resumed | undefined;
  /** For want of time counted, alike, and not compared further. */
  readonly deferred?: readonly DeferredTable[];
  /** In the order of `tables`; absent where those are not compared with the source. */
  readonly pairs?: readonly TablePair[];
}

async function readSums(
  request: ContentsRequest,
  pairs: readonly TablePair[],
  reads: Reads,
): Promise<[SideSums, SideSums]> {
  const { source, target, hash, signal, options } = request;
  const depths =
    request.until === undefined ? undefined : new Depths(request.until, () => performance.now());
  const plan = (side: SideSnapshot) =>
    reads.left(
      side.label,
      tasksOf(side, pairs, {
        sliceBytes: options.sliceBytes,
        smallestFirst: depths !== undefined,
      }),
    );
  const tasks = { source: plan(source), target: plan(target) };
  const total = [...tasks.source, ...tasks.target].reduce((sum, task) => sum + task.bytes, 0);
  let done = 0;
  const read = (
    side: SideSnapshot,
    planned: readonly Task[],
    turn?: () => Promise<void> | undefined,
  ) => {
    const depth = depths?.side(side.label, planned);
    const sums = (task: Task) => taskSql(task, depth?.begin(task) === "counts" ? undefined : hash);
    const onTask = (task: Task, slices: readonly SliceSum[]): void => {
      depth?.end(task);
      done += task.bytes;
      request.onBytes(done, total);
      reads.add(side.label, slices);
    };
    return readTableSums(side, planned, sums, signal, onTask, turn);
  };
  if (reads.resumed !== undefined) request.onResumed?.(reads.resumed);
  request.onBytes(0, total);
  const [ours, theirs] = await Promise.all([
    read(source, tasks.source, () => request.pauses?.turn()),
    read(target, tasks.target),
  ]);
  await reads.finish();
  return [reads.whole("source", ours), reads.whole("target", theirs)];
}

async function nameRows(
  request: ContentsRequest,
  pair: TablePair,
  comparison: TableComparison,
  limits: DrillDownLimits,
): Promise<TableComparison> {
  const { source, target, hash, signal } = request;
  const { sourceRows = 0n, targetRows = 0n } = comparison;
  const unnamed = (why: string): TableComparison => ({ ...comparison, rowsNotNamed: why });
  if (pair.key.length === 0) return unnamed("The table has no primary key to name a row by.");
  if (hash === undefined) return unnamed("The two servers do not hash rows alike.");
  const rows = sourceRows > targetRows ? sourceRows : targetRows;
  await request.pauses?.turn();
  try {
    const { result, unchecked } = await drillDown({ source, target }, pair, hash, rows, limits);
    if (result === undefined) return unnamed(unchecked[0]?.reason ?? "They could not be read.");
    return { ...comparison, drillDown: result };
  } catch (error) {
    signal.throwIfAborted();
    return unnamed(uncheckedBecause("target", pair.table, error).reason);
  }
}

async function nameDifferingRows(
  request: ContentsRequest,
  pairs: readonly TablePair[],
  tables: readonly TableComparison[],
): Promise<TableComparison[]> {
  const named: TableComparison[] = [];
  const { drillDown: limits } = request.options;
  let drilled = 0;
  for (const [at, comparison] of tables.entries()) {
    const pair = pairs[at];
    if (comparison.equality !== "different" || pair === undefined) {
      named.push(comparison);
    } else if (drilled < limits.tables) {
      if (pair.key.length > 0) drilled++;
      // One table at a time: each reads much of its table again.
      // oxlint-disable-next-line no-await-in-loop
      named.push(await nameRows(request, pair, comparison, limits));
    } else {
      const rowsNotNamed = `Rows are named in the first ${limits.tables} differing tables only.`;
      named.push({ ...comparison, rowsNotNamed });
    }
  }
  return named;
}

/** Tables that an earlier comparison proved equal and that are as they were: they are not read again. */
async function unchanged(
  { source, target, hash, options }: ContentsRequest,
  pairs: readonly TablePair[],
): Promise<ReadonlyMap<string, TableComparison>> {
  if (options.proven === undefined) return new Map();
  const now = await readBothCounters({ source, target }, options.ignoredSchemas);
  return now === undefined ? new Map() : unchangedTables(options.proven, now, hash, pairs);
}

/** Where the servers hash alike, a table is only counted for want of time. */
function deferredTables(
  pairs: readonly TablePair[],
  tables: readonly TableComparison[],
): DeferredTable[] {
  return tables.flatMap(({ table, depth, equality }, at) =>
    depth === "counts" && equality === "could-not-check"
      ? [{ table, bytes: pairs[at]?.source.bytes ?? 0n }]
      : [],
  );
}

/** Throws the signal's reason when it fires. */
export async function compareContents(request: ContentsRequest): Promise<ContentsComparison> {
  const { pairs } = request;
  const known = await unchanged(request, pairs);
  const open = pairs.filter(({ table }) => !known.has(table));
  const reads = await openReads(request, open);
  const [source, target] = await readSums(request, open, reads).finally(() => reads.stop());
  const verdicts = pairs.map((pair): TableVerdict => {
    const comparison = known.get(pair.table);
    return comparison === undefined
      ? judgeTable(pair, source, target)
      : { comparison, differences: [] };
  });
  const tables = verdicts.map((verdict) => verdict.comparison);
  const differing =
    request.options.drillDown.tables > 0 && tables.some((table) => table.equality === "different");
  if (differing) request.onDrillDown();
  const { before, hash, options } = request;
  return {
    tables: differing ? await nameDifferingRows(request, pairs, tables) : tables,
    proven:
      before === undefined || !options.prove ? undefined : provenBy(before, hash, pairs, tables),
    resumed: reads.resumed,
    differences: verdicts.flatMap((verdict) => verdict.differences),
    unchecked: [...source.unchecked, ...target.unchecked],
    deferred: hash === undefined ? [] : deferredTables(pairs, tables),
    bytes: pairs.reduce((sum, pair) => sum + pair.source.bytes, 0n),
    pairs,
  };
}
