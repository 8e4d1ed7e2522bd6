/**
 * A catalog object as facts by name, so that every kind is compared by the same
 * few lines. Pure. Oids, owners, grants and the order of columns are no facts:
 * they differ between servers that hold the same database.
 */
import type { TextRow } from "../side.ts";

export type ObjectKind =
  | "database"
  | "schema"
  | "extension"
  | "type"
  | "table"
  | "column"
  | "constraint"
  | "index"
  | "view"
  | "function"
  | "trigger"
  | "rule"
  | "policy"
  | "sequence";

export interface CatalogObject {
  readonly kind: ObjectKind;
  /** Quoted; unique within the kind. */
  readonly name: string;
  /** The quoted object that it belongs to; without that one it is not reported by itself. */
  readonly parent: string | null;
  /** The server's text by fact; null where the object has none. Fact names are kebab-case. */
  readonly facts: Readonly<Record<string, string | null>>;
}

/** Columns `name`, `parent` and one for each fact, its name with underscores. */
export interface CatalogQuery {
  readonly kind: ObjectKind;
  /** For messages: `constraints and indexes`. */
  readonly subject: string;
  sql(ignoredSchemas: readonly string[]): string;
}

export function catalogObject(kind: ObjectKind, row: TextRow): CatalogObject {
  const { name, parent, ...facts } = row;
  if (typeof name !== "string") throw new TypeError(`a ${kind} without a name`);
  return {
    kind,
    name,
    parent: parent ?? null,
    facts: Object.fromEntries(
      Object.entries(facts).map(([fact, value]) => [fact.replaceAll("_", "-"), value]),
    ),
  };
}
