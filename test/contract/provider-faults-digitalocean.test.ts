/**
 * Every call that the DigitalOcean provider makes, against everything that can
 * happen to a request on its way. The list of calls is the provider's own: one
 * without an example here fails by name.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DigitalOcean, openDigitalOcean } from "../../src/providers/digitalocean/index.ts";
import type { DigitalOceanFault } from "../../src/rehearsal/digitalocean/index.ts";
import {
  adminPassword,
  clusterId,
  type LocalDigitalOcean,
  startLocalDigitalOcean,
  token,
} from "../support/local-digitalocean.ts";
import {
  callsOf,
  meet,
  type Outcome,
  type ProviderCall,
  type WireFault,
} from "../support/provider-calls.ts";

const { signal } = new AbortController();
const secrets = [token.reveal(), adminPassword.reveal()];
let local: LocalDigitalOcean;
let client: DigitalOcean;
let patient: DigitalOcean;
/** Another of the same, that gives up on a request soon, and on all together. */
let hasty: DigitalOcean;
let count = 0;
let counted = 0;

const record = {
  effects: () => {
    const since = local.requests.slice(counted);
    counted = local.requests.length;
    return since.filter(
      ({ method, template, status }) =>
        method !== "GET" && template !== undefined && (typeof status === "string" || status < 300),
    ).length;
  },
  idle: () => Promise.resolve(),
};

beforeAll(async () => {
  // Hundreds of calls in seconds: their limit is not the subject.
  local = await startLocalDigitalOcean({ limits: { hourly: 1e6, burst: 1e6 } });
  const open = (tryMs: number, deadlineMs: number) =>
    openDigitalOcean({
      endpoint: local.endpoint,
      ca: local.ca,
      token,
      pauseMs: 2,
      tryMs,
      deadlineMs,
    });
  patient = open(5000, 5000);
  hasty = open(250, 1000);
  client = patient;
});

afterAll(async () => {
  await Promise.all([patient.close(), hasty.close()]);
  await local.close();
});

const reads = (named: RegExp, call: () => Promise<unknown>) => async (): Promise<ProviderCall> => ({
  does: "reads",
  method: "GET",
  named,
  call,
});

const cluster = (part: string) =>
  new RegExp(`^DigitalOcean, GET /v2/databases/\\{id\\}${part} \\(cluster `);

const calls: { readonly [name: string]: () => Promise<ProviderCall> } = {
  getCluster: reads(/^DigitalOcean, GET \/v2\/databases \(cluster "backend"\): /, () =>
    client.getCluster("backend", signal),
  ),
  getCa: reads(cluster("/ca"), () => client.getCa(clusterId, signal)),
  listBackups: reads(cluster("/backups"), () => client.listBackups(clusterId, signal)),
  getFirewall: reads(cluster("/firewall"), () => client.getFirewall(clusterId, signal)),
  listEvents: reads(cluster("/events"), () => client.listEvents(clusterId, signal)),
  getConfig: reads(cluster("/config"), () => client.getConfig(clusterId, signal)),
  listUsers: reads(cluster("/users"), () => client.listUsers(clusterId, signal)),
  getDomain: reads(/^DigitalOcean, GET \/v2\/domains\/\{domain\} \(domain app\.test\): /, () =>
    client.getDomain("app.test", signal),
  ),
  listRecords: reads(/^DigitalOcean, GET .*\/records \(records of app\.test\): /, () =>
    client.listRecords("app.test", {}, signal),
  ),
  putFirewall: async () => {
    const value = `192.0.2.${(++count % 200) + 2}`;
    return {
      does: "rewrites",
      method: "PUT",
      named: /^DigitalOcean, PUT \/v2\/databases\/\{id\}\/firewall \(cluster /,
      call: () => client.putFirewall(clusterId, [{ type: "ip_addr", value }], signal),
      found: async () =>
        (await client.getFirewall(clusterId, signal)).some((rule) => rule.value === value),
    };
  },
  patchRecord: async () => {
    const data = `new${++count}.cloud.test`;
    const find = async () =>
      (await client.listRecords("app.test", { type: "CNAME" }, signal)).find(
        ({ name }) => name === "db.app.test",
      );
    const id = (await find())?.id ?? 0;
    return {
      does: "rewrites",
      method: "PATCH",
      named: /^DigitalOcean, PATCH \/v2\/domains\/\{domain\}\/records\/\{id\} \(record \d+ of app/,
      call: () => client.patchRecord("app.test", id, { type: "CNAME", data }, signal),
      found: async () => (await find())?.data === data,
    };
  },
};

function wire(
  name: DigitalOceanFault,
  [readsEnd, rewrites]: readonly [Outcome, Outcome],
  settings: {
    readonly title?: string;
    readonly times?: number;
    readonly amount?: number;
    readonly refusal?: true;
  } = {},
): WireFault {
  const { title = name, refusal, ...rest } = settings;
  return {
    title,
    outcome: { reads: readsEnd, rewrites, changes: "stops" },
    passes: name !== "token-expired" && name !== "http-400-echo",
    ...(refusal === undefined ? {} : { refusal }),
    on: ({ method }) => {
      local.faults.on(name, { method, ...rest });
      if (name === "http-hang" || title === "http-500 without end") client = hasty;
    },
    off: () => {
      local.faults.off(name);
      client = patient;
    },
  };
}

const faults = [
  wire("http-429", ["survives", "survives"], { times: 1, amount: 0 }),
  wire("http-429", ["stops", "stops"], {
    title: "http-429 without end",
    times: 99_999,
    amount: 3600,
    refusal: true,
  }),
  // An hour away: longer than anybody waits with a source that may be frozen.
  wire("http-429-hourly", ["stops", "stops"], { amount: 3600, refusal: true }),
  wire("http-500", ["survives", "survives"], { times: 1 }),
  wire("http-500", ["stops", "stops"], { title: "http-500 without end", times: 99_999 }),
  wire("http-503", ["survives", "survives"], { times: 1 }),
  wire("reset-before-effect", ["survives", "survives"]),
  wire("reset-after-effect", ["survives", "survives"]),
  wire("http-truncated", ["survives", "survives"]),
  wire("http-html", ["survives", "survives"]),
  wire("http-html-200", ["stops", "stops"]),
  wire("http-hang", ["survives", "survives"]),
  wire("http-hang", ["stops", "stops"], { title: "http-hang without end", times: 99_999 }),
  wire("token-expired", ["stops", "stops"], { refusal: true }),
  wire("http-409", ["stops", "stops"], { refusal: true }),
  wire("http-400-echo", ["stops", "stops"], { refusal: true }),
];

describe("DigitalOcean", () => {
  it("has an example of every call", () => {
    expect(Object.keys(calls).toSorted()).toEqual(callsOf(client));
  });

  describe.each(Object.entries(calls))("%s", (_name, make) => {
    it.each(faults)("$title", async (fault) => {
      await meet(make, fault, record, secrets);
    });
  });

  it("a status that nobody knows is not online, and is passed on", async () => {
    local.faults.on("cluster-unknown-status");
    expect(await client.getCluster("backend", signal)).toMatchObject({
      status: "hibernating",
      online: false,
    });
    local.faults.off("cluster-unknown-status");
  });
});
