import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type MigrationError,
  ProviderError,
  UnreadableError,
  UsageError,
} from "../../src/core/errors.ts";
import type { Secret } from "../../src/core/secret.ts";
import { Api } from "../../src/providers/digitalocean/api.ts";
import {
  type DigitalOcean,
  type DigitalOceanSettings,
  openDigitalOcean,
} from "../../src/providers/digitalocean/index.ts";
import type { DigitalOceanFault } from "../../src/rehearsal/digitalocean/index.ts";
import { OpenApi, openApiMissing } from "../support/digitalocean-openapi.ts";
import {
  adminPassword,
  clusterId,
  type LocalDigitalOcean,
  startLocalDigitalOcean,
  token,
} from "../support/local-digitalocean.ts";

const { signal } = new AbortController();
let local: LocalDigitalOcean;
let client: DigitalOcean;

function open(settings: Partial<DigitalOceanSettings> = {}): DigitalOcean {
  return openDigitalOcean({
    endpoint: local.endpoint,
    ca: local.ca,
    token,
    pauseMs: 20,
    ...settings,
  });
}

beforeEach(async () => {
  local = await startLocalDigitalOcean({ recordBodies: true });
  client = open();
});

afterEach(async () => {
  await client.close();
  await local.close();
});

async function failure(promise: Promise<unknown>): Promise<MigrationError> {
  try {
    await promise;
  } catch (error) {
    return error as MigrationError;
  }
  throw new Error("it did not fail");
}

function statuses(): readonly unknown[] {
  return local.requests.map(({ status }) => status);
}

describe("clusters", () => {
  it("are found by name and by id, with the way in", async () => {
    for (const idOrName of ["backend", clusterId]) {
      const cluster = await client.getCluster(idOrName, signal);
      expect(cluster).toMatchObject({
        id: clusterId,
        name: "backend",
        engine: "pg",
        version: "15",
        online: true,
        storageMib: 81_920,
      });
      // The field `database` is empty in the answer; the uri has the name.
      expect(cluster.connection).toMatchObject({
        host: "127.0.0.1",
        port: 25_060,
        database: "defaultdb",
        user: "doadmin",
      });
      expect(cluster.connection?.password?.reveal()).toBe(adminPassword.reveal());
    }
  });

  it("that are not there are named beside those that are", async () => {
    const byName = await failure(client.getCluster("backen", signal));
    expect(byName).toMatchObject({ status: 404, retryable: false });
    expect(byName.remedy).toContain("backend");
    const byId = await failure(client.getCluster("00000000-0000-4000-8000-000000000000", signal));
    expect(byId).toMatchObject({
      status: 404,
      code: "not_found",
      system: "DigitalOcean",
      call: "GET /v2/databases/{id}",
    });
    expect(byId.message).toMatch(/cluster not found \(404, not_found, request [0-9a-f-]{36}\)/);
  });

  it("show what is going on with them", async () => {
    local.faults.on("cluster-not-online");
    local.faults.on("maintenance-pending");
    expect(await client.getCluster("backend", signal)).toMatchObject({
      status: "resizing",
      online: false,
      maintenance: { pending: true },
    });
    local.state.clusters[0]?.happened("cluster_master_promotion");
    expect((await client.listEvents(clusterId, signal)).map(({ type }) => type)).toEqual([
      "cluster_master_promotion",
      "cluster_create",
    ]);
    expect(await client.getConfig(clusterId, signal)).toMatchObject({ max_replication_slots: 20 });
    expect(await client.getCa(clusterId, signal)).toBe(local.ca);
  });

  it("have backups, or not yet", async () => {
    const listed = await client.listBackups(clusterId, signal);
    expect(listed).toMatchObject({
      is: "listed",
      backups: [{ sizeGigabytes: expect.any(Number) as number }],
    });
    local.faults.on("backups-412");
    expect(await client.listBackups(clusterId, signal)).toEqual({ is: "not yet" });
  });

  it("are still readable without the scope for passwords", async () => {
    await local.close();
    local = await startLocalDigitalOcean({ tokens: [{ token, scopes: ["database:read"] }] });
    const poor = open();
    expect((await poor.getCluster("backend", signal)).connection).toEqual({
      host: "127.0.0.1",
      port: 25_060,
      database: "defaultdb",
      user: undefined,
      password: undefined,
    });
    expect((await poor.listUsers(clusterId, signal))[0]).toEqual({
      name: "doadmin",
      role: "primary",
      password: undefined,
    });
    const refused = await failure(poor.putFirewall(clusterId, [], signal));
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.remedy).toContain("database:update");
    await poor.close();
  });

  it("have trusted sources that are replaced as a whole", async () => {
    const before = await client.getFirewall(clusterId, signal);
    expect(before).toMatchObject([{ type: "ip_addr", value: "192.0.2.1", description: "office" }]);
    await client.putFirewall(
      clusterId,
      [...before, { type: "ip_addr", value: "192.0.2.9" }],
      signal,
    );
    const after = await client.getFirewall(clusterId, signal);
    expect(after).toMatchObject([before[0], { value: "192.0.2.9" }]);
  });
});

describe("domains", () => {
  it("give their records with absolute names, whatever page they are on", async () => {
    const [domain] = local.state.domains;
    for (let number = 0; number < 450; number += 1) {
      domain?.add({
        type: "A",
        name: `host${number}`,
        data: "192.0.2.1",
        ttl: 60,
        priority: null,
        port: null,
        weight: null,
        flags: null,
        tag: null,
      });
    }
    const all = await client.listRecords("App.test.", {}, signal);
    expect(all).toHaveLength(domain?.records.length ?? 0);
    expect(local.requests.filter(({ path }) => path.endsWith("/records"))).toHaveLength(3);
    expect(all.find(({ type }) => type === "MX")).toMatchObject({
      name: "app.test",
      data: "app.test",
      priority: 10,
    });
    expect(
      await client.listRecords("app.test", { name: "DB.app.test.", type: "CNAME" }, signal),
    ).toEqual([
      {
        id: expect.any(Number) as number,
        type: "CNAME",
        name: "db.app.test",
        data: "old.cloud.test",
        ttl: 3600,
        priority: undefined,
      },
    ]);
    expect((await client.getDomain("app.test", signal)).zoneFile).toContain(
      "db.app.test. 3600 IN CNAME old.cloud.test.",
    );
  });

  it("are not taken for complete when a page is missing", async () => {
    const [domain] = local.state.domains;
    for (let number = 0; number < 250; number += 1) {
      const unused = { priority: null, port: null, weight: null, flags: null, tag: null };
      domain?.add({ ...unused, type: "A", name: `host${number}`, data: "192.0.2.1", ttl: 60 });
    }
    local.faults.on("page-missing");
    const error = await failure(client.listRecords("app.test", {}, signal));
    expect(error).toBeInstanceOf(UnreadableError);
    expect(error.message).toContain("fewer records than it counts");
  });

  it("have records that are changed in place", async () => {
    const [record] = await client.listRecords(
      "app.test",
      { name: "db.app.test", type: "CNAME" },
      signal,
    );
    const id = record?.id ?? 0;
    const slower = await client.patchRecord("app.test", id, { type: "CNAME", ttl: 60 }, signal);
    expect(slower).toEqual({ ...record, ttl: 60 });
    const flipped = await client.patchRecord(
      "app.test",
      id,
      { type: "CNAME", data: "New.cloud.test" },
      signal,
    );
    expect(flipped).toEqual({ ...slower, data: "new.cloud.test" });
    expect(await client.listRecords("app.test", { name: "db.app.test" }, signal)).toEqual([
      flipped,
    ]);
    const refused = await failure(
      client.patchRecord("app.test", id, { type: "CNAME", ttl: 5 }, signal),
    );
    expect(refused).toMatchObject({ status: 422, call: "PATCH /v2/domains/{domain}/records/{id}" });
  });
});

describe.skipIf(openApiMissing !== undefined)(
  "requests",
  { meta: openApiMissing === undefined ? {} : { whenSkipped: openApiMissing } },
  () => {
    it("are as the published OpenAPI has them", async () => {
      const openApi = new OpenApi();
      await client.putFirewall(clusterId, await client.getFirewall(clusterId, signal), signal);
      const [record] = await client.listRecords("app.test", { type: "CNAME" }, signal);
      await client.patchRecord(
        "app.test",
        record?.id ?? 0,
        { type: "CNAME", data: "new.cloud.test", ttl: 60 },
        signal,
      );
      const sent = local.requests.filter(({ method }) => method !== "GET");
      expect(sent.map(({ method }) => method)).toEqual(["PUT", "PATCH"]);
      const problems = sent.flatMap(({ method, template, requestBody }) =>
        openApi.requestProblems(method, template ?? "", requestBody),
      );
      expect(problems).toEqual([]);
    });
  },
);

describe("faults", () => {
  const passing: readonly DigitalOceanFault[] = [
    "http-500",
    "http-503",
    "http-html",
    "http-429",
    "http-429-hourly",
    "http-truncated",
    "reset-before-effect",
    "reset-after-effect",
  ];

  it.each(passing)("%s passes, for reading and for a change in place", async (fault) => {
    local.faults.on(fault, { times: 1 });
    expect((await client.getCluster("backend", signal)).name).toBe("backend");
    const [record] = await client.listRecords("app.test", { type: "CNAME" }, signal);
    // A truncated answer needs one that has a body.
    local.faults.on(fault, { times: 1, method: "PATCH" });
    expect(
      (await client.patchRecord("app.test", record?.id ?? 0, { type: "CNAME", ttl: 60 }, signal))
        .ttl,
    ).toBe(60);
    expect(local.faults.names()).toEqual([]);
    expect(local.requests).toHaveLength(5);
  });

  it("a hang is given up, and the call made again", async () => {
    local.faults.on("http-hang");
    const quick = open({ tryMs: 250 });
    expect((await quick.getCluster("backend", signal)).name).toBe("backend");
    expect(statuses()).toEqual(["hang", 200]);
    await quick.close();
  });

  it("an end is made of it at the deadline, and the error says what is not known", async () => {
    local.faults.on("reset-after-effect", { times: 100 });
    const impatient = open({ deadlineMs: 250, pauseMs: 100 });
    const error = await failure(impatient.putFirewall(clusterId, [], signal));
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({
      retryable: true,
      call: "PUT /v2/databases/{id}/firewall",
      meaning: "Whether the change took effect is not known.",
    });
    expect(error.message).toMatch(/tried [2-9] times/);
    await impatient.close();
  });

  it("who only looks is impatient after a call without any answer, until one is answered", async () => {
    const looking = open({ deadlineMs: 1500, tryMs: 300, pauseMs: 20, unansweredMs: 300 });
    const triesOf = async () => {
      const before = local.requests.length;
      await looking.getCluster("backend", signal).catch(() => undefined);
      return local.requests.length - before;
    };
    local.faults.on("http-hang", { times: 100 });
    expect(await triesOf()).toBeGreaterThan(1);
    expect(await triesOf()).toBe(1);
    local.faults.off("http-hang");
    expect((await looking.getCluster("backend", signal)).name).toBe("backend");
    local.faults.on("http-hang", { times: 100 });
    expect(await triesOf()).toBeGreaterThan(1);
    await looking.close();
  });

  it("a limit that lasts longer than the deadline is not waited for", async () => {
    local.faults.on("http-429-hourly", { amount: 3000 });
    const error = await failure(client.getCluster("backend", signal));
    expect(error).toMatchObject({ status: 429, code: "too_many_requests", retryable: true });
    expect(local.requests).toHaveLength(1);
  });

  it("a refused token is not tried twice", async () => {
    local.faults.on("token-expired");
    const error = await failure(client.getCluster("backend", signal));
    expect(error).toMatchObject({ status: 401, retryable: false });
    expect(error.remedy).toContain("source.digitalocean.token");
    expect(statuses()).toEqual([401]);
  });

  it("a POST is made once when it may have been received, again when it was limited", async () => {
    const api = new Api({ endpoint: local.endpoint, ca: local.ca, token });
    const post = () =>
      api.send(
        {
          method: "POST",
          call: "POST /v2/databases/{id}/pools",
          path: `/v2/databases/${clusterId}/pools`,
          subject: "pool",
          body: { name: "p", mode: "session", size: 1, db: "app" },
        },
        signal,
      );
    for (const fault of ["http-503", "reset-after-effect"] as const) {
      local.faults.on(fault, { times: 1 });
      expect((await failure(post())).meaning, fault).toBe(
        "Whether the change took effect is not known.",
      );
    }
    expect(local.requests).toHaveLength(2);
    expect(local.state.clusters[0]?.pools).toHaveLength(1);
    local.state.clusters[0]?.pools.splice(0);
    local.faults.on("http-429", { times: 1, amount: 0 });
    expect((await post()).status).toBe(201);
    await api.close();
  });

  it("an aborted call ends at once, hanging or waiting", async () => {
    local.faults.on("http-hang");
    const hanging = new AbortController();
    const asked = client.getCluster("backend", hanging.signal);
    setTimeout(() => hanging.abort(new Error("stopped")), 50);
    await expect(asked).rejects.toThrow("stopped");
    local.faults.on("http-429", { amount: 60 });
    const waiting = new AbortController();
    const limited = client.getCluster("backend", waiting.signal);
    setTimeout(() => waiting.abort(new Error("stopped too")), 200);
    await expect(limited).rejects.toThrow("stopped too");
  });

  it("an authority that is not trusted is said so, and not tried again", async () => {
    const distrustful = openDigitalOcean({ endpoint: local.endpoint, token });
    const error = await failure(distrustful.getCluster("backend", signal));
    expect(error.meaning).toContain("not trusted");
    expect(error.remedy).toContain("source.digitalocean.ca");
    expect(error.message).not.toContain("tried");
    await distrustful.close();
  });

  it("an endpoint where nothing listens is said so", async () => {
    const { endpoint } = local;
    await local.close();
    const lonely = openDigitalOcean({ endpoint, ca: local.ca, token, deadlineMs: 300 });
    const error = await failure(lonely.getCluster("backend", signal));
    expect(error).toMatchObject({ code: "ECONNREFUSED", retryable: true });
    await lonely.close();
    local = await startLocalDigitalOcean();
  });
});

describe("an endpoint", () => {
  it.each(["http://127.0.0.1:1", "127.0.0.1", ""])("%j gets no token", (endpoint) => {
    expect(() => open({ endpoint })).toThrow(UsageError);
  });
});

describe("answers that are not understood", () => {
  it("are no empty lists", async () => {
    const api = new Api({ endpoint: local.endpoint, ca: local.ca, token });
    const { recordPage, oneCluster } = await import("../../src/providers/digitalocean/schemas.ts");
    const call = { method: "GET" as const, call: "GET /x", subject: "x", path: "/x" };
    const answer = (text: string) => ({ status: 200, headers: new Map<string, string>(), text });
    expect(() => api.read(recordPage, call, answer("<html>"))).toThrow(UnreadableError);
    expect(() => api.read(recordPage, call, answer("{}"))).toThrow(/domain_records: invalid_type/);
    expect(() =>
      api.read(oneCluster, call, answer(`{"database":{"id":"${adminPassword.reveal()}"}}`)),
    ).toThrow(UnreadableError);
    await api.close();
  });
});

describe("secrets", () => {
  it("are in no error and no printed answer", async () => {
    const errors: unknown[] = [];
    for (const fault of [
      "token-expired",
      "http-500",
      "reset-before-effect",
      "http-html",
    ] as const) {
      local.faults.on(fault, { times: 100 });
      const impatient = open({ deadlineMs: 50 });
      errors.push(await failure(impatient.getCluster("backend", signal)));
      await impatient.close();
      local.faults.off(fault);
    }
    errors.push(await failure(client.getDomain(token.reveal(), signal)));
    const answers = [
      await client.getCluster("backend", signal),
      await client.listUsers(clusterId, signal),
    ];
    const shown = [...errors, ...answers].map(
      (value) => `${inspect(value, { depth: 10 })} ${JSON.stringify(value)} ${String(value)}`,
    );
    for (const secret of [token, adminPassword].flatMap((each: Secret) => [
      each.reveal(),
      encodeURIComponent(each.reveal()),
    ])) {
      expect(shown.join("\n")).not.toContain(secret);
    }
  });
});
