/**
 * Which rows of a table differ, one line each: keys and columns, and values where
 * the comparison was told to read them. On request not even keys: then the rows
 * that look the same are one line.
 */
import { visiblyQuoted } from "../../core/visible.ts";
import type { ChangedValue, DatabaseComparison, Difference } from "../../verification/index.ts";
import { columnText, keyText } from "./key-text.ts";

export function drillDownText(
  result: DatabaseComparison,
  difference: Difference,
  { values }: { readonly values: boolean },
): string[] {
  const ofRows = [
    "row-count-differs",
    "contents-differ",
    "untouched-rows-differ",
    "rows-lost-since-cutover",
  ];
  if (!ofRows.includes(difference.code)) return [];
  const table = result.tables.find(({ table: name }) => name === difference.object);
  if (table?.drillDown === undefined) {
    return table?.rowsNotNamed === undefined ? [] : [table.rowsNotNamed];
  }
  const { rows, missing, extra, changed, sampled } = table.drillDown;
  const counts = [
    `${rowCount(missing)} missing on the target`,
    `${rowCount(extra)} only on the target`,
    `${rowCount(changed)} changed`,
  ].filter((text) => !text.startsWith("0 "));
  const lines = rows.map((row) => {
    const columns =
      row.columns === undefined ? "" : ` in ${row.columns.map(columnText).join(", ")}`;
    if (!values) return `${row.class}${columns}`;
    return `${row.class}${columns}: ${keyText(row.key)}${valuesText(row.values)}`;
  });
  const all = missing + extra + changed;
  const some = values && rows.length < all ? `; ${rows.length} of these ${all} rows are named` : "";
  return [
    `${counts.join(", ")}${sampled ? ", at least (a sample was read)" : ""}${some}`,
    ...new Set(lines),
  ];
}

function valuesText(values: readonly ChangedValue[] = []): string {
  const quoted = (value: string | null) => (value === null ? "NULL" : visiblyQuoted(value));
  const texts = values.map(({ column, source, target }) =>
    source !== null && source === target
      ? `${columnText(column)} the same in what is shown, ${quoted(source)}`
      : `${columnText(column)} ${quoted(source)} -> ${quoted(target)}`,
  );
  return texts.length === 0 ? "" : ` (${texts.join("; ")})`;
}

function rowCount(n: number): string {
  return n === 1 ? "1 row" : `${n} rows`;
}
