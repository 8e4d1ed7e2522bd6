/**
 * Tables that were only counted before a deadline, compared later in the held
 * snapshots while an application writes to the target: exact, or told as what
 * could not be checked; and by the manifest once nobody holds them.
 */
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  compareDatabases,
  compareRestSince,
  type CompareOptions,
  type DatabaseComparison,
  type Held,
} from "../../src/verification/index.ts";
import { defaults } from "../../src/verification/compare-databases.ts";
import { compareContents } from "../../src/verification/contents/compare-contents.ts";
import { readTablePairs } from "../../src/verification/contents/table-pair.ts";
import { openSideSnapshot } from "../../src/verification/side-snapshot.ts";
import { startWriting, type Writing } from "../support/followed.ts";
import { attributesAdded, composites, withComposites } from "../support/composites.ts";
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

const schema = `
  create table users (id bigint primary key, name text not null, score numeric);
  create table log (line text, kind text);
  create table empty (id int primary key);
  insert into users select i, 'user ' || i, i from generate_series(1, 5000) i;
  insert into log select 'line ' || i % 10, null from generate_series(1, 100) i;
`;

/** Updates, inserts and deletes of rows that were there, of new ones, and of those without a key. */
function write(n: number): string {
  const id = ((n * 7919) % 4000) + 1;
  switch (n % 5) {
    case 0:
      return `insert into users values (${100_000 + n}, 'new', ${n})`;
    case 1:
      return `delete from users where id = ${id}`;
    case 2:
      return `delete from log where ctid = (select min(ctid) from log)`;
    case 3:
      return `insert into log values ('new ${n}', 'x')`;
    default:
      return `update users set score = ${n}, name = 'changed' where id = ${id}`;
  }
}

describe("what was only counted", () => {
  const servers = withServers({ databases: [] });
  let made: ComparedDatabases;
  const helds: Held[] = [];
  const writings: Writing[] = [];

  beforeAll(async () => {
    made = await comparedDatabases(servers.pair);
    await made.both(schema);
  }, limitMs);

  afterEach(async () => {
    await Promise.all(writings.splice(0).map((writing) => writing.stop()));
    await Promise.all(helds.splice(0).map((held) => held.close()));
  });

  const requestOf = ({ source, target }: ComparedDatabases, options: Partial<CompareOptions>) => ({
    source: sideOf("source", source),
    target: sideOf("target", target),
    signal: AbortSignal.timeout(limitMs),
    options: { roles: roleNamingOf(servers.pair), ...options },
  });

  /** Without any time, every table is only counted. */
  async function counted(
    databases: ComparedDatabases,
    options: Partial<CompareOptions> = {},
  ): Promise<{ comparison: DatabaseComparison; held: Held | undefined }> {
    let held: Held | undefined;
    const comparison = await compareDatabases({
      ...requestOf(databases, { withinMs: 0, manifest: true, ...options }),
      hold: (given) => helds.push((held = given)),
    });
    return { comparison, held };
  }

  async function heldOf(databases: ComparedDatabases): Promise<Held> {
    const { comparison, held } = await counted(databases);
    expect(found(comparison)).toEqual([]);
    if (held === undefined) throw new Error("Nothing is held.");
    return held;
  }

  const ask = (held: Held) => held.compare({ signal: AbortSignal.timeout(limitMs) });

  async function writtenTo(
    databases: ComparedDatabases,
    least = 60,
    next: (n: number) => string = write,
  ): Promise<void> {
    const writing = await startWriting(databases.target, next);
    writings.push(writing);
    await vi.waitFor(() => expect(writing.written).toBeGreaterThan(least), { timeout: 20_000 });
  }

  const copy = () => comparedDatabases(servers.pair, made.name);

  it("is neither equal nor different, with exact counts, and named", async () => {
    const { comparison } = await counted(await copy());
    expect(comparison.equality).toBe("could-not-check");
    expect(comparison.unchecked).toEqual([]);
    expect(comparison.differences).toEqual([]);
    expect(comparison.deferred.map(({ table }) => table)).toEqual([
      '"public"."log"',
      '"public"."users"',
    ]);
    expect(comparison.tables.map(({ sourceRows, depth }) => [sourceRows, depth])).toEqual([
      // Nothing could differ in it.
      [0n, "contents"],
      [100n, "counts"],
      [5000n, "counts"],
    ]);
    expect(
      Object.values(comparison.manifest?.tables ?? {}).map(([rows, hash]) => [rows, hash]),
    ).toEqual(expect.arrayContaining([["5000", ""]]));
  });

  it("is what does not fit into the time that is left; smaller tables are compared", async () => {
    const { source: from, target: to } = await copy();
    const signal = AbortSignal.timeout(limitMs);
    const [source, target] = await Promise.all([
      openSideSnapshot(sideOf("source", from), 2, signal),
      openSideSnapshot(sideOf("target", to), 2, signal),
    ]);
    try {
      const { pairs } = await readTablePairs(source, target, []);
      // As if it were a table of 10 TB, which nobody reads in ten seconds.
      const large = pairs.map((pair) =>
        pair.table === '"public"."users"'
          ? { ...pair, source: { ...pair.source, bytes: 10n ** 13n } }
          : pair,
      );
      const { tables, deferred } = await compareContents({
        source,
        target,
        pairs: large,
        hash: "record-send",
        options: defaults,
        signal,
        until: performance.now() + 10_000,
        onBytes: () => undefined,
        onDrillDown: () => undefined,
      });
      expect(tables.map(({ table, depth, equality }) => [table, depth, equality])).toEqual([
        ['"public"."empty"', "contents", "equal"],
        ['"public"."log"', "contents", "equal"],
        ['"public"."users"', "counts", "could-not-check"],
      ]);
      expect(deferred).toEqual([{ table: '"public"."users"', bytes: 10n ** 13n }]);
    } finally {
      await Promise.all([source.close(), target.close()]);
    }
  });

  it("holds nothing where there was time for everything, or nobody asked for it", async () => {
    const databases = await copy();
    const { comparison, held } = await counted(databases, { withinMs: limitMs });
    expect(comparison.equality).toBe("equal");
    expect(comparison.deferred).toEqual([]);
    expect(held).toBeUndefined();
    const unasked = await databases.compare({
      withinMs: 0,
      roles: roleNamingOf(servers.pair),
    });
    expect(unasked.deferred).toHaveLength(2);
    await vi.waitFor(async () => expect(await sessionsOn(databases)).toBe(0));
  });

  it("tells a count that differs, and names its rows, without any time", async () => {
    const databases = await copy();
    await databases.onTarget("delete from users where id = 7");
    const { comparison } = await counted(databases);
    expect(comparison.equality).toBe("different");
    expect(found(comparison)).toEqual(['row-count-differs "public"."users"']);
    expect(comparison.deferred).toHaveLength(1);
    const users = comparison.tables.find(({ table }) => table === '"public"."users"');
    expect(users?.drillDown?.rows).toEqual([{ class: "missing", key: { id: "7" } }]);
  });

  it("is found equal in the snapshots while an application updates, inserts and deletes", async () => {
    const databases = await copy();
    const held = await heldOf(databases);
    await writtenTo(databases, 500);
    const comparison = await ask(held);
    expect(comparison.unchecked).toEqual([]);
    expect(found(comparison)).toEqual([]);
    expect(comparison.equality).toBe("equal");
    expect(comparison.totals.sourceRows).toBe(5100n);
    expect(comparison.totals.targetRows).toBe(5100n);
    // It proves something: as they are now, the tables differ.
    const now = await databases.compare({ roles: roleNamingOf(servers.pair) });
    expect(found(now).join()).toMatch(/(row-count-differs|contents-differ) "public"\."users"/);
    await vi.waitFor(async () => expect(await sessionsOn(databases)).toBe(writings.length));
  });

  it("is found different, by key and column, though the application has overwritten it since", async () => {
    const databases = await copy();
    await databases.onTarget(`update users set score = -1 where id = 4500;
      update users set id = 99999 where id = 4501;
      update log set kind = 'lost' where ctid = '(0,3)'`);
    const held = await heldOf(databases);
    await databases.onTarget(
      "update users set score = id where id = 4500; delete from users where id = 99999",
    );
    await writtenTo(databases);
    const comparison = await ask(held);
    expect(found(comparison)).toEqual([
      'contents-differ "public"."log"',
      'contents-differ "public"."users"',
    ]);
    const users = comparison.tables.find(({ table }) => table === '"public"."users"');
    expect(users?.drillDown?.rows).toEqual(
      expect.arrayContaining([
        { class: "changed", key: { id: "4500" }, columns: ["score"] },
        { class: "missing", key: { id: "4501" } },
        { class: "extra", key: { id: "99999" } },
      ]),
    );
    expect(comparison.unchecked).toEqual([]);
  });

  it.each([
    ["truncated", "truncate users", "truncated"],
    [
      "truncated and filled as it was",
      "create temp table kept as table users; truncate users; insert into users select * from kept",
      "truncated",
    ],
    ["rewritten by another type", "alter table users alter id type int", "rewritten"],
    ["rewritten in another order", "vacuum full users", "rewritten"],
    ["dropped", "drop table users", "dropped"],
    [
      "made anew",
      "alter table users rename to old; create table users (like old including all); insert into users select * from old",
      "rewritten",
    ],
    [
      "changed: a column made anew",
      "alter table users drop score; alter table users add score numeric",
      "altered",
    ],
    [
      "changed: two columns that took each other's names",
      "alter table users add x text; alter table users rename name to y; alter table users rename x to name",
      "altered",
    ],
  ])("is neither equal nor different once it was %s", async (_, sql, why) => {
    const databases = await copy();
    const held = await heldOf(databases);
    await databases.onTarget(sql);
    await writtenTo(databases, 5, (n) => `insert into log values ('new ${n}', 'x')`);
    const comparison = await ask(held);
    expect(found(comparison)).toEqual([]);
    const users = comparison.tables.find(({ table }) => table === '"public"."users"');
    expect(users?.equality).toBe("could-not-check");
    const reasons = comparison.unchecked.filter(({ object }) => object === '"public"."users"');
    expect(reasons.map(({ reason }) => reason).join()).toContain(why);
    expect(comparison.tables.find(({ table }) => table === '"public"."log"')?.equality).toBe(
      "equal",
    );
  });

  it("is neither equal nor different once an attribute was added to a composite type of it", async () => {
    const databases = await comparedDatabases(servers.pair);
    await databases.both(composites);
    const held = await heldOf(databases);
    await databases.onTarget(attributesAdded);
    const comparison = await ask(held);
    expect(found(comparison)).toEqual([]);
    expect(comparison.unchecked.map(({ object }) => object)).toEqual(
      withComposites.map((table) => `"public"."${table}"`),
    );
  });

  it("is neither equal nor different once the source was truncated", async () => {
    const databases = await copy();
    const held = await heldOf(databases);
    await databases.onSource("truncate log");
    const comparison = await ask(held);
    expect(found(comparison)).toEqual([]);
    expect(comparison.unchecked.map(({ reason }) => reason).join()).toContain("on the source");
  });

  it("goes on when one session of several is ended, and cannot be checked when all are", async () => {
    const databases = await copy();
    const held = await heldOf(databases);
    await endSessions(databases, 1);
    await held.pulse();
    const some = await ask(held);
    expect(some.equality).toBe("equal");

    const other = await heldOf(databases);
    await other.pulse();
    await endSessions(databases);
    await other.pulse();
    const none = await ask(other);
    expect(none.equality).toBe("could-not-check");
    expect(found(none)).toEqual([]);
    expect(none.tables.every(({ equality }) => equality === "could-not-check")).toBe(true);
    expect(new Set(none.unchecked.map(({ code }) => code))).toEqual(new Set(["connection-lost"]));
  });

  it("is let go of when its time is over, with the reason, and when the run's signal fires", async () => {
    const databases = await copy();
    const held = await heldOf(databases);
    held.limitTo(1, "it was held for an hour");
    await vi.waitFor(async () => expect(await sessionsOn(databases)).toBe(0));
    const comparison = await ask(held);
    expect(comparison.equality).toBe("could-not-check");
    expect(comparison.unchecked[0]?.reason).toContain("it was held for an hour");

    const stopping = new AbortController();
    let taken: Held | undefined;
    await compareDatabases({
      ...requestOf(databases, { withinMs: 0 }),
      signal: stopping.signal,
      hold: (given) => helds.push((taken = given)),
    });
    expect(taken?.tables).toHaveLength(2);
    stopping.abort(new Error("stopped"));
    await vi.waitFor(async () => expect(await sessionsOn(databases)).toBe(0));
  });

  it("holds as many sessions as it is told to, and an abort of the asking ends them", async () => {
    const databases = await copy();
    const held = await heldOf(databases);
    expect(await sessionsOn(databases)).toBe(2);
    await held.keep(1);
    await vi.waitFor(async () => expect(await sessionsOn(databases)).toBe(1));
    const reason = new Error("no more");
    const asking = held.compare({
      signal: AbortSignal.abort(reason),
    });
    await expect(asking).rejects.toBe(reason);
    const stopping = new AbortController();
    const begun = held.compare({
      signal: stopping.signal,
      onProgress: () => stopping.abort(reason),
    });
    await expect(begun).rejects.toBe(reason);
    await vi.waitFor(async () => expect(await sessionsOn(databases)).toBe(0));
  });

  describe("once nobody holds it", () => {
    async function rest(
      databases: ComparedDatabases,
      before: string,
      sourceDoubt?: string,
    ): Promise<(after: string) => Promise<DatabaseComparison>> {
      if (before !== "") await databases.onTarget(before);
      const { comparison } = await counted(databases, { countedWithinMs: 1500 });
      const { manifest } = comparison;
      if (manifest === undefined) throw new Error("There is no manifest.");
      return async (after) => {
        if (after !== "") await databases.onTarget(after);
        return compareRestSince(
          requestOf(databases, { sourceDoubt, countedWithinMs: 1500 }),
          manifest,
        );
      };
    }

    const inserted =
      "insert into users values (100000, 'new', 1); insert into log values ('x', 'y')";

    it("is equal by the source, which stands as it was, when rows were only added since", async () => {
      const comparison = await (await rest(await copy(), ""))(inserted);
      expect(comparison.unchecked).toEqual([]);
      expect(comparison.equality).toBe("equal");
      const users = comparison.tables.find(({ table }) => table === '"public"."users"');
      expect(users?.since).toEqual({ newer: 1n, modified: 0n, gone: 0n });
    });

    it("names what had been wrong before, while nobody has changed it", async () => {
      const ask = await rest(await copy(), "update users set score = -1 where id = 4500");
      const comparison = await ask(inserted);
      expect(found(comparison)).toEqual(['untouched-rows-differ "public"."users"']);
      const users = comparison.tables.find(({ table }) => table === '"public"."users"');
      expect(users?.drillDown?.rows).toEqual([
        { class: "changed", key: { id: "4500" }, columns: ["score"] },
      ]);
    });

    it("is not known where rows were changed since that had never been compared", async () => {
      const ask = await rest(await copy(), "update users set score = -1 where id = 4500");
      const comparison = await ask("update users set name = 'seen' where id = 4500");
      expect(found(comparison)).toEqual([]);
      expect(comparison.equality).toBe("could-not-check");
      expect(comparison.unchecked.map(({ code, object }) => `${code} ${object}`)).toEqual([
        'written-since-cutover "public"."users"',
      ]);
    });

    it("is not known when the source may have been written, or a table is gone", async () => {
      const databases = await copy();
      const doubted = await (await rest(databases, "", "the source was restarted"))("");
      expect(doubted.equality).toBe("could-not-check");
      expect(doubted.unchecked).toHaveLength(2);
      expect(doubted.unchecked[0]?.reason).toContain("the source was restarted");
      const ask = await rest(databases, "");
      const dropped = await ask("drop table users");
      expect(dropped.equality).toBe("could-not-check");
      expect(dropped.unchecked.map(({ code, object }) => `${code} ${object}`)).toEqual([
        'vanished "public"."users"',
      ]);
      await databases.onSource(
        "update log set kind = 'late'; delete from log where line = 'line 1'",
      );
      const written = await ask("");
      expect(written.unchecked.map(({ object }) => object)).toContain('"public"."log"');
    });
  });

  it(
    "cannot be checked after a restart of the target",
    async () => {
      const databases = await copy();
      const held = await heldOf(databases);
      await servers.pair.target.restart({ mode: "fast" });
      const comparison = await ask(held);
      expect(comparison.equality).toBe("could-not-check");
      expect(found(comparison)).toEqual([]);
      expect(comparison.unchecked).not.toEqual([]);
      expect(comparison.unchecked.every(({ code }) => code === "connection-lost")).toBe(true);
    },
    limitMs,
  );

  /** Others' on the target, but for those that write. */
  async function sessionsOn({ target }: ComparedDatabases): Promise<number> {
    const { rows } = await runSql(
      target,
      `select count(*)::int as n from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    );
    return (rows[0] as { n: number }).n;
  }

  async function endSessions({ target }: ComparedDatabases, most = 100): Promise<void> {
    await runSql(
      target,
      `select pg_terminate_backend(pid, 10000) from (
        select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
          and backend_type = 'client backend' order by backend_start limit ${most}) s`,
    );
  }
});
