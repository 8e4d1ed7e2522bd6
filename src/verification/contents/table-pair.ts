/**
 * The same table on both sides, and the columns by which its rows are compared.
 * Pure. A column or table that only one side has is the catalog's difference.
 */
import type { HashedColumn, TextColumn } from "./row-hash.ts";
import type { LayoutColumn, TableLayout } from "./layout.ts";

export interface TablePair {
  readonly table: string;
  readonly schema: string;
  readonly name: string;
  readonly source: TableLayout;
  readonly target: TableLayout;
  /** Those that both have, sorted by name, so that both hash the same row. */
  readonly columns: readonly HashedColumn[];
  /** The primary key when both sides have the same one; else empty. */
  readonly key: readonly KeyColumn[];
}

export interface KeyColumn extends TextColumn {
  readonly type: string;
}

/** Two types print alike far more often than their binary forms agree: int4 1 and int8 1. */
function hashed(source: LayoutColumn, target: LayoutColumn): HashedColumn {
  const same = bareType(source.type) === bareType(target.type) && source.sent === target.sent;
  return {
    name: source.name,
    sent: same ? source.sent : "no",
    output: source.output || target.output,
  };
}

/** Without length, precision or scale, which the binary form does not hold. */
function bareType(type: string): string {
  return type.replace(/\(\d+(?:,-?\d+)?\)/, "");
}

function sharedKey(source: TableLayout, target: TableLayout): readonly KeyColumn[] {
  if (source.key.join("\0") !== target.key.join("\0")) return [];
  return source.key.flatMap((name) => {
    const ours = source.columns.find((column) => column.name === name);
    const theirs = target.columns.find((column) => column.name === name);
    if (ours === undefined || theirs === undefined) return [];
    return [{ name, type: ours.type, output: ours.output || theirs.output }];
  });
}

export function pairTables(
  source: readonly TableLayout[],
  target: readonly TableLayout[],
): TablePair[] {
  const onTarget = new Map(target.map((layout) => [layout.table, layout]));
  return source.flatMap((layout) => {
    const other = onTarget.get(layout.table);
    if (other === undefined) return [];
    const theirs = new Map(other.columns.map((column) => [column.name, column]));
    const columns = layout.columns.flatMap((column) => {
      const same = theirs.get(column.name);
      return same === undefined ? [] : [hashed(column, same)];
    });
    const { table, schema, name } = layout;
    return [
      {
        table,
        schema,
        name,
        source: layout,
        target: other,
        columns,
        key: sharedKey(layout, other),
      },
    ];
  });
}
