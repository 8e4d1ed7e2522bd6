/**
 * A catalog object as facts by name, so that every kind is compared by the same
 * few lines. Pure. Oids and the order of columns are no facts: they differ
 * between servers that hold the same database. Roles have their names of the
 * target in it (`access/role-names.ts`).
 */
import { byBytesSql } from "../byte-order.ts";

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
  | "sequence"
  | "statistics"
  | "comment"
  | "publication"
  | "event-trigger"
  | "grant"
  | "default-privilege"
  | "setting"
  | "collation"
  | "cast"
  | "foreign-server"
  | "extension-member";

export interface CatalogObject {
  readonly kind: ObjectKind;
  /** Quoted; unique within the kind. */
  readonly name: string;
  /**
   * The quoted object that it belongs to; without that one it is not reported by itself. What
   * shares no namespace with relations has its kind before it: `type "s"."t"`.
   */
  readonly parent: string | null;
  /** The member of an extension that it is on, as `parent` would call it: another version may lack that. */
  readonly member?: string;
  /** The service that made the server may have made it otherwise than the other's, or left it behind. */
  readonly mayBeCosmetic?: true;
  /** Facts of which alone the same holds. */
  readonly undecided?: readonly string[];
  /** Its facts are compared and shown to nobody. */
  readonly secret?: true;
  /** The server's text by fact; null or absent where the object has none. Fact names are kebab-case. */
  readonly facts: Readonly<Record<string, string | null>>;
}

/** Columns `name`, `parent`, `member` and `may_be_cosmetic` (null or 'yes'), which are not needed, and one for each fact, its name with underscores. Texts, all of them. */
export interface CatalogQuery {
  readonly kind: ObjectKind;
  /** For messages: `constraints and indexes`. */
  readonly subject: string;
  sql(ignoredSchemas: readonly string[]): string;
  /** Where the columns are not the facts themselves: the object of `objectsSql`. */
  object?(text: string): CatalogObject;
}

/**
 * Columns `name` and `object`, sorted by the name's bytes. One text for the whole
 * object, so that one that is the same on both sides needs no more than that to be seen.
 */
export function objectsSql(query: CatalogQuery, ignoredSchemas: readonly string[]): string {
  return `select o.name, pg_catalog.json_strip_nulls(pg_catalog.row_to_json(o))::pg_catalog.text as object
    from (${query.sql(ignoredSchemas)}) o order by ${byBytesSql("o.name")}`;
}

/** Numbers would lose digits. */
function isText(facts: Readonly<Record<string, unknown>>): facts is Record<string, string> {
  return Object.values(facts).every((value) => typeof value === "string");
}

/** `text` is JSON: the query's columns by name, without those that are null. */
export function catalogObject(kind: ObjectKind, text: string): CatalogObject {
  const row = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (!isText(row)) throw new TypeError(`a ${kind} with a fact that is no text`);
  const { name, parent, member, may_be_cosmetic: mayBeCosmetic, ...facts } = row;
  if (name === undefined) throw new TypeError(`a ${kind} without a name`);
  return {
    kind,
    name,
    parent: parent ?? null,
    ...(member === undefined ? {} : { member }),
    ...(mayBeCosmetic === "yes" ? { mayBeCosmetic: true } : {}),
    facts: Object.fromEntries(
      Object.entries(facts).map(([fact, value]) => [fact.replaceAll("_", "-"), value]),
    ),
  };
}
