/**
 * What a comparison that was made while both sides stood still leaves for a
 * later one: enough to tell, once applications write to the target, which of
 * its rows were written since, and whether all others are as they were.
 */
import { createHash } from "node:crypto";
import type { TableCounters } from "../counters.ts";
import type { TablePair } from "../contents/table-pair.ts";
import type { RowHash } from "../contents/row-hash.ts";

export interface Manifest {
  /** `hashForm` of the version that made it; absent in those of the first form. */
  readonly form?: number | undefined;
  readonly rowHash: RowHash;
  /** Of the target, 64 bit: the first id that no transaction had yet. */
  readonly xid: string;
  /** Of the target: the beginning of what it counts. Another one makes the counts another count. */
  readonly countedSince: string;
  /** By quoted and qualified name. */
  readonly tables: { readonly [table: string]: ManifestTable };
}

/** Short, because there may be ten thousand. Numbers as text: they are 64 bit and more. */
export type ManifestTable = readonly [
  /** The same on both sides. */
  rows: string,
  /** Sum of the row hashes, the same on both sides. Empty: rows were only counted. */
  hash: string,
  /** Rows updated and deleted on the target, ever, tried ones too. */
  changed: string,
  /** Of the target's heap: TRUNCATE and rewriting give it another. */
  file: string,
  /** Those of `changed` that were deleted. Absent in the manifests of older versions. */
  deleted?: string | undefined,
  /** Digest of what was hashed. Absent in the manifests of older versions. */
  columns?: string | undefined,
  /** Of the target: what composite types of the columns are made of. Absent in the manifests of older versions. */
  composites?: string | undefined,
];

/** Of the columns by which rows are compared: a further one on one side changes no sum. */
export function digestOf({ columns }: Pick<TablePair, "columns">): string {
  return createHash("sha256").update(JSON.stringify(columns)).digest("base64url").slice(0, 16);
}

/**
 * A column was renamed, dropped or made anew in another type, or a composite type of one
 * has another attribute: sums of other columns are none to compare with.
 */
export function hasOtherColumns(
  known: ManifestTable | undefined,
  pair: TablePair,
  now: Pick<TableCounters, "composites"> | undefined,
): boolean {
  const [, , , , , columns, composites] = known ?? [];
  const isMadeOfOthers = composites !== undefined && composites !== (now?.composites ?? "");
  return isMadeOfOthers || (columns !== undefined && columns !== digestOf(pair));
}

export function isOnlyCounted([, hash]: ManifestTable): boolean {
  return hash === "";
}
