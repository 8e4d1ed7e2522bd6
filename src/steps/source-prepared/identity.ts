/**
 * The replica identity of named tables: reading it, and the notes that tell
 * what it was before this run. SQL and data only.
 */
import type pg from "pg";
import { quoteIdentifier, quoteQualified } from "../../core/identifier.ts";
import type { Note } from "../../core/step.ts";
import { latestFact } from "../facts.ts";
import { incomparableTypes } from "../incomparable.ts";

/** `d` default, `n` nothing, `f` full, `i` by an index: pg_class.relreplident. */
export interface Identity {
  readonly kind: string;
  /** Its index, by kind `i`. */
  readonly index: string | null;
}

export interface PreparedTable {
  /** As the plan writes it. */
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  /** pg_class.relkind. */
  readonly relation: string;
  readonly owner: string;
  /** The admin has the owner's rights. */
  readonly mayAlter: boolean;
  readonly identity: Identity;
  /** Columns whose values cannot be compared for equality. */
  readonly incomparable: readonly string[];
  /** Publications through which its updates or deletes go out. */
  readonly publications: readonly string[];
}

// A name is compared whole: a dot in it needs no escape, and a database's tables are read in one query.
const tablesQuery = `WITH RECURSIVE ${incomparableTypes}
  SELECT pg_catalog.concat_ws('.', pg_catalog.current_database(), n.nspname, c.relname) AS name,
    n.nspname::text AS schema, c.relname::text AS table, c.relkind::text AS relation, o.rolname::text AS owner,
    pg_catalog.pg_has_role(c.relowner, 'USAGE') AS "mayAlter",
    pg_catalog.json_build_object('kind', c.relreplident, 'index',
      (SELECT x.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
        WHERE c.relreplident = 'i' AND i.indrelid = c.oid AND i.indisreplident)) AS identity,
    ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a JOIN incomparable x ON x.type = a.atttypid
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS incomparable,
    ARRAY(SELECT DISTINCT p.pubname::text FROM pg_catalog.pg_publication p
      JOIN pg_catalog.pg_publication_tables t ON t.pubname = p.pubname
      WHERE (p.pubupdate OR p.pubdelete) AND t.schemaname = n.nspname AND t.tablename = c.relname
      ORDER BY 1) AS publications
  FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND pg_catalog.concat_ws('.', pg_catalog.current_database(), n.nspname, c.relname) = ANY ($1)
  ORDER BY n.nspname, c.relname`;

/** Publications came with PostgreSQL 10; Azure's service itself reads 9.5. */
export async function readPrepared(
  client: pg.Client,
  names: readonly string[],
): Promise<readonly PreparedTable[]> {
  return (await client.query<PreparedTable>(tablesQuery, [names])).rows;
}

export interface Before {
  readonly identity: Identity;
  readonly publications: readonly string[];
}

const noteName = (table: string): string => `replica-identity-before ${table}`;
const prefix = noteName("");

export const notes = { before: noteName } as const;

/** What the table's identity was before this run changed it last; undefined: it never did. */
export function identityBefore(noted: readonly Note[], table: string): Before | undefined {
  const value = latestFact(noted, noteName(table));
  return value === undefined ? undefined : (value as unknown as Before);
}

/** Tables that this run noted something of, each once. */
export function notedTables(noted: readonly Note[]): readonly string[] {
  const names = noted.filter(({ name }) => name.startsWith(prefix));
  return [...new Set(names.map(({ name }) => name.slice(prefix.length)))];
}

export function sameIdentity(one: Identity, other: Identity): boolean {
  return one.kind === other.kind && one.index === other.index;
}

/** The statement that gives a table that identity. */
export function identityStatement(
  { schema, table }: Pick<PreparedTable, "schema" | "table">,
  { kind, index }: Identity,
): string {
  const words: { readonly [kind: string]: string | undefined } = {
    d: "DEFAULT",
    n: "NOTHING",
    f: "FULL",
    i: index === null ? undefined : `USING INDEX ${quoteIdentifier(index)}`,
  };
  const word = words[kind];
  if (word === undefined) throw new Error(`A replica identity of kind ${kind} cannot be set.`);
  return `ALTER TABLE ${quoteQualified(schema, table)} REPLICA IDENTITY ${word}`;
}
