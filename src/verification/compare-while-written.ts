/**
 * Compares two databases while the source is written and the target follows. A
 * first pass finds what is not the same at about the same time; what is only
 * under way is then told from what is wrong, row by row, behind a fence.
 * Sequences are left out: they are not carried before the end.
 */
import { performance } from "node:perf_hooks";
import { defaults, findDifferences } from "./compare-databases.ts";
import type { ContentsComparison } from "./contents/compare-contents.ts";
import { addUp, type Found } from "./found.ts";
import type { CompareRequest, ComparisonProgress } from "./options.ts";
import type { DatabaseComparison, TableComparison } from "./report.ts";
import { settleTables } from "./written/settle-tables.ts";
import type { Fence } from "./written/settle.ts";
import type { TableAnswer, WrittenTable } from "./written/table-answer.ts";

export interface WrittenRequest extends CompareRequest {
  readonly fence: Fence;
  /** How often a row is looked at before it counts as one that is always written. */
  readonly rounds?: number;
}

/**
 * `different` is proven; `equal` is meant of the moment at which each table was
 * read; a table in `written` is `could-not-check`, unless rows of it differ.
 */
export interface WrittenComparison extends DatabaseComparison {
  readonly written: readonly WrittenTable[];
  /** Of looks behind a fence, at all tables together. */
  readonly rounds: number;
}

const mostRounds = 8;

interface Settled {
  readonly found: Found;
  readonly written: readonly WrittenTable[];
  readonly rounds: number;
}

function replaced(
  contents: ContentsComparison,
  answers: ReadonlyMap<string, TableAnswer>,
): ContentsComparison {
  const all = [...answers.values()];
  const answered = (table: TableComparison): TableComparison =>
    answers.get(table.table)?.comparison ?? table;
  return {
    ...contents,
    tables: contents.tables.map(answered),
    differences: all.flatMap(({ differences }) => differences),
    unchecked: [
      ...contents.unchecked,
      // One reason may keep many tables from being told.
      ...new Set(all.flatMap(({ unchecked }) => unchecked)),
    ],
  };
}

async function settled(
  request: WrittenRequest,
  found: Found,
  tell: (progress: Pick<ComparisonProgress, "phase" | "undecided">) => void,
): Promise<Settled> {
  const { contents, rowHash } = found;
  const differing = (contents?.tables ?? []).flatMap((comparison, at) => {
    const pair = contents?.pairs?.[at];
    return comparison.equality === "different" && pair !== undefined ? [{ comparison, pair }] : [];
  });
  if (contents === undefined || differing.length === 0) return { found, written: [], rounds: 0 };
  const { sessions, drillDown } = { ...defaults, ...request.options };
  const { answers, rounds } = await settleTables(differing, {
    source: request.source,
    target: request.target,
    fence: request.fence,
    signal: request.signal,
    rounds: request.rounds ?? mostRounds,
    sessions,
    hash: rowHash,
    limits: drillDown,
    tell,
  });
  const byTable = new Map(answers.map((answer) => [answer.comparison.table, answer]));
  return {
    found: { ...found, contents: replaced(contents, byTable) },
    written: answers.flatMap(({ written }) => written),
    rounds,
  };
}

/**
 * Nothing is thrown for what cannot be read, nor when the copy is too far
 * behind: both are in `unchecked`. Throws the signal's reason at once when it
 * fires, what the fence throws besides CopyBehind, and otherwise only for bugs.
 * At most `sessions` to each side at a time, besides the fence's own.
 */
export async function compareWhileWritten(request: WrittenRequest): Promise<WrittenComparison> {
  const started = performance.now();
  let last: ComparisonProgress = { phase: "connecting", tables: 0, bytesDone: 0, bytesTotal: 0 };
  const { drillDown: limits } = { ...defaults, ...request.options };
  const found = await findDifferences({
    ...request,
    options: { ...request.options, sequences: false, drillDown: { ...limits, tables: 0 } },
    onProgress: (progress) => request.onProgress?.((last = progress)),
  });
  const end = await settled(request, found, (phase) => request.onProgress?.({ ...last, ...phase }));
  return {
    ...addUp(request, end.found, performance.now() - started),
    written: end.written,
    rounds: end.rounds,
  };
}
