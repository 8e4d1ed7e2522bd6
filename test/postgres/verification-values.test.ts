import { readFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { withServers } from "../support/postgres.ts";
import {
  type ComparedDatabases,
  comparedDatabases,
  found,
  roleNamingOf,
} from "../support/verification.ts";

const limitMs = 60_000;
const hashes = ["probed", "text-chain"] as const;

/** Two values of a type that its own equality, its hash or a careless checksum takes for one. */
const lookAlikes: readonly (readonly [type: string, source: string, target: string])[] = [
  ["numeric", "1.5", "1.500"],
  ["numeric", "0", "0.00"],
  ["numeric", "NaN", "0"],
  ["float8", "0", "-0"],
  ["float8", "0.1", "0.10000000000000002"],
  ["float4", "0.1", "0.10000001"],
  ["int8", "1", "4294967296"],
  ["int8", "5", "-6"],
  ["timestamptz", "2000-01-01 00:00:00.000001Z", "2000-01-01 01:11:34.967296Z"],
  ["timetz", "10:00+00", "12:00+02"],
  ["interval", "1 day", "24:00:00"],
  ["interval", "1 mon", "30 days"],
  ["jsonb", '{"a": 1.0}', '{"a": 1.00}'],
  ["json", '{"a":1}', '{"a": 1}'],
  ["inet", "10.0.0.1/8", "10.0.0.1/9"],
  ["bit varying", "101", "1010"],
  ["text", "é", "e\u0301"],
  ["text", "a", "a "],
  ["text", "", " "],
  ["text[]", "{a,NULL}", '{a,"NULL"}'],
  ["int[]", "{1,2,3}", "[0:2]={1,2,3}"],
  ["bytea", "\\x00ff", "\\x00fe"],
  ["citext", "A", "a"],
  ["no_case", "Case", "cASE"],
  ["no_case[]", "{Case}", "{cASE}"],
  ["mood", "sad", "happy"],
  ["mood[]", "{sad,happy}", "{happy,sad}"],
  ["pair", "(1,)", '(1,"")'],
  ["spread", "[0.1,0.2]", "[0.1,0.2)"],
  ["regclass", "pg_class", "pg_proc"],
  ["aclitem", "postgres=r/postgres", "postgres=w/postgres"],
  ["information_schema.yes_or_no", "YES", "NO"],
];

const setUp = `
  create extension citext;
  create collation no_case_collation (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create domain no_case as text collate no_case_collation;
  create type mood as enum ('sad', 'happy');
  create type pair as (a int, b text);
  create type spread as range (subtype = float8);
  ${lookAlikes.map(([type], at) => `create table t${at} (id int primary key, v ${type}, w text);`).join("\n")}
  create table rotated (id int primary key, a text, b numeric);
  create table twins (v text);
  create table shifted (id int primary key, a text, b text);
`;

/** Makes oids of user types differ between the sides, as after any dump and restore. */
const junk =
  "create type junk1 as enum ('x'); create type junk2 as (a int); create table junk3 (a int); drop table junk3; drop type junk1, junk2";

const literal = (value: string): string =>
  `E'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

describe("values that look alike", () => {
  const servers = withServers({ databases: [] });
  let databases: ComparedDatabases;

  beforeAll(async () => {
    databases = await comparedDatabases(servers.pair);
    await databases.onTarget(junk);
    // The same superuser name on both, which the aclitem names.
    await databases.onTarget(
      "do $$begin create role postgres; exception when duplicate_object then null; end$$",
    );
    await databases.both(setUp);
  }, limitMs);

  const insert = (pick: (look: (typeof lookAlikes)[number]) => string): string =>
    lookAlikes
      .map(
        (look, at) =>
          `truncate t${at}; insert into t${at} values (1, ${literal(pick(look))}, 'x'), (2, null, 'y');`,
      )
      .join("\n");

  it.each(hashes)("are equal where they are the same (%s)", async (rowHash) => {
    await databases.both(insert(([, source]) => source));
    const comparison = await databases.compare({ rowHash });
    expect(comparison.unchecked).toEqual([]);
    expect(found(comparison)).toEqual([]);
    expect(comparison.rowHash).toBe(rowHash === "probed" ? "record-send" : "text-chain");
  });

  it.each(hashes)("are told apart, key and column (%s)", async (rowHash) => {
    await databases.onSource(insert(([, source]) => source));
    await databases.onTarget(insert(([, , target]) => target));
    const { tables } = await databases.compare({
      rowHash,
      drillDown: { tables: 20, rows: 3, rowsRead: 1000 },
    });
    for (const [at, [type, source, target]] of lookAlikes.entries()) {
      const table = tables.find((one) => one.table === `"public"."t${at}"`);
      expect(table?.equality, `${type}: ${source} and ${target}`).toBe("different");
      if (table?.rowsNotNamed?.includes("first 20") === true) continue;
      expect(table?.drillDown?.rows, `${type}: ${source} and ${target}`).toEqual([
        { class: "changed", key: { id: "1" }, columns: ["v"] },
      ]);
    }
    await databases.both(`truncate ${lookAlikes.map((_, at) => `t${at}`).join(", ")}`);
  });

  it.each(hashes)("sees a column whose values all moved by one row (%s)", async (rowHash) => {
    await databases.both(
      "truncate rotated; insert into rotated select i, 'name ' || i, i * 1.1 from generate_series(1, 1000) i",
    );
    await databases.onTarget("update rotated set a = 'name ' || (id % 1000 + 1)");
    const comparison = await databases.compare({ rowHash });
    expect(found(comparison)).toEqual(['contents-differ "public"."rotated"']);
    const table = comparison.tables.find((one) => one.table === '"public"."rotated"');
    expect(table?.drillDown?.changed).toBe(1000);
    await databases.both("truncate rotated");
  });

  it.each(hashes)(
    "is misled by nobody's own cast of a server's type to text (%s)",
    async (rowHash) => {
      const own = await comparedDatabases(servers.pair);
      await own.both(`
      create function f(int[]) returns text language sql immutable as $$select 'x'::text$$;
      create function f(point) returns text language sql immutable as $$select 'x'::text$$;
      create cast (int[] as text) with function f(int[]); create cast (point as text) with function f(point);
      create domain whole as int[];
      create table t (id int primary key, a int[], p point, d whole);
      insert into t values (1, '{1}', '(1,1)', '{1}'), (2, '{1}', '(1,1)', '{1}'), (3, '{1}', '(1,1)', '{1}')`);
      const roles = roleNamingOf(servers.pair);
      expect(found(await own.compare({ rowHash, roles }))).toEqual([]);
      await own.onTarget(
        "update t set a = '{9}' where id = 1; update t set p = '(5,5)' where id = 2; update t set d = '{9}' where id = 3",
      );
      const { tables } = await own.compare({ rowHash, roles });
      expect(tables[0]?.drillDown?.rows.map(({ columns }) => columns)).toEqual([
        ["a"],
        ["p"],
        ["d"],
      ]);
    },
  );

  it.each(hashes)("sees that two equal rows became two others (%s)", async (rowHash) => {
    await databases.onSource("truncate twins; insert into twins values ('a'), ('a')");
    await databases.onTarget("truncate twins; insert into twins values ('b'), ('b')");
    expect(found(await databases.compare({ rowHash }))).toEqual([
      'contents-differ "public"."twins"',
    ]);
    await databases.onTarget("truncate twins; insert into twins values ('a'), ('a')");
    expect(found(await databases.compare({ rowHash }))).toEqual([]);
  });

  const shifts = [
    ["'a', 'bc'", "'ab', 'c'"],
    ["'b', null", "null, 'b'"],
    ["'', null", "null, ''"],
    ["'', ''", "null, null"],
    ["'=', null", "'', ''"],
    ["E'\\x01N', 'x'", "null, 'x'"],
  ] as const;

  it.each(shifts.flatMap((shift) => hashes.map((hash) => [...shift, hash] as const)))(
    "tells (%s) from (%s) (%s)",
    async (source, target, rowHash) => {
      await databases.onSource(`truncate shifted; insert into shifted values (1, ${source})`);
      await databases.onTarget(`truncate shifted; insert into shifted values (1, ${target})`);
      expect(found(await databases.compare({ rowHash }))).toEqual([
        'contents-differ "public"."shifted"',
      ]);
      await databases.both("truncate shifted");
    },
  );
});

const typesFile = path.resolve("../shared/facts/verification-sql/02-types.sql");
const typesSql = await readFile(typesFile, "utf8").catch(() => undefined);

// The file is not part of the project: without the shared folder there is nothing to read.
const shared = { meta: { whenSkipped: "needs the shared folder" } };

describe.skipIf(typesSql === undefined)("the shared table of every type", shared, () => {
  const servers = withServers({ databases: [] });

  it.each(hashes)(
    "is equal on both majors, and every column of a changed row is named (%s)",
    async (rowHash) => {
      const databases = await comparedDatabases(servers.pair);
      await databases.onTarget(junk);
      await databases.both(typesSql ?? "");
      const same = await databases.compare({ rowHash });
      expect(same.unchecked).toEqual([]);
      expect(found(same)).toEqual([]);
      expect(same.totals).toMatchObject({ tables: 1, sourceRows: 6n });

      // Row 6 is all NULL, row 1 has a value in every column.
      await databases.onTarget("delete from tt where id = 6; update tt set id = 6 where id = 1");
      await databases.onSource("delete from tt where id = 1");
      const limits = { tables: 1, rows: 1, rowsRead: 100, valueLength: 40 };
      const different = await databases.compare({ rowHash, drillDown: limits });
      const [table] = different.tables;
      const columns = table?.drillDown?.rows.flatMap((row) => row.columns ?? []) ?? [];
      expect(table?.drillDown).toMatchObject({ missing: 0, extra: 0, changed: 1 });
      expect(columns).toHaveLength(62);
      expect(columns).not.toContain("id");
      const values = table?.drillDown?.rows.flatMap((row) => row.values ?? []) ?? [];
      expect(values.map(({ column }) => column)).toEqual(columns.slice(0, 8));
    },
    limitMs,
  );
});
