/**
 * The stand-in's migrations that go wrong, by themselves or on request: late
 * failures, damage, standing still, and the end of the stand-in itself.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Migration } from "@azure/arm-postgresql-flexible";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { replicationNames } from "../../src/rehearsal/azure/moving/names.ts";
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
import { withServers } from "../support/postgres.ts";

const servers = withServers({ databases: [{ name: "api" }, { name: "insights" }] });
const { group, server } = azureNames;

describe("a migration that goes wrong", () => {
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

  it("ends late the second of two active migrations, and does not overwrite unasked", async () => {
    const { pair } = servers;
    await clients.postgres.migrations.create(
      group,
      server,
      "first1",
      migrationOf(pair, ["insights"]),
    );
    await clients.postgres.migrations.create(group, server, "second1", migrationOf(pair, ["api"]));
    const second = await untilWaiting("second1");
    expect([
      state(second),
      second.currentStatus?.error?.slice(0, 6),
      details(second)?.currentSubState,
    ]).toEqual(["Failed", "DB002:", "Completed"]);
    await untilWaiting("first1");
    await clients.postgres.migrations.cancel(group, server, "first1");
    await untilMigration(clients, "first1", (seen) => state(seen) === "Canceled", deadline());
    await clients.postgres.migrations.create(
      group,
      server,
      "third1",
      migrationOf(pair, ["insights"], { overwriteDbsInTarget: "False" }),
    );
    const third = await untilWaiting("third1");
    expect(third.currentStatus?.error).toMatch(/^603101: .*insights/);
    expect(await rows(pair.target, "insights", "public.repos")).toHaveLength(200);
  }, 60_000);

  it.each(["row-lost", "row-changed", "sequence-set-back", "sequence-behind"] as const)(
    "damages the target at the cutover: %s",
    async (fault) => {
      const { pair } = servers;
      clients.azure.faults.on(fault);
      await clients.postgres.migrations.create(
        group,
        server,
        "damaged1",
        migrationOf(pair, ["api"]),
      );
      await untilWaiting("damaged1");
      await clients.postgres.migrations.update(group, server, "damaged1", {
        triggerCutover: "True",
      });
      await untilMigration(clients, "damaged1", (seen) => state(seen) === "Succeeded", deadline());
      const [done] = clients.azure.damages;
      expect(done).toMatchObject({ fault, database: "api" });
      const read = fault.startsWith("sequence")
        ? `(SELECT last_value FROM ${done?.object})`
        : (done?.object ?? "");
      const [there, here] = [
        await rows(pair.source, "api", read),
        await rows(pair.target, "api", read),
      ];
      const missing = there.filter((row) => !here.includes(row));
      expect([missing.length, there.length - here.length]).toEqual([
        1,
        fault === "row-lost" ? 1 : 0,
      ]);
    },
    60_000,
  );

  it("stands still on request: in the copy, in the latency, in the cutover", async () => {
    const { pair } = servers;
    const { faults } = clients.azure;
    faults.on("copy-stuck");
    await clients.postgres.migrations.create(
      group,
      server,
      "stuck1",
      migrationOf(pair, ["insights"]),
    );
    await untilMigration(
      clients,
      "stuck1",
      (seen) => details(seen)?.dbDetails?.["insights"]?.fullLoadQueuedTables === 1,
      deadline(),
    );
    expect(
      await value(pair.target, "insights", "SELECT count(*)::int AS value FROM public.repos"),
    ).toBe(0);
    faults.off("copy-stuck");
    await untilWaiting("stuck1");

    faults.on("latency-never-zero");
    await untilMigration(
      clients,
      "stuck1",
      (seen) => (details(seen)?.dbDetails?.["insights"]?.latency ?? 0) >= 2,
      deadline(),
    );
    await runAsSuperuser(pair.source, { database: "insights", signal: deadline() }, [
      "INSERT INTO public.repos VALUES (1000, 'late')",
    ]);
    await untilMigration(
      clients,
      "stuck1",
      (seen) => (details(seen)?.dbDetails?.["insights"]?.latency ?? 0) >= 3,
      deadline(),
    );
    expect(
      await value(pair.target, "insights", "SELECT count(*)::int AS value FROM public.repos"),
    ).toBe(200);
    faults.off("latency-never-zero");
    await untilMigration(
      clients,
      "stuck1",
      (seen) => details(seen)?.dbDetails?.["insights"]?.latency === 0,
      deadline(),
    );

    faults.on("cutover-hangs");
    faults.on("success-with-database-missing");
    await clients.postgres.migrations.update(group, server, "stuck1", { triggerCutover: "True" });
    await sleep(500);
    const hanging = await clients.postgres.migrations.get(group, server, "stuck1");
    expect([state(hanging), details(hanging)?.currentSubState]).toEqual([
      "InProgress",
      "CompletingMigration",
    ]);
    faults.off("cutover-hangs");
    await untilMigration(clients, "stuck1", (seen) => state(seen) === "Succeeded", deadline());
    expect(
      await rows(
        pair.target,
        "postgres",
        "(SELECT datname FROM pg_database WHERE datname = 'insights')",
      ),
    ).toEqual([]);
  }, 60_000);

  it.each(["MigratingData", "WaitingForCutoverTrigger"])(
    "leaves nothing behind when it is closed during %s",
    async (subState) => {
      const name = subState.toLowerCase();
      await clients.postgres.migrations.create(
        group,
        server,
        name,
        migrationOf(servers.pair, ["api"]),
      );
      await untilMigration(
        clients,
        name,
        (seen) => details(seen)?.currentSubState === subState,
        deadline(),
      );
      await vi.waitFor(
        async () =>
          expect(await leftovers(servers.pair)).toContain(
            `(${replicationNames(clients.azure.migrations[0]?.id ?? "", 0).slot})`,
          ),
        10_000,
      );
      await clients.azure.close();
      expect(await leftovers(servers.pair)).toEqual([]);
      const { stdout } = await execa("ps", ["-o", "args=", "--ppid", String(process.pid)]);
      expect(stdout).not.toMatch(/pg_dump|pg_restore/);
      clients = await startAzure(servers.pair);
    },
    60_000,
  );
});
