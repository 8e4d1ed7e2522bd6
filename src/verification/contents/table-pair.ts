/**
 * The same table on both sides, and the columns by which its rows are compared.
 * A column or table that only one side has is the catalog's difference.
 */
import { readBoth } from "../read-both.ts";
import type { Unchecked } from "../report.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import {
  type LayoutColumn,
  layoutName,
  layoutSql,
  type TableLayout,
  tableLayout,
  tableName,
  type TableSize,
  tableSize,
} from "./layout.ts";
import type { HashedColumn, TextColumn } from "./row-hash.ts";
import type { TextRow } from "../side.ts";

/** What tables may have in common with others. */
interface Shape {
  /** Names and types of all columns of both sides, to tell whether they are as they were. */
  readonly types: string;
  /** Those that both have, sorted by name, so that both hash the same row. */
  readonly columns: readonly HashedColumn[];
  /** The primary key when both sides have the same one; else empty. */
  readonly key: readonly KeyColumn[];
}

export interface TablePair extends Shape {
  /** Quoted and qualified. */
  readonly table: string;
  readonly source: TableSize;
  readonly target: TableSize;
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

/** Pure. */
export function pairTable(source: TableLayout, target: TableLayout): TablePair {
  return {
    table: source.table,
    source: source.size,
    target: target.size,
    ...shapeOf(source, target),
  };
}

function shapeOf(source: TableLayout, target: TableLayout): Shape {
  const theirs = new Map(target.columns.map((column) => [column.name, column]));
  const columns = source.columns.flatMap((column) => {
    const same = theirs.get(column.name);
    return same === undefined ? [] : [hashed(column, same)];
  });
  const types = [source, target].map((layout) =>
    JSON.stringify(layout.columns.map(({ name, type }) => [name, type])),
  );
  return { types: types.join(), columns, key: sharedKey(source, target) };
}

export interface TablePairs {
  readonly pairs: readonly TablePair[];
  readonly unchecked: readonly Unchecked[];
}

/** Enough for partitions and for a schema of each tenant. */
const mostShapes = 1000;

/** Where there are very many tables, most of them are alike: what is the same is held once. */
class Pairs {
  readonly found: TablePair[] = [];
  readonly #shapes = new Map<string, Shape>();

  add(source: TextRow, target: TextRow): void {
    const texts = [source["columns"], source["key"], target["columns"], target["key"]].join("\n");
    const shape = this.#shapes.get(texts) ?? shapeOf(tableLayout(source), tableLayout(target));
    if (this.#shapes.size < mostShapes) this.#shapes.set(texts, shape);
    this.found.push({
      table: tableName(source),
      source: tableSize(source),
      target: tableSize(target),
      ...shape,
    });
  }
}

/** Those that both sides have, in the order of their names' bytes. */
export async function readTablePairs(
  source: SideSnapshot,
  target: SideSnapshot,
  ignoredSchemas: readonly string[],
): Promise<TablePairs> {
  const { result, unchecked } = await readBoth(
    { source, target, subject: "tables", sql: layoutSql(ignoredSchemas), nameOf: layoutName },
    () => new Pairs(),
    (pairs, rows) => {
      const [ours, theirs] = [rows.source[0], rows.target[0]];
      if (ours !== undefined && theirs !== undefined) pairs.add(ours, theirs);
    },
  );
  return { pairs: result?.found ?? [], unchecked };
}
