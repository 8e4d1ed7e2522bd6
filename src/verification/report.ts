/**
 * What a comparison says, as data. Three answers everywhere: what could not be
 * read is never equal. Printing, accepting and exit codes belong to others.
 */
import type { Proven } from "./reuse/proven.ts";
import type { Manifest } from "./since/manifest.ts";
import type { SideLabel } from "./side.ts";

export type Equality = "equal" | "different" | "could-not-check";

/**
 * `different`: the databases are not the same. `may-be-cosmetic`: they differ
 * in a way that two majors or two providers produce by themselves, and nothing
 * could decide; it is shown, never called equal, and stops nothing. `warns`: not
 * what the migration did, and worth knowing all the same.
 */
export type Weight = "different" | "may-be-cosmetic" | "warns";

export interface Difference {
  /** Stable, kebab-case: `table-missing`, `column-type-differs`, `row-count-differs`. */
  readonly code: string;
  /** Quoted and qualified, as it can be pasted: `"public"."users"`. */
  readonly object: string;
  readonly weight: Weight;
  /** What each side has; null where it has nothing. */
  readonly source: string | null;
  readonly target: string | null;
  /** The quoted table that the object belongs to. */
  readonly table?: string;
}

export type UncheckedCode =
  | "permission-denied"
  | "row-level-security"
  | "not-admitted"
  | "connection-lost"
  | "cancelled"
  | "out-of-resources"
  | "vanished"
  | "written-since-cutover"
  | "copy-behind"
  | "not-held"
  | "unreadable";

export interface Unchecked {
  readonly code: UncheckedCode;
  readonly side: SideLabel | "both";
  readonly object: string;
  /** One sentence, the server's words included; never a row's values. */
  readonly reason: string;
  readonly sqlstate?: string;
}

export type RowClass = "missing" | "extra" | "changed";

/** In the server's text, shortened; null is SQL's. */
export interface ChangedValue {
  readonly column: string;
  readonly source: string | null;
  readonly target: string | null;
}

export interface RowDifference {
  /** `missing`: only on the source. `extra`: only on the target. */
  readonly class: RowClass;
  /** Key column to value, in the server's text. */
  readonly key: Readonly<Record<string, string>>;
  /** Names of the columns that differ; only where the class is `changed`. */
  readonly columns?: readonly string[];
  /** Of the first few of them, where values were asked for and could be read. */
  readonly values?: readonly ChangedValue[];
}

export interface DrillDown {
  /** The first few rows that differ. */
  readonly rows: readonly RowDifference[];
  /** Rows found of each class; at least that many when `sampled`. */
  readonly missing: number;
  readonly extra: number;
  readonly changed: number;
  /** True when only a part of the differing buckets was read. */
  readonly sampled: boolean;
  readonly bucketsDiffering: number;
  readonly buckets: number;
}

/** What was written to the target since both sides were proven equal. */
export interface SinceProof {
  /** Rows that were written since: new ones, and later versions of others. */
  readonly newer: bigint;
  /** Rows of then that are there in a later version; without a key those that are gone, too. */
  readonly modified: bigint;
  /** Rows of then of which there is no version. */
  readonly gone: bigint;
}

export interface TableComparison {
  /** Quoted and qualified. */
  readonly table: string;
  readonly equality: Equality;
  /** Exact; undefined when the side could not be counted. */
  readonly sourceRows: bigint | undefined;
  readonly targetRows: bigint | undefined;
  /** `counts` when the rows could be counted but not hashed alike, or there was no time to. */
  readonly depth: "contents" | "counts" | "none";
  readonly drillDown?: DrillDown;
  /** Sum of the row hashes where both sides have the same. */
  readonly checksum?: string;
  /** Neither side has counted a write since it was proven equal, so it was not read again. */
  readonly reused?: true;
  /** Of a comparison with what was proven before: all rows that were not written since are equal. */
  readonly since?: SinceProof;
  /** Why the differing rows are not named, where they are not. */
  readonly rowsNotNamed?: string;
}

/** What an earlier comparison had read before it was cut off. */
export interface Resumed {
  /** Parts of tables that cannot have moved since and were not read again, and their bytes; both sides together. */
  readonly slices: number;
  readonly bytes: number;
  /** Of these something had been read, and they were read once more, whole. */
  readonly redone: readonly Redone[];
}

export interface Redone {
  readonly side: SideLabel;
  /** Quoted and qualified. */
  readonly table: string;
  /** A clause: `it was written`. */
  readonly because: string;
}

/** For want of time counted, alike on both sides, and not compared further. */
export interface DeferredTable {
  /** Quoted and qualified. */
  readonly table: string;
  /** On the source. */
  readonly bytes: bigint;
}

/** Of a table of which nothing could be read. */
export function notRead({ table }: Pick<TableComparison, "table">): TableComparison {
  return {
    table,
    equality: "could-not-check",
    sourceRows: undefined,
    targetRows: undefined,
    depth: "none",
  };
}

export interface SequenceComparison {
  readonly sequence: string;
  readonly equality: Equality;
  /** `last_value`, with `(not called)` where the next value is this one. */
  readonly source: string | null;
  readonly target: string | null;
}

export interface ComparisonTotals {
  readonly tables: number;
  readonly tablesEqual: number;
  /** Rows counted on each side, over the tables that could be read there. */
  readonly sourceRows: bigint;
  readonly targetRows: bigint;
  /** Size in bytes on the source, of the heap and its TOAST, of the tables compared. */
  readonly bytes: bigint;
  readonly sequences: number;
  /** Catalog objects compared, counted once for both sides. */
  readonly objects: number;
  /** Milliseconds. */
  readonly durationMs: number;
}

export interface DatabaseComparison {
  readonly source: string;
  readonly target: string;
  readonly equality: Equality;
  /** Those of weight `different`. */
  readonly differences: readonly Difference[];
  /** Those that stop nothing: of every other weight. */
  readonly mayBeCosmetic: readonly Difference[];
  readonly unchecked: readonly Unchecked[];
  readonly tables: readonly TableComparison[];
  readonly sequences: readonly SequenceComparison[];
  /** Only where there was a deadline. With any of them the whole is not equal. */
  readonly deferred: readonly DeferredTable[];
  /** How rows were hashed; undefined when the two servers do not hash alike. */
  readonly rowHash: "record-send" | "text-chain" | undefined;
  /** Where it was asked for: what a later comparison may reuse. */
  readonly proven: Proven | undefined;
  /** What an earlier process had read of the same, where it had. */
  readonly resumed?: Resumed | undefined;
  /** Where it was asked for and could be made: of the tables whose contents are equal. */
  readonly manifest: Manifest | undefined;
  readonly totals: ComparisonTotals;
}

export function equalityOf(differences: number, unchecked: number): Equality {
  if (differences > 0) return "different";
  return unchecked > 0 ? "could-not-check" : "equal";
}
