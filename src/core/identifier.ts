/**
 * The one place where names and values become SQL text. Values go as
 * parameters wherever PostgreSQL takes them; `quoteLiteral` is for the
 * statements that take none (`ALTER DATABASE ... SET`, `CREATE ROLE`).
 */
import { UsageError } from "./errors.ts";

/** Longest identifier in bytes (NAMEDATALEN - 1); the server cuts longer ones without an error. */
export const identifierBytes = 63;

function refuseNul(text: string, what: string): void {
  if (text.includes("\0")) {
    throw new UsageError({
      message: `The ${what} ${JSON.stringify(text)} contains a NUL character, which PostgreSQL cannot store.`,
      remedy: "Write it without the NUL character.",
    });
  }
}

/**
 * Always quoted: whether a bare word is reserved depends on the server's
 * version, and the two ends differ in that. Throws UsageError for an empty
 * name or one with a NUL.
 */
export function quoteIdentifier(name: string): string {
  if (name === "") {
    throw new UsageError({ message: "An identifier is empty; PostgreSQL has no such name." });
  }
  refuseNul(name, "identifier");
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."name"`. */
export function quoteQualified(...parts: readonly [string, ...string[]]): string {
  return parts.map(quoteIdentifier).join(".");
}

/**
 * A string constant that means the same whatever `standard_conforming_strings`
 * says: with a backslash in it the text becomes an `E''` constant.
 */
export function quoteLiteral(value: string): string {
  refuseNul(value, "value");
  const doubled = value.replaceAll("'", "''");
  return value.includes("\\") ? `E'${doubled.replaceAll("\\", "\\\\")}'` : `'${doubled}'`;
}
