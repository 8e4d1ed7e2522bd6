/**
 * Migrations of the stand-in on the wire, through the real SDK: shapes, names,
 * lists and refusals.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  all,
  azureNames,
  type Clients,
  migrationOf,
  startAzure,
  untilMigration,
} from "../support/azure.ts";
import { normal, wireAndMapped } from "../support/azure-wire.ts";
import { roles, withServers } from "../support/postgres.ts";

const servers = withServers({ databases: [{ name: "api" }] });
const { group, server } = azureNames;
let clients: Clients;

beforeAll(async () => {
  clients = await startAzure(servers.pair, { pageSize: 2 });
}, 60_000);
afterAll(async () => {
  await clients.azure.close();
}, 30_000);

describe("a migration on the wire", () => {
  it("is accepted with a bare InProgress, echoes no secret, and walks on by itself", async () => {
    const body = migrationOf(servers.pair, ["api"], {
      migrationMode: "offline",
      migrationOption: "Validate",
    });
    const created = await wireAndMapped((options) =>
      clients.postgres.migrations.create(group, server, "wire1", body, options),
    );
    expect(created.status).toBe(201);
    expect(normal(created.mapped)).toMatchObject(created.wire);
    expect(created.wire["currentStatus"]).toEqual({ state: "InProgress" });
    expect(created.wire).toMatchObject({
      migrationMode: "Offline",
      triggerCutover: "True",
      location: "canadacentral",
    });
    expect(created.wire["migrationId"]).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    await untilMigration(
      clients,
      "wire1",
      (seen) => seen.currentStatus?.state !== "InProgress",
      AbortSignal.timeout(20_000),
    );
    const ended = await wireAndMapped((options) =>
      clients.postgres.migrations.get(group, server, "wire1", options),
    );
    expect(normal(ended.mapped)).toMatchObject(ended.wire);
    expect(ended.wire["currentStatus"]).toMatchObject({
      state: "Succeeded",
      currentSubStateDetails: {
        currentSubState: "Completed",
        dbDetails: {},
        validationDetails: { status: "Succeeded" },
      },
    });
    expect(ended.wire).toMatchObject({
      location: "Canada Central",
      targetDbServerMetadata: { version: "17" },
      sourceDbServerMetadata: { version: "15" },
    });
    for (const { text } of [created, ended]) {
      expect(text).not.toContain("secretParameters");
      expect(text).not.toContain(JSON.stringify(roles.doadmin.password.reveal()).slice(1, -1));
      expect(text).not.toContain(roles.azureAdmin.password.reveal());
    }
    expect(ended.text).toMatch(/"validationStartTimeInUtc":"[^"]+\.\d{7}Z"/);
  }, 30_000);

  it("keeps names taken, hides the finished ones unless asked, and pages", async () => {
    for (const name of ["list1", "list2"]) {
      await clients.postgres.migrations.create(
        group,
        server,
        name,
        migrationOf(servers.pair, ["missing"], { migrationOption: "Validate" }),
      );
      await untilMigration(
        clients,
        name,
        (seen) => seen.currentStatus?.state !== "InProgress",
        AbortSignal.timeout(20_000),
      );
    }
    const names = async (filter?: "All" | "Active") =>
      (
        await all(
          clients.postgres.migrations.listByTargetServer(
            group,
            server,
            filter === undefined ? {} : { migrationListFilter: filter },
          ),
        )
      ).map(({ name }) => name);
    expect(await names("All")).toEqual(["wire1", "list1", "list2"]);
    expect(await names()).toEqual([]);
    await expect(
      clients.postgres.migrations.create(
        group,
        server,
        "list1",
        migrationOf(servers.pair, ["api"]),
      ),
    ).rejects.toMatchObject({ statusCode: 409 });
    const type = "Microsoft.DBforPostgreSQL/flexibleServers/migrations";
    expect(
      await clients.postgres.migrations.checkNameAvailability(group, server, {
        name: "list1",
        type,
      }),
    ).toMatchObject({ nameAvailable: false, reason: "AlreadyExists" });
    expect(
      await clients.postgres.migrations.checkNameAvailability(group, server, { name: "-x", type }),
    ).toMatchObject({ nameAvailable: false, reason: "Invalid" });
    expect(
      await clients.postgres.migrations.checkNameAvailability(group, server, {
        name: "4e8bc983-0000-4000-8000-000000000000",
        type,
      }),
    ).toMatchObject({ nameAvailable: true });
  }, 30_000);

  it("fails the validation of more than eight databases, and of a server that is not there", async () => {
    const many = Array.from({ length: 9 }, () => "api");
    await clients.postgres.migrations.create(
      group,
      server,
      "many1",
      migrationOf(servers.pair, many, { migrationOption: "Validate" }),
    );
    const refused = await untilMigration(
      clients,
      "many1",
      (seen) => seen.currentStatus?.state !== "InProgress",
      AbortSignal.timeout(20_000),
    );
    expect(JSON.stringify(refused.currentStatus)).toMatch(/at most 8/);
    await clients.postgres.migrations.create(
      group,
      server,
      "away1",
      migrationOf(servers.pair, ["api"], { sourceDbServerResourceId: "127.0.0.1:1@doadmin" }),
    );
    const away = await untilMigration(
      clients,
      "away1",
      (seen) => seen.currentStatus?.state !== "InProgress",
      AbortSignal.timeout(20_000),
    );
    expect(away.currentStatus?.state).toBe("ValidationFailed");
    expect(JSON.stringify(away.currentStatus)).toMatch(/603000/);
    await expect(clients.postgres.migrations.cancel(group, server, "away1")).rejects.toMatchObject({
      statusCode: 400,
    });
  }, 30_000);

  it("shows on request a state that nobody knows, and no migration at all", async () => {
    clients.azure.faults.on("unknown-state");
    expect(
      (await clients.postgres.migrations.get(group, server, "wire1")).currentStatus?.state,
    ).toBe("PausedByPlatform");
    clients.azure.faults.off("unknown-state");
    clients.azure.faults.on("migration-gone");
    await expect(clients.postgres.migrations.get(group, server, "wire1")).rejects.toMatchObject({
      statusCode: 404,
    });
    clients.azure.faults.off("migration-gone");
  });
});
