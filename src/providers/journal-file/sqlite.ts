/**
 * Node's own SQLite, loaded without the warning that it is experimental: it is
 * used for its file locks alone, and the warning would land in people's output.
 */
import type * as NodeSqlite from "node:sqlite";

type Sqlite = typeof NodeSqlite;

let loaded: Sqlite | undefined;

/** Present without a flag since Node 22.13. */
export function sqlite(): Sqlite {
  loaded ??= loadQuietly();
  return loaded;
}

/** Loading is synchronous, so no other warning can fall into the gap. */
function loadQuietly(): Sqlite {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** SQLite's primary result code, of which the extended ones are refinements. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

export const busy = 5;
