/** What a snapshot cannot tell any more: neither equal nor different, with the reason. Pure. */
import type { ContentsComparison } from "./contents/compare-contents.ts";
import type { TablePair } from "./contents/table-pair.ts";
import { notRead, type Unchecked, type UncheckedCode } from "./report.ts";

/** By table: why it is not as it was. Or why nobody could say so of any. */
export type Doubts = ReadonlyMap<string, string> | readonly Unchecked[];

const notHeld = (object: string, reason: string, code: UncheckedCode = "not-held"): Unchecked => ({
  code,
  side: "both",
  object,
  reason,
});

/** Nothing was read. */
export function unheld(pairs: readonly TablePair[], reason: string): ContentsComparison {
  return {
    tables: pairs.map(notRead),
    differences: [],
    unchecked: pairs.map(({ table }) => notHeld(table, reason)),
    bytes: 0n,
  };
}

/** Of a table that is not as it was, what was read of it counts for nothing: an old snapshot may show it empty. */
export function withDoubts(
  contents: ContentsComparison,
  pairs: readonly TablePair[],
  doubts: Doubts,
  code?: UncheckedCode,
): ContentsComparison {
  if (!(doubts instanceof Map)) {
    const because = doubts as readonly Unchecked[];
    return { ...unheld(pairs, ""), bytes: contents.bytes, unchecked: [...because] };
  }
  const isDoubted = (table: string) => doubts.has(table);
  return {
    ...contents,
    tables: contents.tables.map((each) => (isDoubted(each.table) ? notRead(each) : each)),
    differences: contents.differences.filter(({ object }) => !isDoubted(object)),
    unchecked: [
      ...contents.unchecked.filter(({ object }) => !isDoubted(object)),
      ...[...doubts].map(([table, why]) =>
        notHeld(
          table,
          `${why} since the snapshot was taken, which does not show its rows any more`,
          code,
        ),
      ),
    ],
  };
}
