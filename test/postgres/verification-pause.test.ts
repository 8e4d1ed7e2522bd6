/** A comparison that waits while others are at work on the source. */
import { beforeAll, describe, expect, it } from "vitest";
import type pg from "pg";
import { connect } from "../../src/providers/postgres/index.ts";
import { compareDatabases, type ComparisonProgress } from "../../src/verification/index.ts";
import { followedDatabases } from "../support/followed.ts";
import { withServers } from "../support/postgres.ts";
import {
  asRole,
  type ComparedDatabases,
  comparedDatabases,
  runSql,
  sideOf,
} from "../support/verification.ts";

const limitMs = 60_000;

describe("pausing", () => {
  const servers = withServers({ databases: [] });
  let databases: ComparedDatabases;

  beforeAll(async () => {
    databases = await comparedDatabases(servers.pair);
    await databases.both(`create table t (id int primary key); insert into t values (1)`);
  }, limitMs);

  /** Sessions that run a statement until they are told to end. */
  async function busy(sessions: number): Promise<() => Promise<void>> {
    const clients = await Promise.all(
      Array.from({ length: sessions }, () =>
        connect(databases.source, {
          server: "test",
          signal: AbortSignal.timeout(limitMs),
          timeouts: { statementMs: 0 },
        }),
      ),
    );
    const working = clients.map((client: pg.Client) =>
      client.query("select pg_sleep(60)").catch(() => undefined),
    );
    return async () => {
      await runSql(
        servers.pair.source.superuser,
        "select pg_cancel_backend(pid) from pg_stat_activity where query = 'select pg_sleep(60)'",
      );
      await Promise.all(working);
      await Promise.all(clients.map((client) => client.end()));
    };
  }

  const compare = (
    active: number,
    signal: AbortSignal,
    onProgress: (progress: ComparisonProgress) => void = () => undefined,
    source = databases.source,
  ) =>
    compareDatabases({
      source: sideOf("source", source),
      target: sideOf("target", databases.target),
      signal,
      onProgress,
      options: { pause: { active } },
    });

  it("waits while more are active than allowed, says why, and goes on when they are done", async () => {
    const release = await busy(3);
    const paused = Promise.withResolvers<string>();
    let rowsRead = 0;
    const comparing = compare(2, AbortSignal.timeout(limitMs), (progress) => {
      if (progress.paused !== undefined) paused.resolve(progress.paused);
      rowsRead = progress.bytesDone;
    });
    expect(await paused.promise).toContain(
      "3 sessions of others are active on the source, and the comparison pauses above 2",
    );
    const read = rowsRead;
    await release();
    const { equality, totals } = await comparing;
    expect(equality).toBe("equal");
    expect(totals.sourceRows).toBe(1n);
    // Only the target was read while it waited.
    expect(read).toBeLessThanOrEqual(8192);
  });

  it("does not wait for as many as are allowed, nor for its own", async () => {
    const release = await busy(1);
    const reasons: string[] = [];
    const { equality } = await compare(1, AbortSignal.timeout(limitMs), ({ paused }) => {
      if (paused !== undefined) reasons.push(paused);
    });
    await release();
    expect(equality).toBe("equal");
    expect(reasons).toEqual([]);
  });

  it("waits while who follows is too far behind, says how far, and goes on when it has caught up", async () => {
    const followed = await followedDatabases(
      servers.pair,
      "create table t (id int primary key, filler text)",
    );
    const client = await connect(followed.target, {
      server: "test",
      signal: AbortSignal.timeout(limitMs),
      write: true,
    });
    try {
      // Its worker waits for the lock, and confirms nothing.
      await client.query("begin; lock table t in share mode");
      await followed.onSource(
        "insert into t select i, string_agg(md5((i * j)::text), '') from generate_series(1, 3000) i, generate_series(1, 40) j group by i",
      );
      const compare = (onProgress: (progress: ComparisonProgress) => void) =>
        compareDatabases({
          source: sideOf("source", followed.source),
          target: sideOf("target", followed.target),
          signal: AbortSignal.timeout(limitMs),
          onProgress,
          options: { pause: { behind: 1_000_000 }, ignoredSchemas: ["opensauced_migrate"] },
        });
      const paused = Promise.withResolvers<string>();
      const comparing = compare((progress) => {
        if (progress.paused !== undefined) paused.resolve(progress.paused);
      });
      expect(await paused.promise).toMatch(
        /who follows the source is \d+\.\d MB of WAL behind, and the comparison pauses above 1\.0 MB/,
      );
      await client.query("rollback");
      await comparing;
      await followed.fence(AbortSignal.timeout(limitMs));
      const reasons: string[] = [];
      const { totals } = await compare(({ paused: reason }) => {
        if (reason !== undefined) reasons.push(reason);
      });
      expect(totals.sourceRows).toBe(3000n);
      expect(reasons).toEqual([]);
    } finally {
      await client.end();
    }
  });

  it("ends at once on abort while it waits", async () => {
    const release = await busy(1);
    const stop = new AbortController();
    const waiting = compare(0, stop.signal, ({ paused }) => {
      if (paused !== undefined) stop.abort(new Error("enough"));
    });
    await expect(waiting).rejects.toThrow("enough");
    await release();
  });

  it("takes what the role may not see for unknown, and stops", async () => {
    await databases.both(
      "create role blind login password 'blind'; grant select on all tables in schema public to blind",
    );
    const release = await busy(1);
    const blind = asRole(databases.source, "blind", "blind");
    await expect(compare(100, AbortSignal.timeout(limitMs), undefined, blind)).rejects.toThrow(
      "pg_read_all_stats",
    );
    await release();
  });
});
