/**
 * Tables that got another file while a snapshot of them was read: TRUNCATE, and
 * what rewrites a table. The snapshot finds none of the rows of then, and so tells
 * nothing of them, neither that they are lost nor that they are the same.
 */
import { quoteQualified } from "../core/identifier.ts";
import { fromTablesSql } from "./catalog/scope.ts";
import type { ContentsComparison } from "./contents/compare-contents.ts";
import type { TablePair } from "./contents/table-pair.ts";
import { withDoubts } from "./doubts.ts";
import { uncheckedBecause } from "./failure.ts";
import type { SideSnapshot } from "./side-snapshot.ts";

/** The row of pg_class is of the snapshot; what the function looks up is how the catalog is now. */
const replacedSql = (
  ignoredSchemas: readonly string[],
) => `select n.nspname as schema, c.relname as name
  ${fromTablesSql(ignoredSchemas)} and pg_catalog.pg_relation_filenode(c.oid) is distinct from c.relfilenode`;

async function replacedTables(
  side: SideSnapshot,
  ignoredSchemas: readonly string[],
): Promise<[table: string, why: string][]> {
  const rows = await side.read(replacedSql(ignoredSchemas));
  return rows.map((row) => [
    quoteQualified(row["schema"] ?? "", row["name"] ?? ""),
    `on the ${side.label} it was truncated, rewritten or dropped`,
  ]);
}

/** To be asked when all is read: what was found of them counts for nothing. */
export async function unlessReplaced(
  sides: readonly SideSnapshot[],
  contents: ContentsComparison,
  { pairs, ignoredSchemas }: { pairs: readonly TablePair[]; ignoredSchemas: readonly string[] },
): Promise<ContentsComparison> {
  const compared = new Set(pairs.map(({ table }) => table));
  try {
    const each = await Promise.all(sides.map((side) => replacedTables(side, ignoredSchemas)));
    const replaced = each.flat().filter(([table]) => compared.has(table));
    return replaced.length === 0
      ? contents
      : withDoubts(contents, pairs, new Map(replaced), "vanished");
  } catch (error) {
    const unknown = uncheckedBecause("both", "whether tables are as they were", error);
    return withDoubts(contents, pairs, [unknown]);
  }
}
