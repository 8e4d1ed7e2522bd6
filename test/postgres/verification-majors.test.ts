import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { onDatabase } from "../../src/core/endpoint.ts";
import { keyOf, keyTexts } from "../../src/verification/contents/buckets.ts";
import { readTablePairs } from "../../src/verification/contents/table-pair.ts";
import { openSideSnapshot } from "../../src/verification/side-snapshot.ts";
import { sightRows } from "../../src/verification/written/sightings.ts";
import type { Major } from "../../src/rehearsal/postgres/index.ts";
import { hasClientPrograms } from "../support/client-programs.ts";
import { type Carried, besides, carry } from "../support/majors/carried.ts";
import { plantedObjects, plantedTables } from "../support/majors/planted.ts";
import { withMajors } from "../support/majors/servers.ts";
import { typesOfNoColumn } from "../support/majors/types.ts";
import { comparing, cosmetic, found, runSql, sideOf } from "../support/verification.ts";

const limitMs = 120_000;
const hashes = ["probed", "text-chain"] as const;
const tools = { meta: { whenSkipped: "needs psql, pg_dump and pg_restore" } };

describe.skipIf(!(await hasClientPrograms()))("a database of every type and object", tools, () => {
  const servers = withMajors(15, 16, 17, 18);
  let carried: Carried;

  beforeAll(async () => {
    carried = await carry(servers.of(15), [servers.of(16), servers.of(17), servers.of(18)]);
  }, limitMs);

  const copyOn = (major: number) => {
    const copy = carried.copies.get(major);
    if (copy === undefined) throw new Error(`nothing was carried to ${major}`);
    return copy;
  };

  it("has a column of each type that a server knows", async () => {
    const { rows } = await runSql(
      copyOn(18),
      `select typname from pg_type t where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm')
         and not exists (select from pg_type e where e.typarray = t.oid)
         and not exists (select from pg_attribute a where a.attrelid = 'every'::regclass and a.atttypid = t.oid)
       order by typname collate "C"`,
    );
    expect(rows.map((row: { typname: string }) => row.typname)).toEqual(typesOfNoColumn);
  });

  const newer = (...names: string[]): string[] =>
    names.map((name) => `extension-version-differs "${name}"`);

  const pairs = [
    [15, 15, []],
    [15, 16, []],
    [15, 17, newer("ltree")],
    [15, 18, newer("citext", "isn", "ltree")],
    [16, 18, newer("citext", "isn", "ltree")],
    [17, 18, newer("citext", "isn")],
  ] as const;

  it.each(
    pairs.flatMap(([from, to, shown]) => hashes.map((hash) => [from, to, hash, shown] as const)),
  )(
    "is equal from %i to %i (%s)",
    async (from, to, rowHash, shown) => {
      const source = from === 15 ? carried.source : copyOn(from);
      const comparison = await comparing(source, copyOn(to)).compare({ rowHash });
      expect(comparison.unchecked).toEqual([]);
      expect(found(comparison)).toEqual([]);
      expect(comparison.equality).toBe("equal");
      expect(cosmetic(comparison)).toEqual(shown);
      expect(comparison.rowHash).toBe(rowHash === "probed" ? "record-send" : "text-chain");
      expect(comparison.totals.tables).toBeGreaterThan(plantedTables.size);
      expect(comparison.totals.sequences).toBe(9);
    },
    limitMs,
  );

  it("finds every row again by the text of its key", async () => {
    const signal = AbortSignal.timeout(limitMs);
    const [source, target] = await Promise.all([
      openSideSnapshot(sideOf("source", carried.source), 2, signal),
      openSideSnapshot(sideOf("target", copyOn(18)), 2, signal),
    ]);
    const { pairs } = await readTablePairs(source, target, []);
    const lost = await Promise.all(
      pairs.flatMap((pair) =>
        pair.key.length === 0
          ? []
          : [source, target].map(async (side) => {
              const keys = await side.read(`select ${keyTexts(pair.key)} from only ${pair.table}`);
              const seen = await sightRows(side, pair, "record-send", keys);
              const missing = keys.filter((row) => !seen.has(keyOf(row, pair.key)));
              return missing.map((row) => `${side.label} ${pair.table} ${keyOf(row, pair.key)}`);
            }),
      ),
    );
    await Promise.all([source.close(), target.close()]);
    expect(lost.length).toBeGreaterThan(2 * 60);
    expect(lost.flat()).toEqual([]);
  });

  describe.each([17, 18] as const)("with differences planted on %i", (major) => {
    const name = "planted";

    beforeAll(async () => {
      const { superuser } = servers.of(major);
      await runSql(superuser, `create database ${name} template carried`);
      const sql = [
        ...[...plantedTables.values()].map((table) => table.sql),
        ...plantedObjects.map(([ofObject]) => ofObject),
      ];
      await runSql(onDatabase(superuser, name), [besides(name), ...sql].join(";\n"));
    }, limitMs);

    it.each(hashes)(
      "tells each of them, its key and its columns, and nothing else (%s)",
      async (rowHash) => {
        const planted = onDatabase(servers.of(major).superuser, name);
        const comparison = await comparing(carried.source, planted).compare({
          rowHash,
          drillDown: { tables: 500, rows: 2000, rowsRead: 100_000 },
        });
        expect(comparison.unchecked).toEqual([]);
        const expected = [
          ...[...plantedTables].map(([table, { code }]) => `${code} "public"."${table}"`),
          ...plantedObjects.flatMap(([, ...ofObject]) => ofObject),
        ];
        expect(found(comparison)).toEqual(expected.toSorted());
        for (const [table, { rows }] of plantedTables) {
          const compared = comparison.tables.find((one) => one.table === `"public"."${table}"`);
          const inOrder = compared?.drillDown?.rows.map((row) => JSON.stringify(row)).toSorted();
          expect(inOrder, table).toEqual(rows?.map((row) => JSON.stringify(row)).toSorted());
          if (rows === undefined) expect(compared?.rowsNotNamed).toMatch(/no primary key/);
        }
      },
      limitMs,
    );
  });

  /** The same made on two servers, or twice on one. */
  const madeTwice = async (from: Major, to: Major, file: string) => {
    const sql = await readFile(new URL(`../support/majors/${file}`, import.meta.url), "utf8");
    const made = async (major: Major, name: string) => {
      const { superuser } = servers.of(major);
      await runSql(superuser, `create database ${name} template template0`);
      const endpoint = onDatabase(superuser, name);
      await runSql(endpoint, sql);
      return endpoint;
    };
    return comparing(await made(from, `one_${from}${to}`), await made(to, `other_${from}${to}`));
  };

  const newerObjects = [
    {
      from: 17,
      to: 18,
      file: "newer-17.sql",
      plant: `update t set wait = '178000000 years' where region = 'eu';
        update t set spans = '{infinity,NULL}' where region = 'us'`,
      planted: ['contents-differ "public"."t_eu"'],
      rows: {
        '"public"."t_eu"': [
          ["1 eu", ["wait"]],
          ["2 us", ["spans"]],
        ],
      },
    },
    {
      from: 18,
      to: 18,
      file: "newer-18.sql",
      plant: `update v set b = 'z', wait = 'infinity' where id = 2;
        update temporal set v = 3 where at @> date '2024-02-02';
        alter table v alter constraint b_there no inherit; alter table v validate constraint waits;
        alter table v alter a drop not null, alter a set not null;
        alter publication generated set (publish_generated_columns = none)`,
      planted: [
        'constraint-missing "v_a_not_null" on "public"."v"',
        'constraint-missing "waits" on "public"."v"',
        'constraint-only-on-target "b_there" on "public"."v"',
        'contents-differ "public"."temporal"',
        'contents-differ "public"."v"',
        'publication-generated-columns-differs "generated"',
      ],
      rows: {
        '"public"."v"': [["2", ["b", "d", "wait"]]],
        '"public"."temporal"': [["1 [2024-02-01,2024-03-01)", ["v"]]],
      },
    },
  ] as const;

  it.each(newerObjects)("knows what is newer than 15, from $from to $to", async (newerOne) => {
    const databases = await madeTwice(newerOne.from, newerOne.to, newerOne.file);
    for (const rowHash of hashes) {
      // oxlint-disable-next-line no-await-in-loop
      const comparison = await databases.compare({ rowHash });
      expect(comparison.equality).toBe("equal");
      expect(cosmetic(comparison)).toEqual([]);
    }
    await databases.onTarget(newerOne.plant);
    const comparison = await databases.compare();
    expect(found(comparison)).toEqual(newerOne.planted);
    const rows = comparison.tables.map(({ table, drillDown }) => [
      table,
      drillDown?.rows.map(({ key, columns }) => [Object.values(key).join(" "), columns]).toSorted(),
    ]);
    expect(Object.fromEntries(rows)).toMatchObject(newerOne.rows);
  });
});
