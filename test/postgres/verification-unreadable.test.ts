import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Endpoint } from "../../src/core/endpoint.ts";
import { connect } from "../../src/providers/postgres/index.ts";
import { freePort } from "../../src/rehearsal/postgres/index.ts";
import {
  compareDatabases,
  type DatabaseComparison,
  type Side,
} from "../../src/verification/index.ts";
import { openSideSnapshot } from "../../src/verification/side-snapshot.ts";
import { withServers } from "../support/postgres.ts";
import {
  asRole,
  type ComparedDatabases,
  comparedDatabases,
  found,
  runSql,
  sideOf,
} from "../support/verification.ts";

const limitMs = 60_000;
const password = "reader's password";

function compare(source: Side, target: Side): Promise<DatabaseComparison> {
  return compareDatabases({ source, target, signal: AbortSignal.timeout(limitMs) });
}

/** Sessions of the comparison on a server, by what only they do: hold a snapshot of this database. */
async function sessionsOn(endpoint: Endpoint, admin: Endpoint): Promise<number> {
  const { rows } = await runSql(
    admin,
    `select count(*)::int as sessions from pg_stat_activity where datname = '${endpoint.database}'`,
  );
  return rows[0].sessions;
}

describe("what cannot be read", () => {
  const servers = withServers({ databases: [] });
  let databases: ComparedDatabases;

  beforeAll(async () => {
    databases = await comparedDatabases(servers.pair);
    await databases.both(`
      create role reader login password '${password.replaceAll("'", "''")}';
      create table open (id int primary key, v text);
      create table closed (id serial primary key, v text);
      create table guarded (id int primary key, v text);
      insert into open select i, 'x' from generate_series(1, 100) i;
      insert into closed (v) select 'x' from generate_series(1, 100) i;
      insert into guarded select i, 'x' from generate_series(1, 100) i;
      alter table guarded enable row level security;
      create policy half on guarded using (id <= 50);
      grant select on open, guarded to reader;
      create schema hidden;
      create table hidden.parted (id int, v text) partition by range (id);
      create publication shown for table hidden.parted (id) with (publish_via_partition_root = true)`);
  }, limitMs);

  it("is said of a table and a sequence that the role may not select, and the rest is compared", async () => {
    const reader = asRole(databases.source, "reader", password);
    const comparison = await compare(sideOf("source", reader), sideOf("target", databases.target));
    expect(comparison.equality).toBe("could-not-check");
    expect(comparison.differences).toEqual([]);
    expect(comparison.unchecked.map(({ code, side, object }) => [code, side, object])).toEqual([
      ["permission-denied", "source", '"public"."closed"'],
      ["row-level-security", "source", '"public"."guarded"'],
      ["permission-denied", "source", '"public"."closed_id_seq"'],
    ]);
    expect(comparison.unchecked.every(({ sqlstate }) => sqlstate === "42501")).toBe(true);
    const byTable = Object.fromEntries(comparison.tables.map((one) => [one.table, one]));
    expect(byTable['"public"."open"']).toMatchObject({ equality: "equal", sourceRows: 100n });
    expect(byTable['"public"."closed"']).toMatchObject({
      equality: "could-not-check",
      depth: "none",
      sourceRows: undefined,
      targetRows: 100n,
    });
    expect(byTable['"public"."guarded"']).toMatchObject({ equality: "could-not-check" });
  });

  it("does not hide a difference elsewhere", async () => {
    await databases.onTarget("update open set v = 'y' where id = 5");
    try {
      const reader = asRole(databases.target, "reader", password);
      const comparison = await compare(
        sideOf("source", databases.source),
        sideOf("target", reader),
      );
      expect(comparison.equality).toBe("different");
      expect(found(comparison)).toEqual(['contents-differ "public"."open"']);
      expect(comparison.unchecked).toHaveLength(3);
    } finally {
      await databases.onTarget("update open set v = 'x' where id = 5");
    }
  });

  it("is said of a server that does not answer, and of one that refuses", async () => {
    const nobody = { ...databases.target, port: await freePort() };
    const away = await compare(sideOf("source", databases.source), sideOf("target", nobody));
    expect(away).toMatchObject({ equality: "could-not-check", tables: [] });
    expect(away.unchecked).toEqual([
      expect.objectContaining({
        code: "connection-lost",
        side: "target",
        reason: expect.stringMatching(/^No connection could be had: /),
      }),
    ]);

    const wrong = asRole(databases.source, "reader", "not the password");
    const refused = await compare(sideOf("source", wrong), sideOf("target", databases.target));
    expect(refused.equality).toBe("could-not-check");
    expect(refused.unchecked).toEqual([
      expect.objectContaining({ code: "not-admitted", side: "source", sqlstate: "28P01" }),
    ]);
    expect(JSON.stringify(refused.unchecked)).not.toContain("not the password");
  });

  /** Holds a table so that a reader of it waits until told otherwise. */
  async function holding(table: string): Promise<() => Promise<void>> {
    const holder = await connect(databases.source, {
      server: "test",
      signal: AbortSignal.timeout(limitMs),
      write: true,
    });
    await holder.query(`begin; lock table ${table} in access exclusive mode`);
    return () => holder.end();
  }

  async function untilWaiting(): Promise<void> {
    await vi.waitFor(
      async () => {
        const { rows } = await runSql(
          servers.pair.source.superuser,
          `select pid from pg_stat_activity where datname = '${databases.name}' and wait_event_type = 'Lock'`,
        );
        expect(rows.length).toBeGreaterThan(0);
      },
      { timeout: 10_000, interval: 20 },
    );
  }

  it.each(["source", "target"] as const)(
    "is said of a table that another session on the %s holds, with its process; the others are compared",
    async (label) => {
      const holder = await connect(databases[label], {
        server: "test",
        signal: AbortSignal.timeout(limitMs),
        write: true,
      });
      try {
        const { rows } = await holder.query("select pg_backend_pid() as pid");
        await holder.query("begin; lock table open in access exclusive mode");
        const comparison = await compare(
          { ...sideOf("source", databases.source), lockMs: 300 },
          { ...sideOf("target", databases.target), lockMs: 300 },
        );
        expect(comparison.equality).toBe("could-not-check");
        expect(comparison.differences).toEqual([]);
        expect(comparison.unchecked).toEqual([
          {
            code: "cancelled",
            side: label,
            object: '"public"."open"',
            reason: expect.stringContaining(`process ${rows[0].pid} of the server`),
            sqlstate: "55P03",
          },
        ]);
        const byTable = Object.fromEntries(comparison.tables.map((one) => [one.table, one]));
        expect(byTable['"public"."closed"']).toMatchObject({ equality: "equal", sourceRows: 100n });
        expect(byTable['"public"."guarded"']).toMatchObject({ equality: "equal" });
      } finally {
        await holder.end();
      }
    },
  );

  it("is said of what a lock stands before too, and no session waits twice as long for it", async () => {
    const made = await comparedDatabases(servers.pair);
    await made.both("create table locked (id int); create view seen as select * from locked");
    const holder = await connect(made.source, {
      server: "test",
      signal: AbortSignal.timeout(limitMs),
      write: true,
    });
    try {
      const { rows } = await holder.query("select pg_backend_pid() as pid");
      await holder.query("begin; lock table locked in access exclusive mode");
      const hurried = { ...sideOf("source", made.source), lockMs: 300 };
      const comparison = await compare(hurried, sideOf("target", made.target));
      const held = `process ${rows[0].pid} of the server held "public"."locked" then`;
      expect(comparison.unchecked).toEqual(
        ["views and materialized views", '"public"."locked"'].map((object) =>
          expect.objectContaining({ object, reason: expect.stringContaining(held) }),
        ),
      );
      const side = await openSideSnapshot(hurried, 1, AbortSignal.timeout(limitMs));
      const patience = () => side.read("select current_setting('lock_timeout') as patience");
      expect(await patience()).toEqual([{ patience: "300ms" }]);
      for (const read of [
        () => side.read("table public.locked"),
        () => side.cursor("table public.locked"),
      ]) {
        // oxlint-disable-next-line no-await-in-loop
        await expect(read()).rejects.toMatchObject({ code: "55P03" });
        // oxlint-disable-next-line no-await-in-loop
        expect(await patience()).toEqual([{ patience: "1s" }]);
      }
      await side.close();
    } finally {
      await holder.end();
    }
  });

  it("is said when the sessions are ended in the middle, never equal", async () => {
    const release = await holding("open");
    try {
      const comparing = databases.compare();
      await untilWaiting();
      await runSql(
        servers.pair.source.superuser,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = '${databases.name}' and backend_xmin is not null`,
      );
      const comparison = await comparing;
      expect(comparison.equality).toBe("could-not-check");
      expect(comparison.differences).toEqual([]);
      expect(comparison.unchecked.map(({ code }) => code)).toContain("connection-lost");
    } finally {
      await release();
    }
  });

  it("goes on with the same snapshot when one of two sessions is lost", async () => {
    const release = await holding("open");
    try {
      const comparing = databases.compare();
      await untilWaiting();
      await runSql(
        servers.pair.source.superuser,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = '${databases.name}' and wait_event_type = 'Lock' limit 1`,
      );
      await release();
      const comparison = await comparing;
      expect(comparison.unchecked).toEqual([]);
      expect(comparison.equality).toBe("equal");
    } finally {
      await release();
    }
  });

  it("ends at once on abort and leaves no session behind", async () => {
    const release = await holding("open");
    try {
      const controller = new AbortController();
      const comparing = compareDatabases({
        source: sideOf("source", databases.source),
        target: sideOf("target", databases.target),
        signal: controller.signal,
      });
      const outcome = expect(comparing).rejects.toThrow("enough");
      await untilWaiting();
      const started = performance.now();
      controller.abort(new Error("enough"));
      await outcome;
      expect(performance.now() - started).toBeLessThan(500);
      await vi.waitFor(
        async () => {
          // The holder's own session is the one that may stay.
          expect(await sessionsOn(databases.source, servers.pair.source.superuser)).toBe(1);
          expect(await sessionsOn(databases.target, servers.pair.target.superuser)).toBe(0);
        },
        { timeout: 5_000, interval: 50 },
      );
    } finally {
      await release();
    }
  });

  it("does not start when it is aborted already", async () => {
    const never = AbortSignal.abort(new Error("before"));
    const source: Side = {
      label: "source",
      database: "none",
      connect: () => Promise.reject(new Error("must not connect")),
    };
    await expect(
      compareDatabases({ source, target: { ...source, label: "target" }, signal: never }),
    ).rejects.toThrow("before");
  });

  it("throws a bug on instead of calling it unreadable", async () => {
    const source: Side = {
      ...sideOf("source", databases.source),
      connect: () => Promise.reject(new TypeError("a bug")),
    };
    await expect(compare(source, sideOf("target", databases.target))).rejects.toThrow("a bug");
  });
});
