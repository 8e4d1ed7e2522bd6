/**
 * What a comparison has read so far, as another process can take it over: each
 * part with all that is needed to judge whether its rows can have moved since.
 * Data, compact because there may be ten thousand tables.
 */
import type { RowHash } from "../contents/row-hash.ts";
import type { Slice } from "../contents/tasks.ts";
import type { TableCounters } from "../counters.ts";
import type { SideLabel } from "../side.ts";

export interface ReadBatch {
  /** `hashForm` of the version that read. */
  readonly form: number;
  readonly rowHash: RowHash;
  readonly sides: readonly SideRead[];
}

/** Everything about one side, so that it is judged alone. */
export interface SideRead {
  readonly side: SideLabel;
  /** The server's system identifier, where the role may know it, and the database's oid. */
  readonly database: string;
  /** Which transactions were seen, as PostgreSQL prints a snapshot. */
  readonly snapshot: string;
  /** What the server had counted before that snapshot was taken: its beginning, and can it be relied on? */
  readonly countedSince: string;
  readonly exact: boolean;
  /** By quoted and qualified name. */
  readonly tables: { readonly [table: string]: TableRead };
}

export type TableRead = readonly [
  /** Digest of what was hashed. */
  columns: string,
  /** The heap's file, and how many columns the table ever had. */
  file: string,
  /** Rows inserted, and updated or deleted, tried ones too. */
  writes: string,
  slices: readonly SliceRead[],
];

/** Numbers as text: they are 64 bit and more. */
export type SliceRead = readonly [range: string, rows: string, hash: string];

/** Only the very same range counts: of another one nobody knows which rows were in it. */
export function rangeOf({ from, to }: Pick<Slice, "from" | "to">): string {
  return from === undefined && to === undefined ? "all" : `${from ?? ""}-${to ?? ""}`;
}

export function fileOf({ file, attributes, composites }: TableCounters): string {
  return `${file} ${attributes} ${composites}`.trimEnd();
}

export function writesOf({ inserted, changed }: TableCounters): string {
  return `${inserted} ${changed}`;
}
