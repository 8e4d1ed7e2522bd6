/**
 * A target whose source cannot be reached, or is no more: what the manifest
 * tells of its rows without it. The catalog and sequences have nothing to be
 * compared with; whoever asks is told that the source was not there.
 */
import { layoutSql, tableLayout } from "../contents/layout.ts";
import { pairTable, type TablePair } from "../contents/table-pair.ts";
import { uncheckedBecause } from "../failure.ts";
import { probeRowHash } from "../hash-probe.ts";
import type { CompareOptions } from "../options.ts";
import type { Unchecked } from "../report.ts";
import type { RowHash } from "../contents/row-hash.ts";
import type { SideSnapshot } from "../side-snapshot.ts";

export interface TargetAlone {
  readonly hash: RowHash | undefined;
  /** Each table with itself: its columns are hashed as they were beside the same columns of the source. */
  readonly pairs: readonly TablePair[];
  readonly unchecked: readonly Unchecked[];
}

export async function readTargetAlone(
  target: SideSnapshot,
  { ignoredSchemas, rowHash }: Pick<CompareOptions, "ignoredSchemas" | "rowHash">,
): Promise<TargetAlone> {
  const hash = await probeRowHash(target, target, rowHash);
  try {
    const rows = await target.read(layoutSql(ignoredSchemas));
    const pairs = rows.map(tableLayout).map((layout) => pairTable(layout, layout));
    return { hash, pairs, unchecked: [] };
  } catch (error) {
    return { hash, pairs: [], unchecked: [uncheckedBecause("target", "tables", error)] };
  }
}
