import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ActionError, ProviderError, UsageError } from "../../src/core/errors.ts";
import { Secret } from "../../src/core/secret.ts";
import {
  type AzureOptions,
  type AzureServer,
  createAzureServer,
  type NewMigration,
} from "../../src/providers/azure/index.ts";
import {
  createAzureDns,
  type AzureDns,
  RecordSetChanged,
} from "../../src/providers/azure-dns/index.ts";
import { type Azure, createAzure } from "../../src/rehearsal/azure/index.ts";
import { roles, withServers } from "../support/postgres.ts";

const servers = withServers();
const never = new AbortController().signal;
const options = { signal: never };
const token = new Secret("canary-token");
const subscriptionId = "6c3a0b1e-8f3e-4b4e-9a46-0a3c7e1d2f55";
const resourceGroup = "rehearsal";
const dnsRecord = { resourceGroup, zone: "example.test", type: "CNAME", name: "db" } as const;

let azure: Azure;
let settings: AzureOptions;
let server: AzureServer;
let dns: AzureDns;

beforeAll(async () => {
  const { pair } = servers;
  const tls = await pair.authority.issue({ names: ["management.test"], addresses: ["127.0.0.1"] });
  azure = await createAzure({
    tls,
    token,
    servers: [
      {
        subscriptionId,
        resourceGroup,
        name: "target",
        location: "canadacentral",
        locationName: "Canada Central",
        administratorLogin: roles.azureAdmin.user,
        postgres: {
          host: pair.target.host,
          port: pair.target.port,
          superuser: pair.target.superuser.user,
          password: pair.target.superuser.password,
          tls: true,
        },
        restart: () => pair.target.restart(),
      },
    ],
    dns: {
      subscriptionId,
      resourceGroup,
      zones: [
        {
          name: "example.test",
          nameServers: ["ns1.example.test"],
          records: [
            {
              name: "db",
              type: "CNAME",
              properties: {
                TTL: 3600,
                metadata: { owner: "team" },
                CNAMERecord: { cname: "old.example.test" },
              },
            },
          ],
        },
      ],
    },
    timings: { operationMs: 50, retryAfterSeconds: 1 },
  });
  settings = {
    endpoint: azure.endpoint,
    ca: pair.authority.ca,
    credential: { token },
    subscriptionId,
    resourceGroup,
    server: "target",
    pollMs: 50,
    retryDelayMs: 20,
    requestMs: 2000,
  };
  server = createAzureServer(settings);
  dns = createAzureDns({
    endpoint: azure.endpoint,
    ca: pair.authority.ca,
    credential: { token },
    subscriptionId,
    retryDelayMs: 20,
  });
}, 60_000);
afterAll(() => azure?.close(), 60_000);

/** Wherever an error may end up: its text, its fields, its causes, however deep. */
function everything(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (seen.has(value)) return "";
  seen.add(value);
  return Reflect.ownKeys(value)
    .map((key) => `${String(key)}=${everything(Reflect.get(value, key), seen)}`)
    .join(" ");
}

async function failure(call: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof ProviderError))
    throw new Error(`expected a ProviderError, got ${String(error)}`);
  return error;
}

function migration(name: string, more: Partial<NewMigration> = {}): NewMigration {
  const { pair } = servers;
  return {
    name,
    databases: ["api"],
    mode: "Online",
    option: "ValidateAndMigrate",
    source: { host: pair.source.host, port: pair.source.port, ...roles.doadmin },
    target: { ...roles.azureAdmin },
    overwrite: true,
    location: "Canada Central",
    ...more,
  };
}

describe("the server", () => {
  it("is read in our own shape", async () => {
    expect(await server.getServer(options)).toMatchObject({
      name: "target",
      location: "Canada Central",
      state: "Ready",
      version: "17",
      administrator: roles.azureAdmin.user,
      highAvailability: "Disabled",
    });
  });

  it("has parameters that are changed, waited for and read back; an unknown one is missing, not an error", async () => {
    const before = await server.getConfiguration("azure.extensions", options);
    expect(before?.allowedValues?.toLowerCase()).toContain("pg_trgm");
    expect(
      await server.putConfiguration("azure.extensions", "pg_trgm,citext", options),
    ).toMatchObject({ value: "pg_trgm,citext", source: "user-override" });
    expect(await server.getConfiguration("no_such_parameter", options)).toBeUndefined();
    expect((await server.listConfigurations(options)).map(({ name }) => name)).toContain(
      "azure.extensions",
    );
  });

  it("has firewall rules, databases and backups that come and go", async () => {
    await server.putFirewallRule({ name: "osm1", first: "10.1.2.3", last: "10.1.2.4" }, options);
    expect(await server.listFirewallRules(options)).toContainEqual({
      name: "osm1",
      first: "10.1.2.3",
      last: "10.1.2.4",
    });
    await server.deleteFirewallRule("osm1", options);
    expect((await server.listFirewallRules(options)).map(({ name }) => name)).not.toContain("osm1");

    await server.createDatabase({ name: "made", charset: "UTF8" }, options);
    expect(await server.listDatabases(options)).toContainEqual(
      expect.objectContaining({ name: "made", charset: "UTF8" }),
    );

    expect(await server.getBackup("osm1", options)).toBeUndefined();
    await server.createBackup("osm1", options);
    expect(await server.getBackup("osm1", options)).toMatchObject({
      name: "osm1",
      completedAt: expect.stringMatching(/^\d{4}-/) as string,
    });
  });

  it("that is not there is an error, never an absence", async () => {
    const other = createAzureServer({ ...settings, server: "elsewhere" });
    const error = await failure(other.getServer(options));
    expect(error).toMatchObject({ system: "Azure", status: 404, retryable: false });
    expect(error.remedy).toContain("az postgres flexible-server list");
  });

  it("restarts, and it is over when the call returns", async () => {
    const { pid } = servers.pair.target;
    await server.restartServer(options);
    expect(servers.pair.target.pid).not.toBe(pid);
    expect((await server.getServer(options)).state).toBe("Ready");
  });
});

describe("migrations", () => {
  it("are created once, found by name, cut over, and seen to the end", async () => {
    expect(await server.getMigration("osm1", options)).toBeUndefined();
    const created = await server.createMigration(migration("osm1"), options);
    expect(created).toMatchObject({
      name: "osm1",
      state: "InProgress",
      mode: "Online",
      databaseNames: ["api"],
      databases: [],
    });
    expect(created.migrationId).toMatch(/^[0-9a-f-]{36}$/);
    expect(everything(created)).not.toContain(roles.doadmin.password.reveal());

    const again: unknown = await server
      .createMigration(migration("osm1"), options)
      .catch((error: unknown) => error);
    expect(again).toBeInstanceOf(ActionError);
    expect(
      azure.requests.filter(
        ({ method, path }) => method === "PUT" && path.includes("/migrations/osm1"),
      ),
    ).toHaveLength(1);

    const waiting = () => server.getMigration("osm1", options);
    await expect
      .poll(async () => (await waiting())?.subState, { timeout: 30_000, interval: 100 })
      .toBe("WaitingForCutoverTrigger");
    const api = (await waiting())?.databases[0];
    expect(api).toMatchObject({ name: "api", state: "WaitingForCutoverTrigger" });
    expect(api?.latencySeconds).toBeTypeOf("number");

    await server.patchMigration("osm1", { cutover: "all" }, options);
    await expect
      .poll(async () => (await waiting())?.state, { timeout: 30_000, interval: 100 })
      .toBe("Succeeded");
    expect((await server.listMigrations(options)).map(({ name, state }) => [name, state])).toEqual([
      ["osm1", "Succeeded"],
    ]);
  }, 60_000);

  it("keep a state that nobody has heard of as the service's own word", async () => {
    azure.faults.on("unknown-state");
    try {
      const seen = await server.getMigration("osm1", options);
      expect(["Succeeded", "InProgress", "Failed", "Canceled", "unknown"]).not.toContain(
        seen?.state,
      );
    } finally {
      azure.faults.off("unknown-state");
    }
  });

  it("that are cancelled end as Canceled some time later", async () => {
    await server.createMigration(migration("osm2"), options);
    await server.cancelMigration("osm2", options);
    await expect
      .poll(async () => (await server.getMigration("osm2", options))?.state, {
        timeout: 30_000,
        interval: 100,
      })
      .toBe("Canceled");
  }, 60_000);
});

describe("refusals and faults", () => {
  beforeEach(() => {
    for (const name of [
      "http-500",
      "http-409-busy",
      "http-hang",
      "http-html",
      "operation-fails",
      "token-expired",
      "http-429",
      "reset-after-effect",
    ] as const)
      azure.faults.off(name);
  });

  it("reads come through a passing trouble by themselves", async () => {
    azure.faults.on("http-500", { times: 2 });
    expect((await server.getServer(options)).state).toBe("Ready");
  });

  it("a creation is sent once, except that throttling is waited for", async () => {
    const puts = (name: string) =>
      azure.requests.filter(
        ({ method, path }) => method === "PUT" && path.includes(`/migrations/${name}`),
      );
    azure.faults.on("http-500", { times: 1, method: "PUT" });
    const error = await failure(server.createMigration(migration("osm3"), options));
    expect(error).toMatchObject({ status: 500, retryable: true, call: "create migration osm3" });
    expect(puts("osm3")).toHaveLength(1);
    for (const secret of [roles.doadmin.password, roles.azureAdmin.password, token]) {
      expect(everything(error)).not.toContain(secret.reveal());
    }

    azure.faults.on("http-429", { times: 1, method: "PUT" });
    await server.createMigration(migration("osm4"), options);
    expect(puts("osm4").map(({ status }) => status)).toEqual([429, 201]);
    await server.cancelMigration("osm4", options);
  }, 30_000);

  it.each([
    ["http-409-busy", { status: 409, retryable: true }],
    ["token-expired", { status: 401, retryable: false }],
  ] as const)("%s", async (fault, expected) => {
    azure.faults.on(fault, { times: 10 });
    const error = await failure(server.getServer(options));
    expect(error).toMatchObject(expected);
    expect(error.remedy).toBeTruthy();
  });

  it("an operation that Azure ends badly is an error with Azure's code", async () => {
    azure.faults.on("operation-fails");
    const error = await failure(server.putConfiguration("azure.extensions", "pg_trgm", options));
    expect(error.code).toBeTruthy();
    expect(error.message).toContain("set parameter azure.extensions");
  });

  it("a gateway's HTML page is not taken for an answer", async () => {
    azure.faults.on("http-html", { times: 10 });
    expect(await failure(server.getServer(options))).toMatchObject({
      status: 502,
      retryable: true,
    });
  });

  it("a request that is never answered ends by its own limit, by the deadline, or at once by the signal", async () => {
    azure.faults.on("http-hang", { times: 10 });
    const impatient = createAzureServer({ ...settings, requestMs: 100 });
    expect(await failure(impatient.getServer(options))).toMatchObject({
      code: "TIMEOUT",
      retryable: true,
    });
    expect(await failure(server.getServer({ signal: never, deadlineMs: 100 }))).toMatchObject({
      code: "TIMEOUT",
    });
    const controller = new AbortController();
    const stopped = server.getServer({ signal: controller.signal });
    setImmediate(() => controller.abort(new Error("SIGINT")));
    await expect(stopped).rejects.toThrow("SIGINT");
  });

  it("a wait for an operation ends at once by the signal", async () => {
    const slow = createAzureServer({ ...settings, pollMs: 60_000 });
    const controller = new AbortController();
    const stopped = slow.restartServer({ signal: controller.signal });
    await expect
      .poll(() => azure.requests.filter(({ path }) => path.includes("/restart")).length)
      .toBeGreaterThan(1);
    controller.abort(new Error("SIGINT"));
    await expect(stopped).rejects.toThrow("SIGINT");
    await expect
      .poll(async () => (await server.getServer(options)).state, { timeout: 20_000 })
      .toBe("Ready");
  }, 30_000);

  it("a wrong plan is refused before anything is sent", () => {
    expect(() => createAzureServer({ ...settings, subscriptionId: "production" })).toThrow(
      UsageError,
    );
    expect(() => createAzureServer({ ...settings, endpoint: "http://127.0.0.1:1" })).toThrow(
      UsageError,
    );
  });

  it("an endpoint where nothing answers is named", async () => {
    const error = await failure(
      createAzureServer({ ...settings, endpoint: "https://127.0.0.1:1" }).getServer(options),
    );
    expect(error).toMatchObject({ system: "Azure", code: "ECONNREFUSED", retryable: true });
  });
});

describe("DNS record sets", () => {
  it("are changed only over what was read, and keep their labels", async () => {
    const before = await dns.getRecordSet(dnsRecord, options);
    expect(before).toMatchObject({
      ttl: 3600,
      values: ["old.example.test"],
      metadata: { owner: "team" },
    });
    const etag = before?.etag ?? "";
    const metadata = { ...before?.metadata, run: "r1" };
    const written = await dns.putRecordSet(
      dnsRecord,
      { ttl: 30, values: ["new.example.test"], metadata },
      etag,
      options,
    );
    expect(written).toMatchObject({
      ttl: 30,
      values: ["new.example.test"],
      metadata: { owner: "team", run: "r1" },
    });
    expect(written.etag).not.toBe(etag);

    const late: unknown = await dns
      .putRecordSet(dnsRecord, { ttl: 30, values: ["x.example.test"], metadata }, etag, options)
      .catch((error: unknown) => error);
    expect(late).toBeInstanceOf(RecordSetChanged);
    expect(await dns.getRecordSet(dnsRecord, options)).toEqual(written);
  });

  it("that are not there are missing; a zone that is not there is an error", async () => {
    expect(await dns.getRecordSet({ ...dnsRecord, name: "none" }, options)).toBeUndefined();
    expect(
      await failure(dns.getRecordSet({ ...dnsRecord, zone: "elsewhere.test" }, options)),
    ).toMatchObject({ status: 404 });
  });
});
