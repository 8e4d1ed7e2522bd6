/**
 * What the sums of two sides say about each table. Pure.
 */
import { type Difference, type TableComparison, equalityOf } from "../report.ts";
import type { TablePair } from "./table-pair.ts";
import type { SideSums, TableSum } from "./table-sums.ts";

export interface TableVerdict {
  readonly comparison: TableComparison;
  readonly differences: readonly Difference[];
}

function shown(sum: TableSum): string {
  return `${sum.rows} row${sum.rows === 1n ? "" : "s"}`;
}

function rowCountDiffers(table: string, source: TableSum, target: TableSum): Difference {
  return {
    code: "row-count-differs",
    object: table,
    weight: "different",
    source: shown(source),
    target: shown(target),
    table,
  };
}

function contentsDiffer(table: string, source: TableSum, target: TableSum): Difference {
  return {
    code: "contents-differ",
    object: table,
    weight: "different",
    source: `${shown(source)}, checksum ${source.hash}`,
    target: `${shown(target)}, checksum ${target.hash}`,
    table,
  };
}

function notRead(table: string, source?: TableSum, target?: TableSum): TableVerdict {
  return {
    comparison: {
      table,
      equality: "could-not-check",
      sourceRows: source?.rows,
      targetRows: target?.rows,
      depth: "none",
    },
    differences: [],
  };
}

/** Without a row there is nothing that could differ. */
function hashOf({ rows, hash }: TableSum): bigint | undefined {
  return hash ?? (rows === 0n ? 0n : undefined);
}

/** Counted but not hashed: equal counts say nothing about the contents. */
export function judgeTable(pair: TablePair, from: SideSums, to: SideSums): TableVerdict {
  const { table } = pair;
  const source = from.sums.get(table);
  const target = to.sums.get(table);
  if (source === undefined || target === undefined) return notRead(table, source, target);
  const [ours, theirs] = [hashOf(source), hashOf(target)];
  const hashed = ours !== undefined && theirs !== undefined;
  const differences = [];
  if (source.rows !== target.rows) differences.push(rowCountDiffers(table, source, target));
  else if (hashed && ours !== theirs) {
    differences.push(contentsDiffer(table, source, target));
  }
  return {
    comparison: {
      table,
      equality: equalityOf(differences.length, hashed ? 0 : 1),
      sourceRows: source.rows,
      targetRows: target.rows,
      depth: hashed ? "contents" : "counts",
      ...(hashed && differences.length === 0 ? { checksum: String(ours) } : {}),
    },
    differences,
  };
}
