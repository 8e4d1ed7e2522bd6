/**
 * Every call that the Azure providers make, against everything that can happen
 * to a request on its way, and to the looks at an operation that it began. The
 * list of calls is the providers' own: one without an example here fails by name.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import { createAzureDns, type AzureDns } from "../../src/providers/azure-dns/index.ts";
import { type AzureServer, createAzureServer } from "../../src/providers/azure/index.ts";
import { type Azure, createAzure, type FaultName } from "../../src/rehearsal/azure/index.ts";
import { shapeTarget, type Server, targetSettings } from "../../src/rehearsal/postgres/index.ts";
import { createAuthority } from "../../src/rehearsal/certificates/index.ts";
import { roles, startBare } from "../support/postgres.ts";
import { callsOf, meet, type ProviderCall, type WireFault } from "../support/provider-calls.ts";
import { rm } from "node:fs/promises";
import { temporaryFolder } from "../support/temporary-folder.ts";

const token = new Secret("canary-azure-token");
const sourcePassword = new Secret(`canary" of\\the 'source' %41$é漢🍕${"x".repeat(80)}`);
// Longer than what of a message is shown: it must not be cut in two.
const targetPassword = new Secret(`canary of the target ${"0123456789".repeat(60)}`);
const secrets = [token, sourcePassword, targetPassword].map((secret) => secret.reveal());
const subscriptionId = "6c3a0b1e-8f3e-4b4e-9a46-0a3c7e1d2f55";
const resourceGroup = "rehearsal";
const options = { signal: new AbortController().signal };

let folder: string;
let target: Server;
let azure: Azure;
let server: AzureServer;
let dns: AzureDns;
/** Others of the same, that give up on a request soon. */
let hasty: { readonly server: AzureServer; readonly dns: AzureDns };
let patient: typeof hasty;
let count = 0;
let counted = 0;

const record = {
  effects: () => {
    const since = azure.requests.slice(counted);
    counted = azure.requests.length;
    return since.filter(({ method, done }) => method !== "GET" && done).length;
  },
  idle: () => azure.idle(),
};

beforeAll(async () => {
  const signal = AbortSignal.timeout(60_000);
  folder = await temporaryFolder();
  const authority = await createAuthority("Test authority");
  target = await startBare({
    name: "target",
    major: 17,
    folder,
    authority,
    signal,
    settings: targetSettings,
  });
  await shapeTarget(target, { admin: roles.azureAdmin, signal });
  azure = await createAzure({
    tls: await authority.issue({ names: ["management.test"], addresses: ["127.0.0.1"] }),
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
          host: target.host,
          port: target.port,
          superuser: target.superuser.user,
          password: target.superuser.password,
          tls: true,
        },
        // That it was asked for is what is counted.
        restart: () => Promise.resolve(),
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
            { name: "db", type: "TXT", properties: { TTL: 60, TXTRecords: [{ value: ["0"] }] } },
          ],
        },
      ],
    },
    timings: {
      acceptedMs: 1,
      prerequisitesMs: 1,
      cancelMs: 1,
      operationMs: 5,
      retryAfterSeconds: 0,
    },
  });
  const api = {
    endpoint: azure.endpoint,
    ca: authority.ca,
    credential: { token },
    subscriptionId,
    secrets: [sourcePassword, targetPassword],
    retryDelayMs: 5,
  };
  const open = (requestMs: number) => ({
    server: createAzureServer({ ...api, requestMs, resourceGroup, server: "target", pollMs: 5 }),
    dns: createAzureDns({ ...api, requestMs }),
  });
  patient = open(5000);
  hasty = open(200);
  ({ server, dns } = patient);
}, 60_000);

afterAll(async () => {
  await azure?.close();
  await target?.stop({ mode: "immediate" });
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** Waits, without any database, until it is told which ones: there is nothing to copy. */
async function waitingMigration(): Promise<string> {
  await endMigrations();
  const name = `osm${++count}`;
  await server.createMigration(newMigration(name), options);
  await expect
    .poll(async () => (await server.getMigration(name, options))?.state, { interval: 5 })
    .toBe("WaitingForUserAction");
  return name;
}

/** Only one may be active on a server. */
async function endMigrations(): Promise<void> {
  for (const migration of azure.migrations.filter(({ active }) => active)) {
    migration.cancelRequested = true;
    migration.life.abort(new Error("the next one begins"));
  }
  await expect
    .poll(() => azure.migrations.some(({ active }) => active), { interval: 2 })
    .toBe(false);
}

function newMigration(name: string) {
  return {
    name,
    databases: [],
    mode: "Online",
    option: "Validate",
    source: { host: "127.0.0.1", port: 1, user: "doadmin", password: sourcePassword },
    target: { user: "admin", password: targetPassword },
    overwrite: true,
    location: "Canada Central",
  } as const;
}

const reads = (named: RegExp, call: () => Promise<unknown>) => async (): Promise<ProviderCall> => ({
  does: "reads",
  method: "GET",
  named,
  call,
});

const azureCalls: { readonly [name: string]: () => Promise<ProviderCall> } = {
  getServer: reads(/^Azure, read server target: /, () => server.getServer(options)),
  getConfiguration: reads(/^Azure, read parameter work_mem: /, () =>
    server.getConfiguration("work_mem", options),
  ),
  listConfigurations: reads(/^Azure, list parameters: /, () => server.listConfigurations(options)),
  listFirewallRules: reads(/^Azure, list firewall rules: /, () =>
    server.listFirewallRules(options),
  ),
  listDatabases: reads(/^Azure, list databases: /, () => server.listDatabases(options)),
  listMigrations: reads(/^Azure, list migrations: /, () => server.listMigrations(options)),
  getMigration: async () => {
    const name = await waitingMigration();
    return {
      does: "reads",
      method: "GET",
      named: /^Azure, read migration osm\d+: /,
      call: () => server.getMigration(name, options),
    };
  },
  getBackup: reads(/^Azure, read backup first: /, () => server.getBackup("first", options)),
  listBackups: reads(/^Azure, list backups: /, () => server.listBackups(options)),
  restartServer: async () => ({
    does: "changes",
    method: "POST",
    named: /^Azure, restart server target: /,
    call: () => server.restartServer(options),
  }),
  putConfiguration: async () => {
    const value = String(600_000 + ++count);
    return {
      does: "rewrites",
      method: "PUT",
      named: /^Azure, (?:set|read) parameter statement_timeout: /,
      call: () => server.putConfiguration("statement_timeout", value, options),
      found: async () =>
        (await server.getConfiguration("statement_timeout", options))?.value === value,
    };
  },
  putFirewallRule: async () => {
    const name = `rule${++count}`;
    return {
      does: "rewrites",
      method: "PUT",
      named: /^Azure, (?:set|write|put|create|let)[^:]* rule\d+[^:]*: /,
      call: () => server.putFirewallRule({ name, first: "10.0.0.1", last: "10.0.0.1" }, options),
      found: async () =>
        (await server.listFirewallRules(options)).some((rule) => rule.name === name),
    };
  },
  deleteFirewallRule: async () => {
    const name = `rule${++count}`;
    await server.putFirewallRule({ name, first: "10.0.0.1", last: "10.0.0.1" }, options);
    return {
      does: "rewrites",
      method: "DELETE",
      named: /^Azure, (?:delete|remove)[^:]* rule\d+[^:]*: /,
      call: () => server.deleteFirewallRule(name, options),
      found: async () =>
        !(await server.listFirewallRules(options)).some((rule) => rule.name === name),
    };
  },
  createDatabase: async () => {
    const name = `made${++count}`;
    return {
      does: "changes",
      method: "PUT",
      named: /^Azure, create database made\d+: /,
      call: () => server.createDatabase({ name }, options),
      found: async () => (await server.listDatabases(options)).some((made) => made.name === name),
    };
  },
  createMigration: async () => {
    const name = `osm${++count}`;
    return {
      does: "changes",
      method: "PUT",
      named: /^Azure, create migration osm\d+: /,
      call: () => server.createMigration(newMigration(name), options),
      found: async () => (await server.getMigration(name, options)) !== undefined,
    };
  },
  patchMigration: async () => {
    const name = await waitingMigration();
    return {
      does: "changes",
      method: "PATCH",
      named: /^Azure, change migration osm\d+: /,
      call: () => server.patchMigration(name, { databases: ["named"] }, options),
      found: async () =>
        (await server.getMigration(name, options))?.databaseNames.includes("named") === true,
    };
  },
  cancelMigration: async () => {
    const name = await waitingMigration();
    return {
      does: "changes",
      method: "DELETE",
      named: /^Azure, cancel migration osm\d+: /,
      call: () => server.cancelMigration(name, options),
      found: async () =>
        (await server.getMigration(name, options))?.state !== "WaitingForUserAction",
    };
  },
  createBackup: async () => {
    const name = `backup${++count}`;
    return {
      does: "changes",
      method: "PUT",
      named: /^Azure, create backup backup\d+: /,
      call: () => server.createBackup(name, options),
      found: async () => (await server.getBackup(name, options)) !== undefined,
    };
  },
};

const place = { resourceGroup, zone: "example.test", type: "TXT", name: "db" } as const;

const dnsCalls: { readonly [name: string]: () => Promise<ProviderCall> } = {
  getRecordSet: reads(/^Azure DNS, read TXT db\.example\.test: /, () =>
    dns.getRecordSet(place, options),
  ),
  putRecordSet: async () => {
    const value = String(++count);
    const before = await dns.getRecordSet(place, options);
    return {
      does: "changes",
      method: "PUT",
      named: /^Azure DNS, write TXT db\.example\.test: /,
      call: () =>
        dns.putRecordSet(
          place,
          { ttl: 60, values: [value], metadata: {} },
          before?.etag ?? "",
          options,
        ),
      found: async () => (await dns.getRecordSet(place, options))?.values[0] === value,
    };
  },
};

interface Strike {
  readonly title?: string;
  readonly times?: number;
  readonly amount?: number;
  readonly path?: string;
  readonly refusal?: true;
}

const polls = { method: "GET", path: "/azureAsyncOperation/" };

/** The same, to the looks at an operation that a change began: the change itself is well. */
function atPolls(fault: WireFault): WireFault {
  const { refusal: _none, ...rest } = fault;
  const end = fault.outcome.reads;
  return { ...rest, outcome: { reads: end, rewrites: end, changes: end }, polls: true };
}

function wire(
  name: FaultName,
  [readsEnd, rewrites, changes]: readonly [
    WireFault["outcome"]["reads"],
    WireFault["outcome"]["rewrites"],
    WireFault["outcome"]["changes"],
  ],
  { title = name, refusal, ...settings }: Strike = {},
): WireFault {
  return {
    title,
    outcome: { reads: readsEnd, rewrites, changes },
    passes: name !== "token-expired" && name !== "http-400-echo",
    ...(refusal === undefined ? {} : { refusal }),
    on: ({ method }, atItsPolls) => {
      azure.faults.on(name, { method, ...settings, ...(atItsPolls ? polls : {}) });
      if (name === "http-hang") ({ server, dns } = hasty);
    },
    off: () => {
      azure.faults.off(name);
      ({ server, dns } = patient);
    },
  };
}

const requestFaults = [
  wire("http-429", ["survives", "survives", "survives"], { amount: 0 }),
  wire("http-429-bare", ["stops", "survives", "survives"], { times: 1 }),
  wire("http-429", ["stops", "stops", "stops"], {
    title: "http-429 without end",
    times: 99,
    amount: 0,
    refusal: true,
  }),
  wire("http-500", ["survives", "survives", "stops"], { times: 1 }),
  wire("http-500", ["stops", "stops", "stops"], { title: "http-500 without end", times: 99 }),
  wire("http-503", ["survives", "survives", "stops"], { times: 1 }),
  wire("reset-before-effect", ["survives", "survives", "stops"]),
  wire("reset-after-effect", ["survives", "survives", "stops"]),
  wire("http-truncated", ["stops", "either", "either"]),
  wire("http-html", ["survives", "survives", "stops"]),
  wire("http-html-200", ["stops", "stops", "stops"]),
  wire("http-hang", ["stops", "stops", "stops"]),
  wire("token-expired", ["stops", "stops", "stops"], { refusal: true }),
  wire("http-409-busy", ["stops", "stops", "stops"], { refusal: true }),
  wire("http-400-echo", ["stops", "stops", "stops"], { refusal: true }),
];

/** Its one write is left to the engine's next look, also when it was only throttled. */
const dnsFaults = requestFaults.map((fault) =>
  fault.title.startsWith("http-429")
    ? { ...fault, refusal: true as const, outcome: { ...fault.outcome, changes: "stops" as const } }
    : fault,
);

describe.each([
  ["AzureServer", () => server, azureCalls, requestFaults],
  ["AzureDns", () => dns, dnsCalls, dnsFaults],
] as const)("%s", (_title, provider, examples, faults) => {
  it("has an example of every call", () => {
    expect(Object.keys(examples).toSorted()).toEqual(callsOf(provider()));
  });

  describe.each(Object.entries(examples))("%s", (_name, make) => {
    it.each(faults)("$title", async (fault) => {
      await meet(make, fault, record, secrets);
    });
  });
});

describe.each(
  Object.entries(azureCalls).filter(([name]) =>
    [
      "restartServer",
      "putConfiguration",
      "deleteFirewallRule",
      "createDatabase",
      "createBackup",
    ].includes(name),
  ),
)("a look at the operation of %s", (_name, make) => {
  it.each([
    ...requestFaults.map(atPolls),
    atPolls(wire("operation-unknown-state", ["survives", "survives", "survives"])),
  ])("$title", async (fault) => {
    await meet(make, fault, record, secrets);
  });
});
