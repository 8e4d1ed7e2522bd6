/**
 * A table that holds the very rows that the source holds, whenever they were
 * written: truncated and filled anew, rewritten, or written by transactions whose
 * counts were lost. There is nothing that it could lack.
 */
import type { TablePair } from "../contents/table-pair.ts";
import { readWholeSums } from "../contents/table-sums.ts";
import type { SinceRequest } from "./table-since.ts";
import { isUntouched, type SeenSince, type SinceVerdict } from "./verdict.ts";

/** Reads the table once more where its verdict is not equal and it has as many rows as then. Throws the signal's reason when it fires. */
export async function unlessWhole(
  request: SinceRequest,
  pair: TablePair,
  { known, target }: SeenSince,
  verdict: SinceVerdict,
): Promise<SinceVerdict> {
  const [rows, checksum] = known;
  const there = target.rows + (target.newer ?? 0n);
  if (verdict.comparison.equality === "equal" || there !== BigInt(rows)) return verdict;
  const { target: side, manifest } = request;
  const { sums } = await readWholeSums(side, [pair], manifest.rowHash, request);
  const whole = sums.get(pair.table);
  if (whole === undefined || !isUntouched(known, whole)) return verdict;
  return {
    comparison: {
      table: pair.table,
      equality: "equal",
      sourceRows: there,
      targetRows: there,
      depth: "contents",
      checksum,
      since: { newer: 0n, modified: 0n, gone: 0n },
    },
    differences: [],
    unchecked: [],
  };
}
