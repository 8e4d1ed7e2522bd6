/** A comparison that waits while others are at work on the source. */
import { beforeAll, describe, expect, it } from "vitest";
import type pg from "pg";
import { connect } from "../../src/providers/postgres/index.ts";
import { compareDatabases, type ComparisonProgress } from "../../src/verification/index.ts";
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
    pauseAbove: number,
    signal: AbortSignal,
    onProgress: (progress: ComparisonProgress) => void = () => undefined,
    source = databases.source,
  ) =>
    compareDatabases({
      source: sideOf("source", source),
      target: sideOf("target", databases.target),
      signal,
      onProgress,
      options: { pauseAbove },
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
