/**
 * The stand-in judged by the real SDK: its mappers must keep every field that
 * is on the wire, its pollers must end, its retries must be needed.
 */
import type { FullOperationResponse } from "@azure/core-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asSuperuser } from "../../src/rehearsal/postgres/index.ts";
import {
  all,
  azureNames,
  azureToken,
  type Clients,
  migrationOf,
  startAzure,
  untilMigration,
} from "../support/azure.ts";
import { roles, withServers } from "../support/postgres.ts";

const servers = withServers({ databases: [{ name: "api" }] });
const { group, server, subscription } = azureNames;
let clients: Clients;

beforeAll(async () => {
  clients = await startAzure(servers.pair, { pageSize: 2 });
}, 60_000);
afterAll(async () => {
  await clients.azure.close();
}, 30_000);

const instant = /^\d{4}-\d\d-\d\dT[\d:]+(\.\d+)?Z$/;

/** One shape for the wire's and the SDK's: `properties` flattened, instants alike, defaults of the SDK left out. */
function normal(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "string") return instant.test(value) ? new Date(value).toISOString() : value;
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, normal(field)]));
}

async function wireAndMapped<T>(
  call: (options: { onResponse: (raw: FullOperationResponse) => void }) => Promise<T>,
): Promise<{ wire: Record<string, unknown>; mapped: T; status: number; text: string }> {
  let raw: FullOperationResponse | undefined;
  const mapped = await call({
    onResponse: (response) => {
      raw = response;
    },
  });
  const text = raw?.bodyAsText ?? "";
  const { properties, ...rest } = JSON.parse(text) as { properties?: object };
  return {
    wire: normal({ ...rest, ...properties }) as Record<string, unknown>,
    mapped,
    status: raw?.status ?? 0,
    text,
  };
}

const requestsOf = (text: string): readonly (number | string)[] =>
  clients.azure.requests.filter(({ path }) => path.includes(text)).map(({ status }) => status);

describe("who may ask, and how", () => {
  it("refuses another token, and an api-version that it does not know", async () => {
    await expect(clients.clientWith("stolen").servers.get(group, server)).rejects.toMatchObject({
      statusCode: 401,
      code: "InvalidAuthenticationToken",
    });
    const path = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${server}`;
    const { default: https } = await import("node:https");
    const status = (query: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        https
          .get(
            `${clients.azure.endpoint}${path}${query}`,
            {
              ca: servers.pair.authority.ca,
              headers: { Authorization: `Bearer ${azureToken.reveal()}` },
            },
            (response) => {
              response.resume();
              resolve(response.statusCode);
            },
          )
          .on("error", reject);
      });
    expect(await status("?api-version=2025-08-01")).toBe(200);
    expect(await status("?api-version=2099-01-01")).toBe(400);
    expect(await status("")).toBe(400);
  });

  it("says which of subscription, group and server is not there", async () => {
    await expect(clients.postgres.servers.get(group, "other")).rejects.toMatchObject({
      statusCode: 404,
      code: "ResourceNotFound",
    });
    await expect(clients.postgres.servers.get("other", server)).rejects.toMatchObject({
      statusCode: 404,
      code: "ResourceGroupNotFound",
    });
  });
});

describe("the server", () => {
  it("is described as the live service does, and the SDK keeps all of it", async () => {
    const { wire, mapped } = await wireAndMapped((options) =>
      clients.postgres.servers.get(group, server, options),
    );
    expect(normal(mapped)).toMatchObject(wire);
    expect(wire).toMatchObject({
      location: "Canada Central",
      state: "Ready",
      version: "17",
      minorVersion: "10",
      highAvailability: { mode: "Disabled", state: "NotEnabled" },
    });
    const listed = await all(clients.postgres.servers.listByResourceGroup(group));
    expect(listed.map(({ name }) => name)).toEqual([server]);
  });

  it("changes a dynamic parameter of the real server at once", async () => {
    const mapped = await clients.postgres.configurations.beginUpdateAndWait(
      group,
      server,
      "work_mem",
      { value: "12345", source: "user-override" },
    );
    expect(mapped.name ?? "work_mem").toBe("work_mem");
    const shown = await asSuperuser(
      servers.pair.target,
      { signal: AbortSignal.timeout(5000) },
      async (client) =>
        (await client.query<{ work_mem: string }>("SHOW work_mem")).rows[0]?.work_mem,
    );
    expect(shown).toBe("12345kB");
    const after = await wireAndMapped((options) =>
      clients.postgres.configurations.get(group, server, "work_mem", options),
    );
    expect(normal(after.mapped)).toMatchObject(after.wire);
    expect(after.wire).toMatchObject({
      value: "12345",
      defaultValue: "4096",
      dataType: "Integer",
      source: "user-override",
      isConfigPendingRestart: false,
      unit: "kB",
    });
  });

  it("allows extensions by azure.extensions, for the administrator on the real server", async () => {
    await expect(
      clients.postgres.configurations.beginPutAndWait(group, server, "azure.extensions", {
        value: "pg_trgm,nonsense",
        source: "user-override",
      }),
    ).rejects.toMatchObject({ statusCode: 400, code: "InvalidParameterValue" });
    const create = async (): Promise<unknown> => {
      const { default: pg } = await import("pg");
      const { host, port, ca } = servers.pair.target;
      const client = new pg.Client({
        host,
        port,
        user: roles.azureAdmin.user,
        password: roles.azureAdmin.password.reveal(),
        database: "postgres",
        ssl: { ca },
      });
      await client.connect();
      return client.query("CREATE EXTENSION citext").finally(() => client.end());
    };
    await expect(create()).rejects.toMatchObject({ code: "42501" });
    await clients.postgres.configurations.beginPutAndWait(group, server, "azure.extensions", {
      value: "CITEXT",
      source: "user-override",
    });
    await create();
    const { allowedValues } = await clients.postgres.configurations.get(
      group,
      server,
      "azure.extensions",
    );
    expect(allowedValues?.split(",")).toContain("pg_trgm");
  });

  it("keeps a static parameter pending until a real restart", async () => {
    await clients.postgres.configurations.beginPutAndWait(
      group,
      server,
      "max_locks_per_transaction",
      { value: "128", source: "user-override" },
    );
    await clients.postgres.configurations.beginPutAndWait(
      group,
      server,
      "shared_preload_libraries",
      { value: "pg_stat_statements,pg_cron", source: "user-override" },
    );
    const pending = async () =>
      (
        await Promise.all(
          ["max_locks_per_transaction", "shared_preload_libraries"].map((name) =>
            clients.postgres.configurations.get(group, server, name),
          ),
        )
      ).map(({ isConfigPendingRestart }) => isConfigPendingRestart);
    expect(await pending()).toEqual([true, true]);
    const before = servers.pair.target.pid;
    await clients.postgres.servers.beginRestartAndWait(group, server);
    expect(servers.pair.target.pid).not.toBe(before);
    expect(await pending()).toEqual([false, false]);
    const shown = await asSuperuser(
      servers.pair.target,
      { signal: AbortSignal.timeout(5000) },
      async (client) =>
        (
          await client.query<{ value: string }>(
            "SELECT current_setting('max_locks_per_transaction') || current_setting('shared_preload_libraries') AS value",
          )
        ).rows[0]?.value,
    );
    expect(shown).toBe("128pg_stat_statements");
  }, 30_000);

  it("ends a long-running operation as Failed when told to", async () => {
    clients.azure.faults.on("operation-fails");
    await expect(
      clients.postgres.configurations.beginPutAndWait(group, server, "work_mem", {
        value: "4096",
        source: "user-override",
      }),
    ).rejects.toThrow(/ServerIsBusy/);
  });

  it("creates and drops real databases", async () => {
    await clients.postgres.databases.beginCreateAndWait(group, server, "made", {
      charset: "UTF8",
      collation: "en_US.utf8",
    });
    const { wire, mapped } = await wireAndMapped((options) =>
      clients.postgres.databases.get(group, server, "made", options),
    );
    expect(normal(mapped)).toMatchObject(wire);
    await clients.postgres.databases.beginDeleteAndWait(group, server, "made");
    const names = (await all(clients.postgres.databases.listByServer(group, server))).map(
      ({ name }) => name,
    );
    expect(names).toContain("postgres");
    expect(names).not.toContain("made");
  });

  it("answers a firewall rule with 201 in one request", async () => {
    await clients.postgres.firewallRules.beginCreateOrUpdateAndWait(group, server, "laptop", {
      startIpAddress: "10.0.0.1",
      endIpAddress: "10.0.0.1",
    });
    expect(requestsOf("firewallRules/laptop")).toEqual([201]);
    const { wire, mapped } = await wireAndMapped((options) =>
      clients.postgres.firewallRules.get(group, server, "laptop", options),
    );
    expect(normal(mapped)).toMatchObject(wire);
    await clients.postgres.firewallRules.beginDeleteAndWait(group, server, "laptop");
    await expect(clients.postgres.firewallRules.get(group, server, "laptop")).rejects.toMatchObject(
      { statusCode: 404 },
    );
  });

  it("answers a backup name that exists with 500, which the SDK repeats", async () => {
    const made = await clients.postgres.backupsAutomaticAndOnDemand.beginCreateAndWait(
      group,
      server,
      "before",
    );
    expect(made).toMatchObject({ name: "before", backupType: "Customer On-Demand" });
    expect(made.completedTime).toBeInstanceOf(Date);
    const puts = clients.azure.requests.length;
    await expect(
      clients.postgres.backupsAutomaticAndOnDemand.beginCreateAndWait(group, server, "before"),
    ).rejects.toMatchObject({ statusCode: 500, code: "InternalServerError" });
    expect(clients.azure.requests.slice(puts).map(({ status }) => status)).toEqual([
      500, 500, 500, 500,
    ]);
  });
});

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

describe("faults of the wire", () => {
  const look = () => clients.postgres.servers.get(group, server);
  const since = async (work: () => Promise<unknown>): Promise<readonly (number | string)[]> => {
    const from = clients.azure.requests.length;
    await work();
    return clients.azure.requests.slice(from).map(({ status }) => status);
  };

  it.each([
    ["http-500", [500, 500, 200]],
    ["http-503", [503, 503, 200]],
    ["reset-before-effect", ["reset", 200]],
  ] as const)("%s is repeated by the SDK until it is over", async (fault, expected) => {
    clients.azure.faults.on(fault);
    expect(await since(look)).toEqual(expected);
  });

  it("429 is repeated only with a Retry-After", async () => {
    clients.azure.faults.on("http-429", { times: 1 });
    expect(await since(look)).toEqual([429, 200]);
    clients.azure.faults.on("http-429-bare");
    await expect(look()).rejects.toMatchObject({ statusCode: 429, code: "TooManyRequests" });
  }, 15_000);

  it("a busy server, an expired token and a gateway's page reach the caller", async () => {
    clients.azure.faults.on("http-409-busy");
    await expect(look()).rejects.toMatchObject({ statusCode: 409, code: "ServerIsBusy" });
    clients.azure.faults.on("token-expired");
    await expect(look()).rejects.toMatchObject({
      statusCode: 401,
      code: "ExpiredAuthenticationToken",
    });
    clients.azure.faults.on("http-html", { times: 4 });
    await expect(look()).rejects.toMatchObject({ statusCode: 502 });
  });

  it("a reset after the effect leaves the effect, and the SDK's repeat meets it", async () => {
    clients.azure.faults.on("reset-after-effect", { method: "PUT", path: "/migrations/" });
    const create = clients.postgres.migrations.create(
      group,
      server,
      "doubt1",
      migrationOf(servers.pair, ["missing"], { migrationOption: "Validate" }),
    );
    await expect(create).rejects.toMatchObject({ statusCode: 409 });
    expect((await clients.postgres.migrations.get(group, server, "doubt1")).name).toBe("doubt1");
  });

  it("a hanging request ends with the caller's signal, a cut-off answer is an error", async () => {
    clients.azure.faults.on("http-hang");
    await expect(
      clients.postgres.servers.get(group, server, { abortSignal: AbortSignal.timeout(300) }),
    ).rejects.toMatchObject({ name: "AbortError" });
    clients.azure.faults.on("http-truncated", { times: 4 });
    await expect(look()).rejects.toThrow();
    clients.azure.faults.off("http-truncated");
  });
});
