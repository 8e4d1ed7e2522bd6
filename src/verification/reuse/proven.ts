/**
 * What a comparison proved while applications still wrote, and by what a later
 * one, behind a freeze, can tell that a table is as it was: it need not be read
 * again. Pure.
 *
 * A table that was equal, and of which neither side has counted a write since a
 * moment before it was read, is equal still. The source's counters are enough for
 * what applications did: the freeze has ended their sessions, and a session
 * counts what it did before it ends. A counter may be lost, so it counts for
 * nothing unless its beginning is the same: a crash and a reset give another.
 */
import { createHash } from "node:crypto";
import { hashForm, type RowHash } from "../contents/row-hash.ts";
import type { TablePair } from "../contents/table-pair.ts";
import type { Counters, TableCounters } from "../counters.ts";
import type { TableComparison } from "../report.ts";

export interface Proven {
  readonly rowHash: RowHash;
  readonly countedSince: { readonly source: string; readonly target: string };
  /** By quoted and qualified name: those that were equal. */
  readonly tables: { readonly [table: string]: ProvenTable };
}

/** Short, because there may be ten thousand. */
export type ProvenTable = readonly [
  rows: string,
  /** Sum of the row hashes. */
  hash: string,
  /** Digest of what was hashed. */
  columns: string,
  /** Of the source, then of the target: what was counted, the heap's file, and how many columns there ever were. */
  source: string,
  target: string,
];

export interface BothCounters {
  readonly source: Counters;
  readonly target: Counters;
}

/** `before`: read before the comparison's snapshots were taken. Undefined: nothing can be reused. */
export function provenBy(
  before: BothCounters,
  hash: RowHash | undefined,
  pairs: readonly TablePair[],
  tables: readonly TableComparison[],
): Proven | undefined {
  const { source, target } = before;
  if (hash === undefined || !source.exact || !target.exact) return undefined;
  const byName = new Map(pairs.map((pair) => [pair.table, pair]));
  const entries = tables.flatMap((one): [string, ProvenTable][] => {
    const pair = byName.get(one.table);
    const [ours, theirs] = [source.tables.get(one.table), target.tables.get(one.table)];
    if (one.equality !== "equal" || one.checksum === undefined) return [];
    if (pair === undefined || ours === undefined || theirs === undefined) return [];
    return [
      [
        one.table,
        [String(one.sourceRows), one.checksum, columnsOf(pair), counted(ours), counted(theirs)],
      ],
    ];
  });
  return {
    rowHash: hash,
    countedSince: { source: source.countedSince, target: target.countedSince },
    tables: Object.fromEntries(entries),
  };
}

/** Those that are as they were when they were proven equal. `now`: read while both sides stand still. */
export function unchangedTables(
  proven: Proven,
  now: BothCounters,
  hash: RowHash | undefined,
  pairs: readonly TablePair[],
): ReadonlyMap<string, TableComparison> {
  const { source, target } = now;
  const isCounted =
    hash === proven.rowHash &&
    source.exact &&
    target.exact &&
    source.countedSince === proven.countedSince.source &&
    target.countedSince === proven.countedSince.target;
  if (!isCounted) return new Map();
  return new Map(
    pairs.flatMap((pair): [string, TableComparison][] => {
      const known = proven.tables[pair.table];
      const [ours, theirs] = [source.tables.get(pair.table), target.tables.get(pair.table)];
      if (known === undefined || ours === undefined || theirs === undefined) return [];
      const [rows, checksum, columns, onSource, onTarget] = known;
      if (columns !== columnsOf(pair)) return [];
      if (onSource !== counted(ours) || onTarget !== counted(theirs)) return [];
      return [
        [
          pair.table,
          {
            table: pair.table,
            equality: "equal",
            sourceRows: BigInt(rows),
            targetRows: BigInt(rows),
            depth: "contents",
            checksum,
            reused: true,
          },
        ],
      ];
    }),
  );
}

function counted({ inserted, changed, ...table }: TableCounters): string {
  return `${inserted} ${changed} ${table.file} ${table.attributes} ${table.composites}`.trimEnd();
}

/** A column that is added without rewriting the table, or of which another form is hashed, makes other sums; another version of the tool may, too. */
export function columnsOf({ types, columns }: Pick<TablePair, "types" | "columns">): string {
  const text = `[${hashForm},${types},${JSON.stringify(columns)}]`;
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}
