/**
 * One 64-bit hash per row that two servers compute alike. Pure: SQL text only.
 *
 * A plain hash_record_extended(row) is linear (h = h * 31 + e), so a sum over
 * rows does not see a value that moved to another row; hashing the bytes that
 * record_send makes of the whole row does. record_send writes type oids into
 * its bytes, so every type whose oid is not the same everywhere goes as text.
 */
import { quoteIdentifier } from "../../core/identifier.ts";

export type RowHash = "record-send" | "text-chain";

/**
 * To be raised whenever the SQL of any type's hash changes: sums that were kept
 * by another version of the tool (manifest, proven tables, reads of a comparison
 * that was cut off) are compared with none of this one.
 */
export const hashForm = 2;

/**
 * Whether the binary form of a value says as much as its text, and no more:
 * `one-nan` where it does but for a NaN.
 */
export type Sent = "as-is" | "one-nan" | "no";

export interface TextColumn {
  readonly name: string;
  /** Its text is what the output function says, and not what a cast to text does. */
  readonly output: boolean;
}

export interface HashedColumn extends TextColumn {
  readonly sent: Sent;
}

/** What each server makes of constants; null where it refused. */
export interface HashProbe {
  readonly recordSend: string | null;
  readonly text: string | null;
}

/** The functions are no promise of PostgreSQL's, so each run asks both servers. */
export const probeSql = {
  recordSend: `select pg_catalog.hash_record_extended(row(1::int8, 'x'::text), 0)::text || ' ' ||
    pg_catalog.hash_record_extended(row(pg_catalog.record_send(row(1::int8, 'x'::text, null::text))), 0)::text as answer`,
  text: `select pg_catalog.hashtextextended('abc' collate "C", 0)::text as answer`,
} as const;

/** Seen on PostgreSQL 14 to 18, little-endian. */
const textAnswer = "-6747756470228489321";
const recordAnswer = "-3582945953369150973";

/** Undefined: the servers do not hash alike, and contents cannot be compared by hash. */
export function chooseRowHash(
  source: HashProbe,
  target: HashProbe,
  wanted: "probed" | "text-chain" = "probed",
): RowHash | undefined {
  const record = wanted === "probed" ? source.recordSend : null;
  if (record !== null && record === target.recordSend && record.startsWith(`${recordAnswer} `)) {
    return "record-send";
  }
  return source.text === textAnswer && target.text === textAnswer ? "text-chain" : undefined;
}

/** Of a record every value is printed by its output function; NULL and the empty string are apart. */
function text({ name, output }: TextColumn): string {
  const column = quoteIdentifier(name);
  return `${output ? `row(${column})` : column}::text collate "C"`;
}

/** NaN equals every NaN here, whatever its bits; any other value passes unchanged, -0 as well. */
function field(column: HashedColumn): string {
  if (column.sent === "no") return text(column);
  const name = quoteIdentifier(column.name);
  return column.sent === "as-is" ? name : `case when ${name} = 'NaN' then 'NaN' else ${name} end`;
}

/**
 * A chain, so that each hash depends on every column before it. The mark before
 * a value keeps NULL and the empty string apart.
 */
export function textChainSql(columns: readonly TextColumn[]): string {
  return columns.reduce(
    (before, column) =>
      `pg_catalog.hashtextextended(coalesce('=' || ${text(column)}, ''), ${before})`,
    "0::int8",
  );
}

/** The columns must be in the same order on both sides: sorted by name, never as stored. */
export function rowHashSql(hash: RowHash, columns: readonly HashedColumn[]): string {
  if (hash === "text-chain") return textChainSql(columns);
  const fields = columns.map(field).join(", ");
  return `pg_catalog.hash_record_extended(row(pg_catalog.record_send(row(${fields}))), 0)`;
}
