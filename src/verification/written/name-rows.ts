/**
 * The confirmed rows of a table as a report names them: some of each class, by
 * key, and by column where a row is on both sides.
 */
import { fewOfEach } from "../contents/drill-down.ts";
import { keyOf } from "../contents/buckets.ts";
import type { RowDifference } from "../report.ts";
import type { TextRow } from "../side.ts";
import type { Chase, Confirmed } from "./chase.ts";
import type { Sides } from "./differing-keys.ts";
import type { Seen } from "./judge.ts";
import { readRows, sighting } from "./sightings.ts";

export function keyNames({ pair }: Pick<Chase, "pair">, row: TextRow): Record<string, string> {
  return Object.fromEntries(pair.key.map(({ name }, at) => [name, row[`k${at}`] ?? ""]));
}

function isStill(row: TextRow | undefined, seen: Seen): row is TextRow {
  if (row === undefined || seen === undefined) return false;
  const { hash, version } = sighting(row);
  return hash === seen.hash && version === seen.version;
}

/** None for a row that was written since it was confirmed: its columns would be others. */
async function columnsOf(
  sides: Sides,
  { pair, hash }: Chase,
  changed: readonly Confirmed[],
): Promise<ReadonlyMap<Confirmed, readonly string[]>> {
  const keys = changed.flatMap(({ key }) => (key === undefined ? [] : [key]));
  if (keys.length === 0) return new Map();
  const [ours, theirs] = await Promise.all(
    [sides.source, sides.target].map(async (side) => {
      const rows = await readRows(side, pair, hash, keys, { columns: true });
      return new Map(rows.map((row) => [keyOf(row, pair.key), row]));
    }),
  );
  return new Map(
    changed.flatMap((one) => {
      const name = one.key === undefined ? "" : keyOf(one.key, pair.key);
      const [source, target] = [ours?.get(name), theirs?.get(name)];
      if (!isStill(source, one.source) || !isStill(target, one.target)) return [];
      const differing = pair.columns.filter((_, at) => source[`c${at}`] !== target[`c${at}`]);
      return [[one, differing.map(({ name: column }) => column)] as const];
    }),
  );
}

/** At most `most`. Throws what the reads throw. */
export async function nameRows(sides: Sides, chase: Chase, most: number): Promise<RowDifference[]> {
  const listed = fewOfEach(chase.confirmed, most);
  const columns = await columnsOf(
    sides,
    chase,
    listed.filter((one) => one.class === "changed"),
  );
  return listed.flatMap((one) => {
    if (one.key === undefined) return [];
    const named = columns.get(one);
    return [
      {
        class: one.class,
        key: keyNames(chase, one.key),
        ...(named === undefined ? {} : { columns: named }),
      },
    ];
  });
}
