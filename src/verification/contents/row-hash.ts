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

export interface HashedColumn {
  readonly name: string;
  /** The binary form is the same on both servers: built-in type, same on both sides. */
  readonly raw: boolean;
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

function text(column: string): string {
  return `${quoteIdentifier(column)}::text collate "C"`;
}

/**
 * A chain, so that each hash depends on every column before it. The mark before
 * a value keeps NULL and the empty string apart.
 */
export function textChainSql(columns: readonly string[]): string {
  return columns.reduce(
    (before, column) =>
      `pg_catalog.hashtextextended(coalesce('=' || ${text(column)}, ''), ${before})`,
    "0::int8",
  );
}

/** The columns must be in the same order on both sides: sorted by name, never as stored. */
export function rowHashSql(hash: RowHash, columns: readonly HashedColumn[]): string {
  if (hash === "text-chain") return textChainSql(columns.map((column) => column.name));
  const fields = columns.map((column) =>
    column.raw ? quoteIdentifier(column.name) : text(column.name),
  );
  return `pg_catalog.hash_record_extended(row(pg_catalog.record_send(row(${fields.join(", ")}))), 0)`;
}
