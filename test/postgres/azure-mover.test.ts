/**
 * The stand-in really moves data: two servers, a writer that never stops
 * until the freeze, every row compared afterwards, nothing left on either side.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Migration } from "@azure/arm-postgresql-flexible";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { onDatabase } from "../../src/core/endpoint.ts";
import { withClient } from "../../src/providers/postgres/index.ts";
import { runAsSuperuser } from "../../src/rehearsal/postgres/index.ts";
import {
  azureNames,
  type Clients,
  migrationOf,
  startAzure,
  untilMigration,
} from "../support/azure.ts";
import {
  deadline,
  details,
  leftovers,
  reset,
  rows,
  state,
  value,
} from "../support/azure-databases.ts";
import { type Pair, roles, withServers } from "../support/postgres.ts";

const servers = withServers({ databases: [{ name: "api" }, { name: "insights" }] });
const { group, server } = azureNames;

/** Writes as an app does until told to stop; the number of transactions it was promised. */
function startWriter(pair: Pair): { stop(): Promise<number> } {
  const ended = new AbortController();
  const endpoint = onDatabase(pair.sourceAdmin("api"), "api");
  const running = withClient(
    endpoint,
    { server: "source", write: true, signal: AbortSignal.timeout(60_000) },
    async (client) => {
      let written = 0;
      while (!ended.signal.aborted) {
        await client.query(
          "INSERT INTO public.accounts (name) VALUES ('written ' || nextval('public.ticket'))",
        );
        await client.query(
          "UPDATE public.stars SET body = body || '!' WHERE id = 1 + $1::int % 500",
          [written],
        );
        await client.query(
          "DELETE FROM public.accounts WHERE name LIKE 'written %' AND id % 7 = 0",
        );
        await client.query("INSERT INTO audit.events (what) VALUES ('written')");
        written += 1;
        await sleep(5);
      }
      return written;
    },
  );
  return {
    stop: async () => {
      ended.abort();
      return running;
    },
  };
}

describe("a migration through the stand-in", () => {
  let clients: Clients;

  beforeEach(async () => {
    await reset(servers.pair);
    clients = await startAzure(servers.pair);
    await clients.postgres.configurations.beginPutAndWait(group, server, "azure.extensions", {
      value: "pg_trgm",
      source: "user-override",
    });
  }, 60_000);

  afterEach(async () => {
    await clients.azure.close();
    expect(await leftovers(servers.pair)).toEqual([]);
  }, 30_000);

  const untilWaiting = (name: string): Promise<Migration> =>
    untilMigration(clients, name, (seen) => !["InProgress"].includes(state(seen)), deadline());

  it("carries every write made before the cutover, online", async () => {
    const { pair } = servers;
    const writer = startWriter(pair);
    await clients.postgres.migrations.create(
      group,
      server,
      "online1",
      migrationOf(pair, ["api", "insights"]),
    );
    const waiting = await untilWaiting("online1");
    expect([state(waiting), waiting.currentStatus?.error]).toEqual([
      "WaitingForUserAction",
      undefined,
    ]);
    expect(details(waiting)?.currentSubState).toBe("WaitingForCutoverTrigger");
    expect(details(waiting)?.validationDetails?.status).toBe("Warning");
    expect(details(waiting)?.dbDetails?.["api"]).toMatchObject({
      migrationState: "WaitingForCutoverTrigger",
      fullLoadCompletedTables: 4,
      fullLoadQueuedTables: 0,
    });

    const following = await untilMigration(
      clients,
      "online1",
      (seen) => (details(seen)?.dbDetails?.["api"]?.cdcInsertCounter ?? 0) > 20,
      deadline(),
    );
    expect(details(following)?.dbDetails?.["api"]?.latency).toBeLessThan(5);
    expect(await writer.stop()).toBeGreaterThan(20);
    await runAsSuperuser(pair.source, { database: "api", signal: deadline() }, [
      // More than is applied in a moment: a cutover that does not wait loses some.
      "INSERT INTO public.accounts (name) SELECT 'after the freeze ' || i FROM generate_series(1, 20000) i",
    ]);

    await clients.postgres.migrations.update(group, server, "online1", { triggerCutover: "True" });
    const done = await untilMigration(
      clients,
      "online1",
      (seen) => !["InProgress", "WaitingForUserAction"].includes(state(seen)),
      deadline(),
    );
    expect([state(done), done.currentStatus?.error]).toEqual(["Succeeded", undefined]);

    for (const table of ["public.accounts", "public.stars", "audit.events", "public.cache"]) {
      expect(await rows(pair.target, "api", table)).toEqual(await rows(pair.source, "api", table));
    }
    expect(await rows(pair.target, "insights", "public.repos")).toEqual(
      await rows(pair.source, "insights", "public.repos"),
    );
    for (const sequence of ["public.ticket", "public.accounts_id_seq", "public.stars_id_seq"]) {
      const sql = `SELECT last_value || '/' || is_called AS value FROM ${sequence}`;
      expect(await value(pair.target, "api", sql)).toBe(await value(pair.source, "api", sql));
    }
    expect(
      await value(
        pair.target,
        "api",
        "SELECT rolname AS value FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE relname = 'accounts'",
      ),
    ).toBe(roles.azureAdmin.user);
    expect(
      await value(
        pair.target,
        "api",
        "SELECT count(*)::int AS value FROM pg_constraint WHERE contype = 'f'",
      ),
    ).toBe(2);
  }, 60_000);

  it("carries inserts only of a table without a key, and lets its updates work on the source", async () => {
    const { pair } = servers;
    await clients.postgres.migrations.create(group, server, "keyless1", migrationOf(pair, ["api"]));
    await untilWaiting("keyless1");
    await runAsSuperuser(pair.source, { database: "api", signal: deadline() }, [
      "UPDATE audit.events SET what = 'changed' WHERE what = 'event 1'",
      "INSERT INTO audit.events (what) VALUES ('later')",
    ]);
    await clients.postgres.migrations.update(group, server, "keyless1", { triggerCutover: "True" });
    await untilMigration(clients, "keyless1", (seen) => state(seen) === "Succeeded", deadline());
    const count = (what: string) =>
      value<number>(
        pair.target,
        "api",
        `SELECT count(*)::int AS value FROM audit.events WHERE what = '${what}'`,
      );
    expect([await count("changed"), await count("event 1"), await count("later")]).toEqual([
      0, 1, 1,
    ]);
  }, 60_000);

  it("goes on after a freeze that ends its sessions and makes the source read-only", async () => {
    const { pair } = servers;
    await clients.postgres.migrations.create(
      group,
      server,
      "frozen1",
      migrationOf(pair, ["insights"]),
    );
    await untilWaiting("frozen1");
    await runAsSuperuser(pair.source, { database: "insights", signal: deadline() }, [
      "INSERT INTO public.repos VALUES (1000, 'last')",
    ]);
    await runAsSuperuser(pair.source, { signal: deadline() }, [
      "ALTER DATABASE insights SET default_transaction_read_only = on",
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'insights' AND pid <> pg_backend_pid()",
    ]);
    await clients.postgres.migrations.update(group, server, "frozen1", { triggerCutover: "True" });
    await untilMigration(clients, "frozen1", (seen) => state(seen) === "Succeeded", deadline());
    expect(await rows(pair.target, "insights", "public.repos")).toEqual(
      await rows(pair.source, "insights", "public.repos"),
    );
  }, 60_000);

  it("copies once, offline, and leaves later writes behind", async () => {
    const { pair } = servers;
    await clients.postgres.migrations.create(
      group,
      server,
      "offline1",
      migrationOf(pair, ["insights"], { migrationMode: "offline" }),
    );
    const done = await untilWaiting("offline1");
    expect([state(done), done.currentStatus?.error, done.triggerCutover]).toEqual([
      "Succeeded",
      undefined,
      "True",
    ]);
    expect(await rows(pair.target, "insights", "public.repos")).toHaveLength(200);
    await expect(
      clients.postgres.migrations.update(group, server, "offline1", { triggerCutover: "True" }),
    ).rejects.toMatchObject({ statusCode: 400, code: "603113" });
  }, 60_000);

  it("cancels, leaving no slot, and keeps the database unless told to drop it", async () => {
    const { pair } = servers;
    for (const [name, drops] of [
      ["cancel1", false],
      ["cancel2", true],
    ] as const) {
      await clients.postgres.migrations.create(
        group,
        server,
        name,
        migrationOf(pair, ["insights"]),
      );
      await untilWaiting(name);
      expect(await leftovers(pair)).toHaveLength(4);
      if (drops) clients.azure.faults.on("cancel-drops-database");
      const answer = await clients.postgres.migrations.cancel(group, server, name);
      expect(answer.currentStatus?.state).toBe("InProgress");
      const ended = await untilMigration(
        clients,
        name,
        (seen) => state(seen) === "Canceled",
        deadline(),
      );
      expect(details(ended)?.dbDetails?.["insights"]?.migrationState).toBe("Canceled");
      expect(await leftovers(pair)).toEqual([]);
      const present = await rows(
        pair.target,
        "postgres",
        "(SELECT datname FROM pg_database WHERE datname = 'insights')",
      );
      expect(present).toHaveLength(drops ? 0 : 1);
    }
  }, 60_000);

  it("leaves no subscription on a target that was down when it ended, once that is back", async () => {
    const { pair } = servers;
    await clients.azure.close();
    clients = await startAzure(pair, { timings: { cleanUpMs: 200 } });
    await clients.postgres.migrations.create(
      group,
      server,
      "down1",
      migrationOf(pair, ["insights"]),
    );
    await untilWaiting("down1");
    await pair.target.stop({ mode: "immediate" });
    try {
      await clients.postgres.migrations.cancel(group, server, "down1");
      const ended = (seen: Migration) => state(seen) === "Canceled";
      await untilMigration(clients, "down1", ended, deadline());
    } finally {
      await pair.target.start();
    }
    await expect.poll(() => leftovers(pair), { timeout: 20_000 }).toEqual([]);
  }, 60_000);

  it("refuses what is not so on the servers, each with the service's code", async () => {
    const { pair } = servers;
    await clients.postgres.configurations.beginPutAndWait(group, server, "azure.extensions", {
      value: "citext",
      source: "user-override",
    });
    await clients.postgres.migrations.create(
      group,
      server,
      "refused1",
      migrationOf(pair, ["api", "missing"], { migrationOption: "Validate" }),
    );
    const ended = await untilWaiting("refused1");
    expect([state(ended), details(ended)?.currentSubState]).toEqual([
      "ValidationFailed",
      "Completed",
    ]);
    const messages = details(ended)?.validationDetails?.dbLevelValidationDetails?.flatMap(
      (each) =>
        each.summary?.flatMap((item) => item.messages?.map(({ message }) => message) ?? []) ?? [],
    );
    expect(messages?.join("\n")).toMatch(/603108.*pg_trgm[^]*603102.*missing/);

    const wrong = migrationOf(pair, ["api"], {
      secretParameters: {
        adminCredentials: { sourceServerPassword: "wrong", targetServerPassword: "wrong" },
      },
    });
    await clients.postgres.migrations.create(group, server, "refused2", wrong);
    const refused = await untilWaiting("refused2");
    expect(
      details(refused)?.validationDetails?.serverLevelValidationDetails?.[0]?.messages?.map(
        ({ message }) => message?.slice(0, 7),
      ),
    ).toEqual(["603100:", "603100:"]);
    expect(
      await rows(
        pair.target,
        "postgres",
        "(SELECT datname FROM pg_database WHERE datname = 'api')",
      ),
    ).toEqual([]);
  }, 60_000);
});
