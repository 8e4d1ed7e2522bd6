/**
 * Of a table: the file it is in, and its columns. An old snapshot shows rows as
 * they were, whoever writes since, but not across TRUNCATE and what gives a table
 * another file (it finds none of the rows of then), nor across columns that are
 * dropped and made anew. The catalog, asked within that snapshot, tells how the
 * table was; asked outside of it, how it is.
 */
import { quoteQualified } from "../../core/identifier.ts";
import { fromTablesSql } from "../catalog/scope.ts";
import { withComposites } from "../composites.ts";
import type { Reader, SideLabel } from "../side.ts";

/** By quoted and qualified name. A text to compare, and no more. */
export type TableStates = ReadonlyMap<string, string>;

const statesSql = (ignoredSchemas: readonly string[]) =>
  withComposites(`select c.oid, n.nspname as schema, c.relname as name,
    c.oid || ' ' || c.relfilenode || ' ' || coalesce((
      select pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attnum, a.atttypid, a.atttypmod,
        pg_catalog.quote_ident(a.attname)), ', ' order by a.attnum)
      from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '') as state
  ${fromTablesSql(ignoredSchemas)}`);

/** Throws what the read throws. */
export async function readTableStates(
  side: Reader,
  ignoredSchemas: readonly string[],
): Promise<TableStates> {
  const rows = await side.read(statesSql(ignoredSchemas));
  return new Map(
    rows.map((row) => [
      quoteQualified(row["schema"] ?? "", row["name"] ?? ""),
      `${row["state"] ?? ""} ${row["composites"] ?? ""}`,
    ]),
  );
}

/** Why they are not as they were, of those that are not. */
export function changedTables(
  tables: readonly string[],
  side: SideLabel,
  then: TableStates,
  now: TableStates,
): [table: string, why: string][] {
  return tables.flatMap((table): [string, string][] => {
    if (!now.has(table)) return [[table, `on the ${side} it was dropped or renamed`]];
    if (then.get(table) === now.get(table)) return [];
    return [[table, `on the ${side} it was truncated, rewritten or altered`]];
  });
}
