/** A comparison that was cut off goes on where it was; whatever may have moved since is read again, and said. */
import { beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../src/providers/postgres/index.ts";
import {
  type CompareOptions,
  compareDatabases,
  type DatabaseComparison,
  type ReadBatch,
  type Side,
  type SideLabel,
} from "../../src/verification/index.ts";
import { withServers } from "../support/postgres.ts";
import {
  type ComparedDatabases,
  comparedDatabases,
  found,
  roleNamingOf,
  runSql,
  sideOf,
} from "../support/verification.ts";

const limitMs = 60_000;

/** The two large tables have several parts each, and `orders`, the larger one, comes first. */
const sliceBytes = 128 * 1024;
const schema = `
  create table users (id bigint primary key, name text not null);
  create table orders (id bigint primary key, paid boolean default true, line text);
  create table few (id int primary key);
  insert into users select i, 'user ' || i || repeat('x', 60) from generate_series(1, 2500) i;
  insert into orders select i, true, repeat('y', 130) from generate_series(1, 6000) i;
  insert into few select i from generate_series(1, 50) i;
`;

const mayHaveWritten =
  "somebody else is connected to the database and may have written what is not counted yet";

/** `source orders 0-16` */
type Part = string;

const partsOf = (batches: readonly ReadBatch[]): Part[] =>
  batches.flatMap(({ sides }) =>
    sides.flatMap(({ side, tables }) =>
      Object.entries(tables).flatMap(([table, [, , , slices]]) =>
        slices.map(([range]) => `${side} ${bare(table)} ${range}`),
      ),
    ),
  );

const bare = (table: string): string => table.replaceAll(/"public"\.|"/g, "");

const read =
  /from only "public"\."(\w+)"(?: where ctid >= '\((\d+),0\)'::pg_catalog\.tid(?: and ctid < '\((\d+),0\)'::pg_catalog\.tid)?)?(?=\n|;|$)/g;

/** Writes down every part of a table that is really asked for. */
function watched(side: Side, asked: Part[]): Side {
  return {
    ...side,
    connect: async (signal) => {
      const client = await side.connect(signal);
      const query = client.query.bind(client) as (...words: unknown[]) => unknown;
      const watch = (...words: unknown[]): unknown => {
        const [given] = words as [string | { readonly text?: string }];
        const text = typeof given === "string" ? given : (given.text ?? "");
        for (const [, table, from, to = ""] of text.matchAll(read)) {
          asked.push(`${side.label} ${table} ${from === undefined ? "all" : `${from}-${to}`}`);
        }
        return query(...words);
      };
      client.query = watch as typeof client.query;
      return client;
    },
  };
}

interface Again {
  readonly comparison: DatabaseComparison;
  /** In the order in which they were asked for. */
  readonly asked: readonly Part[];
}

describe("a comparison that was cut off", () => {
  const servers = withServers();
  let made: ComparedDatabases;
  /** Of a comparison that is not cut off. */
  let all: readonly Part[];

  beforeAll(async () => {
    made = await comparedDatabases(servers.pair);
    await made.both(schema);
    all = (await compare(made)).asked;
    expect(all.length).toBeGreaterThan(20);
    expect(new Set(all).size).toBe(all.length);
  }, limitMs);

  async function compare(
    { source, target }: ComparedDatabases,
    options: Partial<CompareOptions> = {},
    signal: AbortSignal = AbortSignal.timeout(limitMs),
  ): Promise<Again> {
    const asked: Part[] = [];
    const comparison = await compareDatabases({
      source: watched(sideOf("source", source), asked),
      target: watched(sideOf("target", target), asked),
      signal,
      options: { sessions: 1, roles: roleNamingOf(servers.pair), sliceBytes, ...options },
    });
    return { comparison, asked };
  }

  interface CutOff extends ComparedDatabases {
    /** Read before it was cut off: all of `orders`, and some of `users`, on both sides. */
    readonly known: readonly Part[];
    again(options?: Partial<CompareOptions>): Promise<Again>;
  }

  const parts = (of: readonly Part[], side: SideLabel, table: string): Part[] =>
    of.filter((part) => part.startsWith(`${side} ${table} `)).toSorted();

  async function cutOff(): Promise<CutOff> {
    const databases = await comparedDatabases(servers.pair, made.name);
    const batches: ReadBatch[] = [];
    const stop = new AbortController();
    const onRead = (batch: ReadBatch): Promise<void> => {
      batches.push(batch);
      const known = partsOf(batches);
      const begun = (["source", "target"] as const).every(
        (side) => parts(known, side, "users").length > 0,
      );
      if (begun) stop.abort(new Error("cut off"));
      return Promise.resolve();
    };
    await expect(compare(databases, { onRead, readEveryMs: 0 }, stop.signal)).rejects.toThrow(
      "cut off",
    );
    const known = partsOf(batches);
    expect(parts(known, "source", "orders")).toEqual(parts(all, "source", "orders"));
    expect(known.length).toBeLessThan(all.length);
    // As a journal would have kept them.
    const kept = JSON.parse(JSON.stringify(batches)) as ReadBatch[];
    return {
      ...databases,
      known,
      again: (options) => compare(databases, { read: kept, ...options }),
    };
  }

  const redone = ({ comparison }: Again): string[] =>
    (comparison.resumed?.redone ?? [])
      .map(({ side, table, because }) => `${side} ${bare(table)}: ${because}`)
      .toSorted();

  /** Of what was known nothing is asked for again but these tables, and they are whole. */
  function expectAsked(
    { asked }: Again,
    { known }: CutOff,
    anew: readonly (readonly [SideLabel, string])[] = [],
  ): void {
    const isAnew = (part: Part) =>
      anew.some(([side, table]) => part.startsWith(`${side} ${table} `));
    const wanted = all.filter((part) => isAnew(part) || !known.includes(part));
    expect(asked.toSorted()).toEqual(wanted.toSorted());
  }

  it("reads what is missing and no more, and says the same", async () => {
    const databases = await cutOff();
    const again = await databases.again();
    expectAsked(again, databases);
    expect(again.comparison.equality).toBe("equal");
    expect(again.comparison.resumed).toMatchObject({ slices: databases.known.length, redone: [] });
    expect(again.comparison.totals).toMatchObject({
      tables: 3,
      tablesEqual: 3,
      sourceRows: 8_550n,
      targetRows: 8_550n,
    });
  });

  it("reads nothing again for transactions that wrote elsewhere, and for a clean restart", async () => {
    const databases = await cutOff();
    await databases.both("create schema later");
    await servers.pair.target.restart({ mode: "fast" });
    const again = await databases.again();
    expectAsked(again, databases);
    expect(again.comparison.equality).toBe("equal");
    expect(redone(again)).toEqual([]);
  });

  it.each([
    ["onSource", "source"],
    ["onTarget", "target"],
  ] as const)("finds a row that was changed in between, %s", async (where, side) => {
    const databases = await cutOff();
    await databases[where]("update orders set paid = false where id = 7");
    const again = await databases.again();
    expect(found(again.comparison)).toEqual(['contents-differ "public"."orders"']);
    expect(redone(again)).toEqual([`${side} orders: it was written`]);
    expect(parts(again.asked, side, "orders")).toEqual(
      expect.arrayContaining(parts(all, side, "orders")),
    );
    expect(again.comparison.tables[1]).toMatchObject({
      drillDown: { rows: [{ class: "changed", key: { id: "7" }, columns: ["paid"] }] },
    });
  });

  it.each([
    ["a rewritten table", "vacuum full orders", "it was truncated, rewritten or altered"],
    [
      "a truncation that is filled again",
      "create table kept as table orders; truncate orders; insert into orders table kept; drop table kept",
      "it was truncated, rewritten or altered",
    ],
  ])("reads again, and finds equal, %s", async (_, sql, because) => {
    const databases = await cutOff();
    await databases.onTarget(sql);
    const again = await databases.again();
    expect(again.comparison.equality).toBe("equal");
    expect(redone(again)).toEqual([`target orders: ${because}`]);
    expectAsked(again, databases, [["target", "orders"]]);
  });

  it("reads again a table of other columns, and of one that was made anew without being rewritten", async () => {
    const databases = await cutOff();
    await databases.both("alter table users add age int not null default 7");
    await databases.onTarget(
      "alter table orders drop column paid; alter table orders add paid boolean default false",
    );
    const again = await databases.again();
    expect(found(again.comparison)).toContain('contents-differ "public"."orders"');
    expect(redone(again)).toEqual([
      "source users: its columns are others",
      "target orders: it was truncated, rewritten or altered",
      "target users: its columns are others",
    ]);
  });

  /** All tables of the target of which something was known; the smallest may be among them. */
  function expectTargetRedone(again: Again, databases: CutOff, because: string): void {
    const tables = ["few", "orders", "users"].filter(
      (table) => parts(databases.known, "target", table).length > 0,
    );
    expect(tables).toEqual(expect.arrayContaining(["orders", "users"]));
    expect(redone(again)).toEqual(tables.map((table) => `target ${table}: ${because}`));
    expectAsked(
      again,
      databases,
      tables.map((table) => ["target", table]),
    );
  }

  it.each([
    ["at the same transaction", "select 1"],
    ["and other transactions", "create schema later"],
  ])("reads again all of a side that crashed, %s", async (_, sql) => {
    const databases = await cutOff();
    await servers.pair.target.restart({ mode: "immediate" });
    await databases.both(sql);
    const again = await databases.again();
    expect(again.comparison.equality).toBe("equal");
    expectTargetRedone(
      again,
      databases,
      "the server crashed or was replaced, or its counters were reset",
    );
  });

  it("reads again a database that was dropped and made anew", async () => {
    const databases = await cutOff();
    const { name } = databases;
    const { superuser } = servers.pair.target;
    await runSql(superuser, `drop database ${name}`);
    await runSql(superuser, `create database ${name} template ${made.name}`);
    const again = await databases.again();
    expect(again.comparison.equality).toBe("equal");
    expectTargetRedone(again, databases, "the database is another one");
  });

  it("reads again a target to which somebody is connected, whose writes may not be counted yet", async () => {
    const databases = await cutOff();
    const signal = AbortSignal.timeout(limitMs);
    const options = { server: "test", signal, write: true, applicationName: "psql" };
    const somebody = await connect(databases.target, options);
    try {
      await somebody.query("update orders set paid = false where id = 7");
      // Mostly it is not counted yet: that comes a second later, or when the session ends.
      await somebody.query("update orders set paid = null where id = 8");
      const again = await databases.again();
      expect(found(again.comparison)).toEqual(['contents-differ "public"."orders"']);
      expect(redone(again)).toContain(`target users: ${mayHaveWritten}`);
    } finally {
      await somebody.end();
    }
  });

  it("reads nothing again for somebody who has been idle for so long that he has counted", async () => {
    const databases = await cutOff();
    const signal = AbortSignal.timeout(limitMs);
    const options = { server: "test", signal, applicationName: "psql" };
    const somebody = await connect(databases.target, options);
    try {
      await databases.both("create schema later");
      await databases.onTarget("select pg_sleep(0.1)");
      expect(redone(await databases.again({ countedWithinMs: 50 }))).toEqual([]);
      expectTargetRedone(await databases.again(), databases, mayHaveWritten);
    } finally {
      await somebody.end();
    }
  });

  it("hands out nothing of a comparison that is done before its time", async () => {
    const batches: ReadBatch[] = [];
    const onRead = (batch: ReadBatch) => Promise.resolve(void batches.push(batch));
    await compare(made, { onRead });
    expect(batches).toEqual([]);
  });
});
