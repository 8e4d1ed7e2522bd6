/**
 * What the changed columns of a few rows hold on each side, shortened. For
 * people only: whether rows differ is told by their hashes, and a value that
 * cannot be read is left out.
 */
import { quoteIdentifier } from "../../core/identifier.ts";
import { uncheckedBecause } from "../failure.ts";
import type { ChangedValue } from "../report.ts";
import type { Reader, SideLabel, TextRow } from "../side.ts";
import { hasKeysSql, keyOf, keyTexts } from "./buckets.ts";
import type { TablePair } from "./table-pair.ts";

/** Of one row. Which others changed is said by their names. */
const mostColumns = 8;

interface Sides {
  readonly source: Reader;
  readonly target: Reader;
}

/** By key, as `keyOf` has it. */
export type ByKey<T> = ReadonlyMap<string, readonly T[]>;

/**
 * `v0`, ...: by the output function, one character more than is shown. A row type
 * of which all fields are null IS NULL and yet a value, so nulls are counted.
 */
function valuesSql(
  pair: TablePair,
  columns: readonly string[],
  rows: number,
  length: number,
): string {
  const values = columns.map((name, at) => {
    const column = quoteIdentifier(name);
    return `case when pg_catalog.num_nulls(${column}) = 0 then pg_catalog.left(pg_catalog.format('%s', ${column}), ${length + 1}) end as v${at}`;
  });
  return `select ${[keyTexts(pair.key), ...values].join(", ")} from only ${pair.table}
    where ${hasKeysSql(pair.key, rows)}`;
}

async function readValues(
  label: SideLabel,
  side: Reader,
  sql: string,
  keys: readonly (string | null)[],
): Promise<readonly TextRow[]> {
  try {
    return await side.read(sql, keys);
  } catch (error) {
    // One of a gigabyte has no text (PostgreSQL's limit): the row is named without.
    uncheckedBecause(label, "values", error);
    return [];
  }
}

/** `length`: characters of a value that are shown. Throws what is a bug of ours. */
export async function changedValues(
  { source, target }: Sides,
  pair: TablePair,
  changed: readonly TextRow[],
  columns: ByKey<string>,
  length: number,
): Promise<ByKey<ChangedValue>> {
  const names = [...new Set([...columns.values()].flatMap((all) => all.slice(0, mostColumns)))];
  if (length === 0 || names.length === 0) return new Map();
  const keys = changed.flatMap((row) => pair.key.map((_, at) => row[`k${at}`] ?? null));
  const sql = valuesSql(pair, names, changed.length, length);
  const [ours, theirs] = await Promise.all([
    readValues("source", source, sql, keys),
    readValues("target", target, sql, keys),
  ]);
  const others = new Map(theirs.map((row) => [keyOf(row, pair.key), row]));
  return new Map(
    ours.flatMap((row): [string, ChangedValue[]][] => {
      const key = keyOf(row, pair.key);
      const other = others.get(key);
      if (other === undefined) return [];
      const differing = (columns.get(key) ?? []).slice(0, mostColumns);
      const shown = (side: TextRow, name: string) =>
        shortened(side[`v${names.indexOf(name)}`] ?? null, length);
      return [
        [
          key,
          differing.map((column) => ({
            column,
            source: shown(row, column),
            target: shown(other, column),
          })),
        ],
      ];
    }),
  );
}

/** Characters as PostgreSQL counts them. */
function shortened(value: string | null, length: number): string | null {
  const characters = Array.from(value ?? "");
  return characters.length > length ? `${characters.slice(0, length).join("")}…` : value;
}
