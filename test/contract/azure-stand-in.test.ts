/**
 * The stand-in's servers judged by the real SDK: its mappers must keep every
 * field that is on the wire, its pollers must end.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asSuperuser } from "../../src/rehearsal/postgres/index.ts";
import { all, azureNames, azureToken, type Clients, startAzure } from "../support/azure.ts";
import { normal, wireAndMapped } from "../support/azure-wire.ts";
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
      try {
        return await client.query("CREATE EXTENSION citext");
      } finally {
        await client.end();
      }
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
