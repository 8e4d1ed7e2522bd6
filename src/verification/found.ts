/**
 * What a comparison of two databases has found, and the answer that it adds up
 * to. Pure.
 */
import type { ContentsComparison } from "./contents/compare-contents.ts";
import type { RowHash } from "./contents/row-hash.ts";
import type { CompareRequest } from "./options.ts";
import { type DatabaseComparison, type Difference, type Unchecked, equalityOf } from "./report.ts";
import type { SequenceVerdicts } from "./sequences/verdict.ts";
import type { Manifest } from "./since/manifest.ts";

/** Everything found, before it is added up. */
export interface Found {
  /** Catalog objects of the source. */
  readonly objects: number;
  readonly contents: ContentsComparison | undefined;
  readonly sequences: SequenceVerdicts | undefined;
  readonly differences: readonly Difference[];
  readonly unchecked: readonly Unchecked[];
  readonly rowHash: RowHash | undefined;
  readonly manifest: Manifest | undefined;
}

export const nothing: Omit<Found, "unchecked"> = {
  objects: 0,
  contents: undefined,
  sequences: undefined,
  differences: [],
  rowHash: undefined,
  manifest: undefined,
};

function rowSum(rows: readonly (bigint | undefined)[]): bigint {
  return rows.reduce<bigint>((sum, count) => sum + (count ?? 0n), 0n);
}

export function addUp(
  request: CompareRequest,
  found: Found,
  durationMs: number,
): DatabaseComparison {
  const { contents, sequences } = found;
  const all = [
    ...found.differences,
    ...(contents?.differences ?? []),
    ...(sequences?.differences ?? []),
  ];
  const unchecked = [
    ...found.unchecked,
    ...(contents?.unchecked ?? []),
    ...(sequences?.unchecked ?? []),
  ];
  const differences = all.filter((difference) => difference.weight === "different");
  const tables = contents?.tables ?? [];
  const deferred = contents?.deferred ?? [];
  return {
    source: request.source.database,
    target: request.target.database,
    equality: equalityOf(differences.length, unchecked.length + deferred.length),
    differences,
    mayBeCosmetic: all.filter((difference) => difference.weight !== "different"),
    unchecked,
    tables,
    sequences: sequences?.comparisons ?? [],
    deferred,
    rowHash: found.rowHash,
    proven: contents?.proven,
    resumed: contents?.resumed,
    manifest: found.manifest,
    totals: {
      tables: tables.length,
      tablesEqual: tables.filter((table) => table.equality === "equal").length,
      sourceRows: rowSum(tables.map((table) => table.sourceRows)),
      targetRows: rowSum(tables.map((table) => table.targetRows)),
      bytes: contents?.bytes ?? 0n,
      sequences: sequences?.comparisons.length ?? 0,
      objects: found.objects,
      durationMs,
    },
  };
}
