/**
 * Takes the tables that were not the same at first to an answer each. Owns the
 * sessions for it, and how many rows are in hand at a time.
 */
import { ReadFailed, findSuspects, type Sides, type Suspects } from "./find-suspects.ts";
import type { DrillDownLimits } from "../contents/drill-down.ts";
import type { RowHash } from "../contents/row-hash.ts";
import type { TablePair } from "../contents/table-pair.ts";
import type { ComparisonProgress } from "../options.ts";
import type { TableComparison, Unchecked } from "../report.ts";
import { type BothRequest, withBothLive } from "../side-live.ts";
import { Chase } from "./chase.ts";
import { nameRows } from "./name-rows.ts";
import { CopyBehind, type Fence, giveUp, settle } from "./settle.ts";
import { answerFor, type TableAnswer } from "./table-answer.ts";

export interface DifferingTable {
  readonly pair: TablePair;
  /** What the first pass said. */
  readonly comparison: TableComparison;
}

export interface SettleRequest extends BothRequest {
  readonly fence: Fence;
  readonly rounds: number;
  /** Undefined: the two servers do not hash alike, and no row can be told. */
  readonly hash: RowHash | undefined;
  readonly limits: DrillDownLimits;
  tell(progress: Pick<ComparisonProgress, "phase" | "undecided">): void;
}

export interface SettledTables {
  readonly answers: readonly TableAnswer[];
  readonly rounds: number;
}

/** Rows of one table that are looked at again, and of all tables that share their rounds. */
const mostSuspects = 10_000;
const mostInHand = 20_000;

/** Each reads the whole table three times on two servers. */
const mostRoundsOfWhole = 4;

interface Chased extends DifferingTable {
  readonly chase: Chase;
  readonly suspects: Suspects;
}

const noSuspects: Suspects = { keys: [], sampled: false, buckets: 0, bucketsDiffering: 0 };

function unanswered({ comparison }: DifferingTable, unchecked: readonly Unchecked[]): TableAnswer {
  return {
    comparison: { ...comparison, equality: "could-not-check" },
    differences: [],
    unchecked,
    written: [],
  };
}

/** A table is given up by itself; throws what is a bug of ours. */
async function chased(
  sides: Sides,
  table: DifferingTable,
  hash: RowHash,
  { limits, signal }: SettleRequest,
): Promise<Chased> {
  const { pair, comparison } = table;
  const { sourceRows = 0n, targetRows = 0n } = comparison;
  const rows = sourceRows > targetRows ? sourceRows : targetRows;
  try {
    const suspects = await findSuspects(sides, pair, hash, rows, {
      rowsRead: limits.rowsRead,
      suspects: mostSuspects,
    });
    return { ...table, suspects, chase: new Chase(pair, hash, suspects) };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ReadFailed)) throw error;
    const chase = new Chase(pair, hash, noSuspects);
    giveUp(chase, error.side, error.cause);
    return { ...table, suspects: noSuspects, chase };
  }
}

/** A copy that does not follow leaves open what is open. */
async function rounds(
  sides: Sides,
  group: readonly Chased[],
  request: SettleRequest,
  most: number,
): Promise<number> {
  const { fence, signal } = request;
  try {
    return await settle(
      group.map(({ chase }) => chase),
      {
        ...sides,
        fence,
        signal,
        rounds: most,
        onRound: (round, open) =>
          request.tell({ phase: "behind a fence", undecided: { rows: open, round } }),
      },
    );
  } catch (error) {
    if (!(error instanceof CopyBehind)) throw error;
    const failure: Unchecked = {
      code: "copy-behind",
      side: "target",
      object: `database ${request.target.database}`,
      reason: error.message,
    };
    for (const { chase } of group) if (chase.open > 0) chase.failure ??= failure;
    return 0;
  }
}

async function answered(
  sides: Sides,
  { chase, comparison, suspects }: Chased,
  { limits, signal }: SettleRequest,
): Promise<TableAnswer> {
  const { buckets, bucketsDiffering } = suspects;
  let rows: Awaited<ReturnType<typeof nameRows>> = [];
  try {
    rows = await nameRows(sides, chase, limits.rows);
  } catch (error) {
    signal.throwIfAborted();
    giveUp(chase, "target", error);
  }
  return answerFor(comparison, chase, { rows, buckets, bucketsDiffering }, limits.rows);
}

/** A part of the tables after the other, so that not all of their rows are in memory. */
async function settleOpened(
  sides: Sides,
  tables: readonly DifferingTable[],
  hash: RowHash,
  request: SettleRequest,
): Promise<SettledTables> {
  const answers: TableAnswer[] = [];
  let done = 0;
  const finish = async (group: readonly Chased[], most: number): Promise<void> => {
    done += await rounds(sides, group, request, most);
    answers.push(...(await Promise.all(group.map((each) => answered(sides, each, request)))));
  };
  // oxlint-disable no-await-in-loop -- each table's rows are held in memory
  let group: Chased[] = [];
  for (const table of tables.filter(({ pair }) => pair.key.length > 0)) {
    request.tell({ phase: "differing rows" });
    group.push(await chased(sides, table, hash, request));
    if (group.reduce((sum, { chase }) => sum + chase.open, 0) < mostInHand) continue;
    await finish(group, request.rounds);
    group = [];
  }
  await finish(group, request.rounds);
  const whole = tables.filter(({ pair }) => pair.key.length === 0);
  await finish(
    whole.map((table) => ({
      ...table,
      suspects: noSuspects,
      chase: new Chase(table.pair, hash, { keys: undefined, sampled: false }),
    })),
    Math.min(request.rounds, mostRoundsOfWhole),
  );
  // oxlint-enable no-await-in-loop
  return { answers, rounds: done };
}

/** In any order. Throws the signal's reason, what the fence throws, and bugs. */
export async function settleTables(
  tables: readonly DifferingTable[],
  request: SettleRequest,
): Promise<SettledTables> {
  const { hash } = request;
  const nothing = (unchecked: readonly Unchecked[]): SettledTables => ({
    answers: tables.map((table) => unanswered(table, unchecked)),
    rounds: 0,
  });
  if (hash === undefined) return nothing([]);
  return withBothLive(request, {
    opened: (sides) => settleOpened(sides, tables, hash, request),
    refused: nothing,
  });
}
