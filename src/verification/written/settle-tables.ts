/**
 * Takes the tables that were not the same at first to an answer each. Owns the
 * sessions for it, and how many rows are in hand at a time.
 */
import type { RowHash } from "../contents/row-hash.ts";
import type { Unchecked } from "../report.ts";
import { withBothLive } from "../side-live.ts";
import {
  answered,
  chased,
  type Chased,
  chasedWhole,
  type DifferingTable,
  rounds,
  type SettleRequest,
} from "./chased.ts";
import type { Sides } from "./differing-keys.ts";
import type { TableAnswer } from "./table-answer.ts";

export interface SettledTables {
  readonly answers: readonly TableAnswer[];
  readonly rounds: number;
}

/** Rows that are looked at again, of all tables that share their rounds. */
const mostInHand = 20_000;

/** Each reads the whole table on both sides. */
const mostRoundsOfWhole = 4;

function unanswered({ comparison }: DifferingTable, unchecked: readonly Unchecked[]): TableAnswer {
  return {
    comparison: { ...comparison, equality: "could-not-check" },
    differences: [],
    unchecked,
    written: [],
  };
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
    whole.map((table) => chasedWhole(table, hash)),
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
