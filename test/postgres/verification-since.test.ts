/** Rows of a target that applications write to, against what was proven when both sides stood still. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { connect } from "../../src/providers/postgres/index.ts";
import {
  compareDatabases,
  type DatabaseComparison,
  type Manifest,
} from "../../src/verification/index.ts";
import { attributesAdded, composites, withComposites } from "../support/composites.ts";
import { startWriting } from "../support/followed.ts";
import { hashForm } from "../../src/verification/contents/row-hash.ts";
import { withServers } from "../support/postgres.ts";
import {
  type ComparedDatabases,
  comparedDatabases,
  cosmetic,
  found,
  roleNamingOf,
  runSql,
  sideOf,
} from "../support/verification.ts";

const limitMs = 60_000;
/** Here sessions end when they have written, and count it at once. */
const countedWithinMs = 1500;

const schema = `
  create table users (id bigint primary key, name text not null, score numeric);
  create table orders (shop int, code text, paid boolean, primary key (shop, code));
  create table log (line text, kind text);
  create table untouched (id int primary key);
  insert into users select i, 'user ' || i, i from generate_series(1, 20000) i;
  insert into orders select i % 7, 'Ä' || i, i % 2 = 0 from generate_series(1, 500) i;
  insert into log select 'line ' || i % 10, null from generate_series(1, 100) i;
  insert into untouched select generate_series(1, 50);
`;

describe("since the cut-over", () => {
  const servers = withServers();
  let made: ComparedDatabases;

  beforeAll(async () => {
    made = await comparedDatabases(servers.pair);
    await made.both(schema);
  }, limitMs);

  interface Proven extends ComparedDatabases {
    readonly manifest: Manifest;
    since(manifest?: Manifest, sessions?: number): Promise<DatabaseComparison>;
  }

  /** Two databases that were equal, with the manifest of that. */
  async function proven(): Promise<Proven> {
    const databases = await comparedDatabases(servers.pair, made.name);
    const roles = roleNamingOf(servers.pair);
    const { equality, manifest } = await databases.compare({ roles, manifest: true });
    if (equality !== "equal" || manifest === undefined) throw new Error("They are not equal.");
    const since = (known = manifest, sessions = 2) =>
      databases.compare({ roles, since: known, sessions, countedWithinMs });
    return { ...databases, manifest, since };
  }

  /** As if what is on the target now had been there at the freeze already, seen by nobody. */
  async function unseen({ target, manifest }: Proven): Promise<Manifest> {
    const { rows } = await runSql(
      target,
      "select txid_snapshot_xmax(txid_current_snapshot())::text as xid",
    );
    return { ...manifest, xid: (rows[0] as { xid: string }).xid };
  }

  /** Newer, modified and gone rows of the tables that have any. */
  const figures = ({ tables }: DatabaseComparison) =>
    Object.fromEntries(
      tables.flatMap(({ table, since }): [string, number[]][] => {
        if (since === undefined) return [[table, []]];
        const { newer, modified, gone } = since;
        return newer + modified + gone === 0n ? [] : [[table, [newer, modified, gone].map(Number)]];
      }),
    );

  it("is equal when nobody wrote", async () => {
    const databases = await proven();
    const comparison = await databases.since();
    expect(comparison.unchecked).toEqual([]);
    expect(found(comparison)).toEqual([]);
    expect(comparison.equality).toBe("equal");
    expect(figures(comparison)).toEqual({});
    expect(Object.keys(databases.manifest.tables)).toHaveLength(4);
  });

  it("is equal, with figures, when applications inserted, updated and deleted", async () => {
    const databases = await proven();
    await databases.onTarget(`
      insert into users select i, 'new', 0 from generate_series(20001, 20300) i;
      update users set name = 'renamed' where id % 3 = 0;
      delete from users where id between 100 and 109;
      update orders set paid = not paid where shop = 3;
      delete from log where ctid in (select ctid from log limit 5);
      insert into log values ('line 1', null)`);
    await databases.onTarget("begin; update users set name = 'never' where id = 1; rollback");
    await databases.onTarget("vacuum (freeze) users");
    const comparison = await databases.since();
    expect(comparison.unchecked).toEqual([]);
    expect(found(comparison)).toEqual([]);
    expect(comparison.equality).toBe("equal");
    expect(figures(comparison)).toEqual({
      '"public"."users"': [6666 + 300 - 3, 6666 - 3, 10],
      '"public"."orders"': [72, 72, 0],
      '"public"."log"': [1, 5, 0],
    });
    expect(figures(await databases.since(databases.manifest, 1))).toEqual(figures(comparison));
  });

  it("names a row that nobody wrote and that is not as it was, among thousands that were written", async () => {
    const databases = await proven();
    await databases.onTarget(`
      update users set score = -1 where id = 100;
      insert into users values (-5, 'who', 0);
      update orders set paid = null where shop = 1 and code = 'Ä1';
      update log set kind = '' where ctid = '(0,3)'`);
    const known = await unseen(databases);
    await databases.onTarget(
      "update users set name = 'renamed' where id % 3 = 0; insert into users values (30000, 'x', 1)",
    );
    const comparison = await databases.since(known);
    expect(found(comparison)).toEqual([
      'untouched-rows-differ "public"."log"',
      'untouched-rows-differ "public"."orders"',
      'untouched-rows-differ "public"."users"',
    ]);
    const rows = (name: string) =>
      comparison.tables.find(({ table }) => table === name)?.drillDown?.rows;
    expect(rows('"public"."users"')).toEqual([
      { class: "changed", key: { id: "100" }, columns: ["score"] },
      { class: "extra", key: { id: "-5" } },
    ]);
    expect(rows('"public"."orders"')).toEqual([
      { class: "changed", key: { shop: "1", code: "Ä1" }, columns: ["paid"] },
    ]);
  });

  it(
    "names rows that are gone and that no application deleted",
    async () => {
      const databases = await proven();
      await databases.onTarget("delete from users where id in (7, 8)");
      const known = await unseen(databases);
      const changed = (await databases.since(known)).tables.find(
        ({ table }) => table === '"public"."users"',
      );
      expect(changed?.equality).toBe("equal");
      // The counters of the deletes are from before, too: as it is when rows never arrived.
      const [rows, hash, counted, file] = known.tables['"public"."users"'] ?? ["", "", "", ""];
      const lost: Manifest = {
        ...known,
        tables: {
          ...known.tables,
          '"public"."users"': [rows, hash, String(Number(counted) + 2), file],
        },
      };
      await databases.onTarget("update users set name = 'later' where id = 9");
      const comparison = await databases.since(lost);
      expect(found(comparison)).toEqual(['rows-lost-since-cutover "public"."users"']);
      const [difference] = comparison.differences;
      expect(difference?.target).toBe(
        "3 rows changed or gone, and the target counted 1 updates and deletes",
      );
      expect(
        comparison.tables.find(({ table }) => table === '"public"."users"')?.drillDown,
      ).toMatchObject({ missing: 2, rows: [{ key: { id: "7" } }, { key: { id: "8" } }] });
    },
    limitMs,
  );

  it(
    "finds rows that are gone and were not counted, behind many updates of one row",
    async () => {
      const updates =
        "do $$ begin for i in 1..500 loop update users set score = i where id = 1; end loop; end $$";
      const databases = await proven();
      await databases.onTarget(updates);
      await databases.onTarget(
        "set session track_counts = off; delete from users where id between 1001 and 1400",
      );
      const comparison = await databases.since();
      expect(found(comparison)).toEqual(['rows-lost-since-cutover "public"."users"']);
      expect(comparison.differences[0]?.target).toBe(
        "401 rows changed or gone, at least 400 of them by nothing that the target counted: 500 updates, 0 deletes, and 1 row written since",
      );

      const counted = await proven();
      await counted.onTarget(updates);
      await counted.onTarget("delete from users where id between 1001 and 1400");
      const explained = await counted.since();
      expect(explained.equality).toBe("equal");
      expect(figures(explained)).toEqual({ '"public"."users"': [1, 1, 400] });
    },
    limitMs,
  );

  it("takes no row for lost that goes on under another key, or was made anew", async () => {
    const databases = await proven();
    await databases.onTarget(`
      update users set id = id + 100000 where id <= 300;
      update users set id = id + 100000 where id between 301 and 310;
      delete from users where id > 100300;
      delete from users where id between 401 and 420;
      insert into users select i, 'anew', 0 from generate_series(401, 420) i;
      insert into users select i, 'upserted', 0 from generate_series(501, 510) i
        on conflict (id) do update set name = excluded.name;
      update log set line = line || '!' where ctid in (select ctid from log limit 7)`);
    await databases.onTarget(`
      begin; delete from users where id > 19000; update users set score = -2 where id > 18000; rollback`);
    const comparison = await databases.since();
    expect(comparison.unchecked).toEqual([]);
    expect(found(comparison)).toEqual([]);
    expect(comparison.equality).toBe("equal");
    expect(figures(comparison)).toEqual({
      '"public"."users"': [330, 30, 310],
      '"public"."log"': [7, 7, 0],
    });
  });

  it(
    "finds a lost row and a changed one while applications go on writing, and nothing else",
    async () => {
      const databases = await proven();
      await databases.onTarget(`
        update users set score = -1 where id = 100;
        delete from orders where shop = 1 and code = 'Ä1'`);
      const known = await unseen(databases);
      // The delete is one that nobody counted: the row never arrived.
      const [rows, hash, counted, file] = known.tables['"public"."orders"'] ?? ["", "", "", ""];
      const lost: Manifest = {
        ...known,
        tables: {
          ...known.tables,
          '"public"."orders"': [rows, hash, String(Number(counted) + 1), file],
        },
      };
      const writing = await startWriting(databases.target, (n) =>
        [
          `update users set name = 'written ${n}' where id = ${1000 + (n % 900)}`,
          `insert into users values (${100_000 + n}, 'new', ${n})`,
          `delete from users where id = ${100_000 + n - 40}`,
          `insert into orders values (${1000 + n}, 'new', true)`,
          `insert into log values ('written ${n}', 'new')`,
        ].join("; "),
      );
      try {
        await vi.waitFor(() => expect(writing.written).toBeGreaterThan(100), { timeout: 20_000 });
        const before = writing.written;
        const comparison = await databases.since(lost);
        expect(writing.written).toBeGreaterThan(before);
        expect(found(comparison)).toEqual([
          'rows-lost-since-cutover "public"."orders"',
          'untouched-rows-differ "public"."users"',
        ]);
        expect(comparison.unchecked).toEqual([]);
        const named = (name: string) =>
          comparison.tables.find(({ table }) => table === name)?.drillDown?.rows;
        expect(named('"public"."users"')).toEqual([
          { class: "changed", key: { id: "100" }, columns: ["score"] },
        ]);
        expect(named('"public"."orders"')).toEqual([
          { class: "missing", key: { shop: "1", code: "Ä1" } },
        ]);
      } finally {
        await writing.stop();
      }
    },
    limitMs,
  );

  it("does not know what a truncation took, nor what was counted before counters were reset", async () => {
    const databases = await proven();
    await databases.onTarget("truncate untouched; delete from orders where shop = 1");
    await databases.onTarget("select pg_stat_reset()");
    const comparison = await databases.since();
    expect(found(comparison)).toEqual([]);
    expect(comparison.equality).toBe("could-not-check");
    const why = Object.fromEntries(
      comparison.unchecked.map(({ object, reason }) => [object, reason]),
    );
    expect(why).toEqual({
      '"public"."untouched"': expect.stringMatching(
        /^50 rows .* truncated or rewritten$/,
      ) as string,
      '"public"."orders"': expect.stringMatching(/counters were reset/) as string,
    });
  });

  /** Of the target, in a transaction that is open until told otherwise. */
  async function writing(databases: ComparedDatabases, sql: string) {
    const client = await connect(databases.target, {
      server: "test",
      signal: AbortSignal.timeout(limitMs),
      write: true,
    });
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    await client.query(`begin; ${sql}`);
    return {
      pid: rows[0]?.pid,
      commit: async () => {
        await client.query("commit");
        await client.end();
      },
    };
  }

  it("names what a transaction wrote that was under way when both sides were proven equal", async () => {
    const databases = await comparedDatabases(servers.pair, made.name);
    const roles = roleNamingOf(servers.pair);
    const late = await writing(
      databases,
      "update users set score = -1 where id = 7; insert into users values (-5, 'late', 0)",
    );
    const proven = await databases.compare({ roles, manifest: true });
    const { manifest: since } = proven;
    expect(proven.equality).toBe("equal");
    expect(proven.mayBeCosmetic).toEqual([
      {
        code: "transactions-under-way",
        object: "the target",
        weight: "warns",
        source: null,
        target: `process ${late.pid}`,
      },
    ]);
    await late.commit();
    await databases.onTarget("update users set name = 'later' where id = 9");
    const comparison = await databases.compare({ roles, since, countedWithinMs });
    expect(found(comparison)).toEqual(['untouched-rows-differ "public"."users"']);
    const users = comparison.tables.find(({ table }) => table === '"public"."users"');
    expect(users?.drillDown?.rows.map(({ key }) => key["id"])).toEqual(["7", "-5"]);
  });

  it.each(["since the cut-over", "on both sides"] as const)(
    "takes no table for lost that is truncated while it compares what is there %s",
    async (compared) => {
      const databases = await proven();
      const truncating = await writing(databases, "truncate untouched");
      const comparing =
        compared === "on both sides"
          ? databases.compare({ roles: roleNamingOf(servers.pair) })
          : databases.since();
      await vi.waitFor(async () => {
        const { rows } = await runSql(
          servers.pair.target.superuser,
          `select pid from pg_stat_activity where datname = '${databases.name}' and wait_event_type = 'Lock'`,
        );
        expect(rows.length).toBeGreaterThan(0);
      }, 20_000);
      await truncating.commit();
      const comparison = await comparing;
      expect(found(comparison)).toEqual([]);
      expect(comparison.unchecked).toEqual([
        {
          code: "vanished",
          side: "both",
          object: '"public"."untouched"',
          reason: expect.stringContaining("on the target it was truncated") as string,
        },
      ]);
    },
    limitMs,
  );

  it("knows sequences that applications let begin anew, and names one that is set back behind its column", async () => {
    const databases = await comparedDatabases(servers.pair, made.name);
    await databases.both(`
      create sequence round maxvalue 100 cycle; select setval('round', 90);
      create table again (id serial primary key); create table behind (id serial primary key);
      create sequence free; select setval('free', 10);
      insert into again select from generate_series(1, 9); insert into behind select from generate_series(1, 9)`);
    const roles = roleNamingOf(servers.pair);
    const { manifest: since } = await databases.compare({ roles, manifest: true });
    await databases.onTarget(`
      select nextval('round') from generate_series(1, 20);
      delete from again; alter sequence again_id_seq restart; insert into again default values;
      select setval('behind_id_seq', 3); select setval('free', 9)`);
    const comparison = await databases.compare({ roles, since, countedWithinMs });
    expect(found(comparison)).toEqual([
      'sequence-behind "public"."behind_id_seq"',
      'sequence-behind "public"."free"',
      'sequence-behind-column "public"."behind_id_seq"',
    ]);
    expect(cosmetic(comparison)).toEqual(['sequence-behind "public"."again_id_seq"']);
  });

  it("is equal where all rows are the source's, whoever wrote them when", async () => {
    const databases = await proven();
    const refill = (table: string, change = "") =>
      `begin; create temp table kept on commit drop as table ${table};
       truncate ${table}; ${change}; insert into ${table} table kept; commit`;
    await databases.onTarget(refill("users"));
    await databases.onTarget(refill("log", "update kept set kind = 'x' where line = 'line 1'"));
    await databases.onTarget(refill("untouched", "update kept set id = 51 where id = 50"));
    await databases.onTarget(`
      begin; create temp table kept on commit drop as select * from orders where shop = 1;
      delete from orders where shop = 1; insert into orders table kept; commit`);
    await databases.onTarget("select pg_stat_reset()");
    const comparison = await databases.since();
    expect(found(comparison)).toEqual([]);
    expect(comparison.unchecked.map(({ object }) => object).toSorted()).toEqual([
      '"public"."log"',
      '"public"."untouched"',
    ]);
    expect(Object.fromEntries(comparison.tables.map((one) => [one.table, one.equality]))).toEqual({
      '"public"."log"': "could-not-check",
      '"public"."orders"': "equal",
      '"public"."untouched"': "could-not-check",
      '"public"."users"': "equal",
    });
    expect(figures({ ...comparison, tables: comparison.tables.slice(3) })).toEqual({});
  });

  it(
    "goes on counting over a restart, and knows nothing of what a crash took",
    async () => {
      const databases = await proven();
      await databases.onTarget("delete from users where id between 100 and 200");
      await servers.pair.target.restart({ mode: "fast" });
      expect((await databases.since()).equality).toBe("equal");
      await databases.onTarget("delete from users where id between 201 and 210");
      await servers.pair.target.restart({ mode: "immediate" });
      const comparison = await databases.since();
      expect(found(comparison)).toEqual([]);
      expect(comparison.unchecked).toMatchObject([
        { object: '"public"."users"', reason: expect.stringMatching(/lost by a crash/) as string },
      ]);
    },
    limitMs,
  );

  it.each([
    [
      "renamed",
      "alter table users rename name to title",
      ["column-missing", "column-only-on-target"],
    ],
    ["dropped", "alter table users drop name", ["column-missing"]],
    ["given another type", "alter table users alter score type text", ["column-type-differs"]],
  ])("compares no rows of a table of which a column was %s", async (_, alter, codes) => {
    const databases = await proven();
    await databases.onTarget(alter);
    const comparison = await databases.since();
    expect(comparison.differences.map(({ code }) => code).toSorted()).toEqual(codes.toSorted());
    expect(comparison.unchecked).toEqual([
      {
        code: "written-since-cutover",
        side: "both",
        object: '"public"."users"',
        reason: expect.stringContaining("are others than at the cut-over") as string,
      },
    ]);
    const { tables } = comparison;
    expect(tables.filter(({ equality }) => equality !== "equal").map(({ table }) => table)).toEqual(
      ['"public"."users"'],
    );
  });

  it("compares no rows of composite types to which an attribute was added", async () => {
    const databases = await comparedDatabases(servers.pair);
    await databases.both(composites);
    const roles = roleNamingOf(servers.pair);
    const { manifest: since } = await databases.compare({ roles, manifest: true });
    await databases.onTarget(attributesAdded);
    const comparison = await databases.compare({ roles, since, countedWithinMs });
    expect(found(comparison).filter((one) => !one.startsWith("column-only-on-target"))).toEqual([]);
    expect(comparison.unchecked.map(({ object }) => object)).toEqual(
      withComposites.map((table) => `"public"."${table}"`),
    );
  });

  it("compares the columns that there were when one was added", async () => {
    const databases = await proven();
    await databases.onTarget(
      "alter table users add more text default 'x'; update users set score = 0 where id = 1",
    );
    const comparison = await databases.since();
    expect(found(comparison)).toEqual(['column-only-on-target "public"."users"."more"']);
    expect(comparison.unchecked).toEqual([]);
    expect(comparison.tables.every(({ equality }) => equality === "equal")).toBe(true);
  });

  it("does not compare with a source that is not what it was", async () => {
    const databases = await proven();
    await databases.onSource("update users set name = 'written on the source' where id = 5");
    await databases.onTarget("update users set name = 'renamed' where id = 6");
    const comparison = await databases.since();
    expect(comparison.equality).toBe("could-not-check");
    expect(comparison.unchecked).toMatchObject([
      {
        code: "written-since-cutover",
        object: '"public"."users"',
        reason: expect.stringContaining("the source is not what it was at the freeze") as string,
      },
    ]);
  });

  it("tells what it can by the target alone when the source is gone, and that it is gone", async () => {
    const databases = await proven();
    await databases.onTarget(`
      insert into untouched values (51);
      delete from log where ctid = '(0,3)'`);
    const roles = roleNamingOf(servers.pair);
    const gone = { ...databases.source, database: "gone" };
    const comparison = await compareDatabases({
      source: sideOf("source", gone),
      target: sideOf("target", databases.target),
      signal: AbortSignal.timeout(limitMs),
      options: { roles, since: databases.manifest },
    });
    expect(comparison.equality).toBe("could-not-check");
    expect(found(comparison)).toEqual([]);
    expect(comparison.unchecked).toMatchObject([
      { code: "not-admitted", side: "source", object: "database gone" },
      {
        code: "written-since-cutover",
        object: '"public"."log"',
        reason: expect.stringContaining("the source could not be reached") as string,
      },
    ]);
    expect(Object.fromEntries(comparison.tables.map((one) => [one.table, one.equality]))).toEqual({
      '"public"."log"': "could-not-check",
      '"public"."orders"': "equal",
      '"public"."untouched"': "equal",
      '"public"."users"': "equal",
    });
    await databases.onTarget("update orders set paid = null where shop = 1 and code = 'Ä1'");
    const unnoticed = await unseen(databases);
    const damaged = await compareDatabases({
      source: sideOf("source", gone),
      target: sideOf("target", databases.target),
      signal: AbortSignal.timeout(limitMs),
      options: { roles, since: unnoticed },
    });
    expect(found(damaged)).toEqual([
      'untouched-rows-differ "public"."orders"',
      'untouched-rows-differ "public"."untouched"',
    ]);
  });

  it("compares no checksums that another version made in another form, and says so", async () => {
    const databases = await proven();
    const { form, ...first } = databases.manifest;
    expect(form).toBe(hashForm);
    // Manifests of the first form did not name it.
    expect((await databases.since(first)).equality).toBe("could-not-check");
    const comparison = await databases.since({ ...first, form: hashForm + 1 });
    expect(comparison.equality).toBe("could-not-check");
    expect(found(comparison)).toEqual([]);
    expect(comparison.unchecked).toMatchObject([
      {
        object: "contents of all tables",
        reason: expect.stringContaining("in another form") as string,
      },
    ]);
  });

  it("tells nothing by a manifest of long ago", async () => {
    const databases = await proven();
    const old = { ...databases.manifest, xid: String(BigInt(databases.manifest.xid) - 2n ** 31n) };
    const comparison = await databases.since(old);
    expect(comparison.equality).toBe("could-not-check");
    expect(comparison.unchecked).toMatchObject([{ object: "contents of all tables" }]);
  });
});
