/**
 * Looks at chosen rows of a table, by their keys and the key's index, or at all
 * rows of one without a key. SQL, and what its answer means.
 */
import { keyOf, keyTexts, wantedAs, wantedBy } from "../contents/buckets.ts";
import { type RowHash, rowHashSql } from "../contents/row-hash.ts";
import type { TablePair } from "../contents/table-pair.ts";
import { parts } from "../parts.ts";
import type { Reader, TextRow } from "../side.ts";
import type { Sighting } from "./judge.ts";

/** Keys of one statement: with 40 ms of latency, 10,000 take 20 round trips. */
const keysPerStatement = 500;

/** The transaction that wrote the row: PostgreSQL keeps it when it freezes rows (since 9.4). */
const rowVersion = "xmin::pg_catalog.text";

/** Rows without a key can be told apart by their place alone. */
const versionAndPlace = `pg_catalog.hashtextextended(xmin::pg_catalog.text || ctid::pg_catalog.text collate "C", 0)`;

/**
 * `k0`, ..., `hash`, `version`; with `columns` also `c0`, ...: a hash for each.
 * The wanted keys are one parameter, a JSON array of objects: `[{"k0": "1"}]`.
 */
export function rowSightingsSql(
  pair: TablePair,
  hash: RowHash,
  { columns }: { readonly columns: boolean },
): string {
  const each = columns
    ? pair.columns.map((column, at) => `${rowHashSql(hash, [column])} as c${at}`)
    : [];
  const wanted = pair.key.map((column, at) => `w.k${at}::${wantedAs(column)}`).join(", ");
  const texts = pair.key.map((_, at) => `k${at} pg_catalog.text`).join(", ");
  return `select ${[keyTexts(pair.key), `${rowHashSql(hash, pair.columns)} as hash`, `${rowVersion} as version`, ...each].join(", ")}
    from only ${pair.table} where (${wantedBy(pair.key)}) in (
      select ${wanted} from pg_catalog.json_to_recordset($1::pg_catalog.json) as w(${texts}))`;
}

function wantedKeys(pair: TablePair, keys: readonly TextRow[]): string {
  return JSON.stringify(
    keys.map((row) =>
      Object.fromEntries(pair.key.map((_, at) => [`k${at}`, row[`k${at}`] ?? null])),
    ),
  );
}

export async function readRows(
  side: Reader,
  pair: TablePair,
  hash: RowHash,
  keys: readonly TextRow[],
  options: { readonly columns: boolean } = { columns: false },
): Promise<TextRow[]> {
  const sql = rowSightingsSql(pair, hash, options);
  const answers = await Promise.all(
    parts(keys, keysPerStatement).map((some) => side.read(sql, [wantedKeys(pair, some)])),
  );
  return answers.flat();
}

export function sighting(row: TextRow): Sighting {
  return { hash: row["hash"] ?? "", version: row["version"] ?? "" };
}

export async function sightRows(
  side: Reader,
  pair: TablePair,
  hash: RowHash,
  keys: readonly TextRow[],
): Promise<ReadonlyMap<string, Sighting>> {
  const rows = await readRows(side, pair, hash, keys);
  return new Map(rows.map((row) => [keyOf(row, pair.key), sighting(row)]));
}

/** `rows`, `hash` and `version` of all rows together. */
export function tableSightingSql(pair: TablePair, hash: RowHash): string {
  return `select pg_catalog.count(*) as rows,
    coalesce(pg_catalog.sum(${rowHashSql(hash, pair.columns)}), 0) as hash,
    coalesce(pg_catalog.sum(${versionAndPlace}), 0) as version
    from only ${pair.table}`;
}

export async function sightTable(side: Reader, pair: TablePair, hash: RowHash): Promise<Sighting> {
  const [row] = await side.read(tableSightingSql(pair, hash));
  if (row === undefined) throw new RangeError("a count gave no row");
  return { hash: `${row["rows"]} ${row["hash"]}`, version: row["version"] ?? "" };
}
