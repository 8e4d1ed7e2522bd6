/**
 * A comparison while the source is written and the target follows: what is
 * wrong is confirmed by key and column, what is under way is not, and what is
 * always written is neither.
 */
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { CopyBehind, type Fence, type WrittenComparison } from "../../src/verification/index.ts";
import {
  type Followed,
  followedDatabases,
  startWriting,
  type Writing,
} from "../support/followed.ts";
import { withServers } from "../support/postgres.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { asRole, found, runSql, sideOf } from "../support/verification.ts";

const limitMs = 60_000;

const tables = `
  create table accounts (id bigint primary key, name text not null, nick text, balance numeric(12, 2));
  create table codes (country text, code text, note text, primary key (country, code));
  create table words ("the word" text primary key, n int);
  create table log (line text, kind text);
  create table busy (id int primary key, n int);
  create table flapping (id int primary key, v text);
  alter table log replica identity full;
  insert into accounts select i, 'name ' || i, case when i % 3 = 0 then null else 'nick ' || i end, i * 1.5 from generate_series(1, 5000) i;
  insert into codes select c, 'code ' || i, case when i % 2 = 0 then null else '' end from generate_series(1, 200) i, unnest(array['CA', 'O''B', '"x"']) c;
  insert into words select 'word ' || i || ' ü', i from generate_series(1, 1000) i;
  insert into log select 'line ' || i % 50, 'info' from generate_series(1, 500) i;
  insert into busy select i, 0 from generate_series(1, 10) i;
  insert into flapping select i, 'v' from generate_series(1, 10) i;
`;

/** Updates, inserts, deletes, and rows that are deleted and inserted again; never above id 4000 of what was there. */
function mixedWrite(n: number): string {
  const id = ((n * 7919) % 4000) + 1;
  switch (n % 6) {
    case 0:
      return `insert into accounts values (${100_000 + n}, 'new ${n}', null, ${n})`;
    case 1:
      return `delete from accounts where id = ${100_000 + n - 7}`;
    case 2:
      return `begin; delete from words where n = ${(n % 900) + 1}; insert into words values ('word ${(n % 900) + 1} ü', ${(n % 900) + 1}); commit`;
    case 3:
      return `update codes set note = case when note is null then 'note ${n}' end where country = 'CA' and code = 'code ${(n % 150) + 1}'`;
    default:
      return `update accounts set balance = ${n}, nick = case when nick is null then 'n' end where id = ${id}`;
  }
}

describe("a comparison while the source is written", () => {
  const servers = withServers({ databases: [] });
  const writings: Writing[] = [];
  let followed: Followed;

  const write = async (next: (n: number) => string, everyMs?: number): Promise<Writing> => {
    const writing = await startWriting(followed.source, next, everyMs);
    writings.push(writing);
    return writing;
  };

  const untilWritten = (writing: Writing, count: number) =>
    vi.waitFor(() => expect(writing.written).toBeGreaterThan(count), { timeout: 20_000 });

  /** Nothing is carried until the first fence: all that was written meanwhile differs at first. */
  async function behindAtFirst(least: number): Promise<Fence> {
    await followed.following(false);
    const writing = await write(mixedWrite);
    await untilWritten(writing, least);
    let on = false;
    return async (signal) => {
      if (!on) await followed.following(true);
      on = true;
      await followed.fence(signal);
    };
  }

  const tableOf = (comparison: WrittenComparison, name: string) =>
    comparison.tables.find(({ table }) => table === `"public"."${name}"`);

  beforeAll(async () => {
    followed = await followedDatabases(servers.pair, tables);
  }, limitMs);

  afterEach(async () => {
    await Promise.all(writings.splice(0).map((writing) => writing.stop()));
    await followed.following(true);
    await followed.fence(AbortSignal.timeout(20_000));
  });

  it("finds nothing where everything is only under way", async () => {
    const fence = await behindAtFirst(400);
    const comparison = await followed.compareWritten({ fence });
    expect(found(comparison)).toEqual([]);
    expect(comparison.unchecked).toEqual([]);
    expect(comparison.rounds).toBeGreaterThan(0);
    expect(comparison.written).toEqual([]);
    expect(comparison.equality).toBe("equal");
    expect(comparison.tables).toHaveLength(6);
    expect(comparison.sequences).toEqual([]);
  });

  it("confirms a changed cell, a missing row and an extra row, by key and column, and nothing else", async () => {
    const fence = await behindAtFirst(400);
    await followed.onTarget(`
      update accounts set nick = null where id = 4321;
      delete from accounts where id = 4322;
      insert into accounts values (77777777, 'nobody', null, null);
      update codes set note = null where country = 'O''B' and code = 'code 181';
      delete from words where "the word" = 'word 950 ü'`);
    try {
      const comparison = await followed.compareWritten({ fence });
      expect(found(comparison)).toEqual([
        'contents-differ "public"."accounts"',
        'contents-differ "public"."codes"',
        'row-count-differs "public"."words"',
      ]);
      expect(tableOf(comparison, "accounts")?.drillDown).toMatchObject({
        rows: [
          { class: "changed", key: { id: "4321" }, columns: ["nick"] },
          { class: "missing", key: { id: "4322" } },
          { class: "extra", key: { id: "77777777" } },
        ],
        missing: 1,
        extra: 1,
        changed: 1,
        sampled: false,
      });
      expect(tableOf(comparison, "codes")?.drillDown?.rows).toEqual([
        { class: "changed", key: { country: "O'B", code: "code 181" }, columns: ["note"] },
      ]);
      expect(tableOf(comparison, "words")?.drillDown?.rows).toEqual([
        { class: "missing", key: { "the word": "word 950 ü" } },
      ]);
      expect(comparison.equality).toBe("different");
      expect(comparison.unchecked).toEqual([]);
    } finally {
      await followed.onTarget(`
        update accounts set nick = 'nick 4321' where id = 4321;
        insert into accounts values (4322, 'name 4322', 'nick 4322', 6483.00);
        delete from accounts where id = 77777777;
        update codes set note = '' where country = 'O''B' and code = 'code 181';
        insert into words values ('word 950 ü', 950)`);
    }
  });

  it("confirms a write that was never carried", async () => {
    const writing = await write(mixedWrite);
    await untilWritten(writing, 100);
    await followed.lose("accounts", "update accounts set balance = -1 where id = 4500");
    try {
      const comparison = await followed.compareWritten();
      expect(found(comparison)).toEqual(['contents-differ "public"."accounts"']);
      expect(tableOf(comparison, "accounts")?.drillDown?.rows).toEqual([
        { class: "changed", key: { id: "4500" }, columns: ["balance"] },
      ]);
    } finally {
      await followed.onTarget("update accounts set balance = -1 where id = 4500");
    }
  });

  it("calls a row that is always written neither equal nor different, nor one that comes and goes", async () => {
    // Far away, as both clouds are: near by, a whole round fits between two writes.
    const [ours, theirs] = await Promise.all(
      [followed.source, followed.target].map((place) => startProxy(place)),
    );
    try {
      ours?.setLatency(40);
      theirs?.setLatency(40);
      await write((n) => `update busy set n = ${n} where id = 3`, 5);
      let there = true;
      await write(() => {
        there = !there;
        return there ? "insert into flapping values (5, 'v')" : "delete from flapping where id = 5";
      });
      const comparison = await followed.compareWritten({
        source: sideOf("source", { ...followed.source, port: ours?.port ?? 0 }),
        target: sideOf("target", { ...followed.target, port: theirs?.port ?? 0 }),
        fence: await behindAtFirst(100),
      });
      expect(found(comparison)).toEqual([]);
      expect(comparison.unchecked).toEqual([]);
      expect(comparison.written).toContainEqual({
        table: '"public"."busy"',
        rows: 1,
        keys: [{ id: "3" }],
        sampled: false,
      });
      expect(tableOf(comparison, "busy")?.equality).toBe("could-not-check");
      expect(tableOf(comparison, "accounts")?.equality).toBe("equal");
      expect(comparison.rounds).toBe(8);
    } finally {
      await Promise.all([ours?.close(), theirs?.close()]);
    }
  });

  it("looks at a table without a key as a whole: different only where nobody writes to it", async () => {
    await followed.onTarget("insert into log values ('line 1', 'info')");
    try {
      const still = await followed.compareWritten();
      expect(found(still)).toEqual(['row-count-differs "public"."log"']);
      expect(tableOf(still, "log")?.rowsNotNamed).toBe(
        "The table has no primary key to name a row by.",
      );
      await write((n) => `insert into log values ('line', '${n}')`, 5);
      const written = await followed.compareWritten();
      expect(found(written)).toEqual([]);
      expect(written.written).toEqual([
        { table: '"public"."log"', rows: undefined, keys: [], sampled: false },
      ]);
      expect(tableOf(written, "log")?.equality).toBe("could-not-check");
    } finally {
      await followed.onTarget(
        "delete from log where ctid = (select ctid from log where line = 'line 1' limit 1)",
      );
    }
  });

  it("says of a table that the role may not read that it could not be checked", async () => {
    await followed.both(`
      create role hot_reader login password 'reader';
      grant usage on schema opensauced_migrate to hot_reader;
      grant select on all tables in schema public to hot_reader;
      revoke select on codes from hot_reader`);
    const fence = await behindAtFirst(200);
    const reader = asRole(followed.source, "hot_reader", "reader");
    const comparison = await followed.compareWritten({
      source: sideOf("source", reader),
      fence,
    });
    expect(found(comparison)).toEqual([]);
    expect(comparison.unchecked.map(({ code, side, object }) => [code, side, object])).toEqual([
      ["permission-denied", "source", '"public"."codes"'],
    ]);
    expect(comparison.equality).toBe("could-not-check");
  });

  it("says when more rows differ than may be held, and takes what it saw of them for no answer", async () => {
    const fence = await behindAtFirst(400);
    const drillDown = { tables: 20, rows: 10, rowsRead: 100 };
    const comparison = await followed.compareWritten({ fence, options: { drillDown } });
    expect(found(comparison)).toEqual([]);
    expect(comparison.written).toContainEqual(
      expect.objectContaining({ table: '"public"."accounts"', sampled: true }),
    );
    expect(tableOf(comparison, "accounts")?.equality).toBe("could-not-check");
  });

  it("tells nothing that differs when the copy does not follow, and keeps what it could tell", async () => {
    await followed.following(false);
    await followed.onSource("update accounts set balance = 0 where id = 1");
    const comparison = await followed.compareWritten({
      fence: () => Promise.reject(new CopyBehind("the row has not arrived within 1s")),
    });
    expect(found(comparison)).toEqual([]);
    expect(comparison.equality).toBe("could-not-check");
    expect(comparison.unchecked).toEqual([
      expect.objectContaining({ code: "copy-behind", side: "target" }),
    ]);
    expect(tableOf(comparison, "codes")?.equality).toBe("equal");
  });

  it("ends at once on abort, in a fence or before, and leaves no session behind", async () => {
    await followed.onTarget("update accounts set nick = 'other' where id = 4600");
    const controller = new AbortController();
    const reached = Promise.withResolvers<void>();
    const fence: Fence = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        reached.resolve();
      });
    try {
      const comparing = followed.compareWritten({ fence, signal: controller.signal });
      const outcome = expect(comparing).rejects.toThrow("enough");
      await reached.promise;
      const started = performance.now();
      controller.abort(new Error("enough"));
      await outcome;
      expect(performance.now() - started).toBeLessThan(500);
      await vi.waitFor(
        async () => {
          const { rows } = await runSql(
            servers.pair.source.superuser,
            `select count(*)::int as sessions from pg_stat_activity
              where datname = '${followed.name}' and application_name = 'opensauced-migrate'`,
          );
          expect(rows[0].sessions).toBe(0);
        },
        { timeout: 5_000, interval: 50 },
      );
    } finally {
      await followed.onTarget("update accounts set nick = 'nick 4600' where id = 4600");
    }
  });
});
