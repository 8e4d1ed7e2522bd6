/**
 * Tables by chance with changes by chance: each is found by its code, its key
 * and its column, and nothing else is reported. OSM_SEED repeats a run.
 */
import { describe, expect, it } from "vitest";
import { firstSeed } from "../support/chance.ts";
import { withServers } from "../support/postgres.ts";
import { randomTable, schemaOfRandomTables, type RandomTable } from "../support/random-tables.ts";
import { comparedDatabases, found, roleNamingOf } from "../support/verification.ts";

const seed = firstSeed();
const batches = 10;
const perBatch = 100;
const limitMs = 60_000;

describe(`random tables, from seed ${seed}`, () => {
  const servers = withServers();

  it.each(Array.from({ length: batches }, (_, at) => seed + at * perBatch))(
    "a hundred of them, from %i",
    async (first) => {
      const cases = Array.from({ length: perBatch }, (_, at) => randomTable(first + at));
      const databases = await comparedDatabases(servers.pair);
      const creates = cases.map(({ create }) => create);
      await databases.both([schemaOfRandomTables, ...creates].join(";\n"));
      await databases.onTarget(cases.map(({ plant }) => plant).join(";\n"));
      const comparison = await databases.compare({
        roles: roleNamingOf(servers.pair),
        drillDown: { tables: perBatch, rows: 10, rowsRead: 1000 },
      });
      expect(comparison.unchecked).toEqual([]);
      expect(comparison.mayBeCosmetic.map(({ code }) => code)).toEqual([]);
      expect(found(comparison)).toEqual(cases.flatMap((made) => made.found).toSorted());
      const drilled = new Map(comparison.tables.map((each) => [each.table, each.drillDown?.rows]));
      for (const made of cases) expect(rowsOf(made, drilled), told(made)).toEqual(made.rows);
    },
    limitMs,
  );
});

type Rows = RandomTable["rows"];

function rowsOf({ table, rows }: RandomTable, drilled: ReadonlyMap<string, Rows>): Rows {
  const seen = drilled.get(table);
  // In the order in which they were planted.
  return seen?.toSorted((a, b) => place(rows, a) - place(rows, b));
}

function place(rows: Rows, { key }: NonNullable<Rows>[number]): number {
  return (rows ?? []).findIndex((row) => JSON.stringify(row.key) === JSON.stringify(key));
}

const told = ({ seed: number, planted, table }: RandomTable): string =>
  `seed ${number}: ${planted} in ${table}`;
