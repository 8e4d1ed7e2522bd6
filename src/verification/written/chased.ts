/**
 * One table on its way to an answer: its suspects are looked for, it goes through
 * the rounds with others, and what was confirmed of it is named.
 */
import type { DrillDownLimits } from "../contents/drill-down.ts";
import type { RowHash } from "../contents/row-hash.ts";
import type { TablePair } from "../contents/table-pair.ts";
import type { ComparisonProgress } from "../options.ts";
import type { TableComparison, Unchecked } from "../report.ts";
import type { BothRequest } from "../side-live.ts";
import { Chase } from "./chase.ts";
import { ReadFailed, type Sides } from "./differing-keys.ts";
import { findSuspects, type Suspects } from "./find-suspects.ts";
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

/** Rows of one table that are looked at again. */
const mostSuspects = 10_000;

export interface Chased extends DifferingTable {
  readonly chase: Chase;
  readonly suspects: Suspects;
}

const noSuspects: Suspects = { keys: [], sampled: false, buckets: 0, bucketsDiffering: 0 };

/** Of a table with a key. It is given up by itself; throws what is a bug of ours. */
export async function chased(
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

/** Of a table without one: all of it is suspect. */
export function chasedWhole(table: DifferingTable, hash: RowHash): Chased {
  const chase = new Chase(table.pair, hash, { keys: undefined, sampled: false });
  return { ...table, suspects: noSuspects, chase };
}

/** How many there were. A copy that does not follow leaves open what is open. */
export async function rounds(
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

/** Once its rounds are over. */
export async function answered(
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
