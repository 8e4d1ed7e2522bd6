import { afterEach, describe, expect, it } from "vitest";
import { Agent, fetch } from "undici";
import { Secret } from "../../src/core/secret.ts";
import { Zone } from "../../src/rehearsal/dns/index.ts";
import { publishInto } from "../../src/rehearsal/dns/index.ts";
import type { DigitalOceanOptions } from "../../src/rehearsal/digitalocean/index.ts";
import { OpenApi, openApiMissing } from "../support/digitalocean-openapi.ts";
import {
  adminPassword,
  clusterId,
  type LocalDigitalOcean,
  nineOClock,
  startLocalDigitalOcean,
  token,
} from "../support/local-digitalocean.ts";

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are judged field by field
  readonly body: any;
}

let local: LocalDigitalOcean;
let agent: Agent;
let now = nineOClock;

async function start(options: Partial<DigitalOceanOptions> = {}): Promise<void> {
  now = nineOClock;
  local = await startLocalDigitalOcean({ now: () => now, recordBodies: true, ...options });
  agent = new Agent({ connect: { ca: local.ca } });
}

afterEach(async () => {
  await agent.destroy();
  await local.close();
});

async function call(
  method: string,
  path: string,
  body?: unknown,
  bearer = token.reveal(),
): Promise<Reply> {
  const response = await fetch(path.startsWith("https:") ? path : `${local.endpoint}${path}`, {
    method,
    dispatcher: agent,
    headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers as unknown as Headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

const cluster = `/v2/databases/${clusterId}`;
const records = "/v2/domains/app.test/records";

async function recordId(name: string, type: string): Promise<number> {
  const found = await call("GET", `${records}?name=${name}&type=${type}`);
  return found.body.domain_records[0].id;
}

/** Every route once, with bodies as the documentation shows them. */
async function walkEveryRoute(): Promise<void> {
  const fork = {
    name: "backend-restored",
    engine: "pg",
    version: "15",
    region: "nyc3",
    size: "db-s-2vcpu-4gb",
    num_nodes: 1,
    storage_size_mib: 81_920,
    backup_restore: { database_name: "backend" },
  };
  const pool = {
    name: "backend-pool",
    mode: "transaction",
    size: 10,
    db: "defaultdb",
    user: "doadmin",
  };
  const id = await recordId("db.app.test", "CNAME");
  const steps: readonly (readonly [string, string, unknown?])[] = [
    ["GET", "/v2/databases"],
    ["POST", "/v2/databases", fork],
    ["GET", cluster],
    ["GET", `${cluster}/ca`],
    ["GET", `${cluster}/events`],
    ["GET", `${cluster}/backups`],
    ["PUT", `${cluster}/maintenance`, { day: "sunday", hour: "14:00" }],
    ["PUT", `${cluster}/install_update`],
    ["PUT", `${cluster}/firewall`, { rules: [{ type: "tag", value: "backend" }] }],
    ["GET", `${cluster}/firewall`],
    ["GET", `${cluster}/config`],
    ["PATCH", `${cluster}/config`, { config: { max_replication_slots: 32 } }],
    ["POST", `${cluster}/users`, { name: "app-02", settings: { pg_allow_replication: true } }],
    ["GET", `${cluster}/users`],
    ["GET", `${cluster}/users/app-02`],
    ["PUT", `${cluster}/users/app-02`, { settings: { pg_allow_replication: true } }],
    ["POST", `${cluster}/users/app-02/reset_auth`, {}],
    ["DELETE", `${cluster}/users/app-02`],
    ["POST", `${cluster}/pools`, pool],
    ["GET", `${cluster}/pools`],
    ["GET", `${cluster}/pools/backend-pool`],
    ["PUT", `${cluster}/pools/backend-pool`, { mode: "session", size: 5, db: "defaultdb" }],
    ["DELETE", `${cluster}/pools/backend-pool`],
    ["GET", `${cluster}/dbs`],
    ["POST", `${cluster}/replicas`, { name: "read-01", size: "db-s-2vcpu-4gb" }],
    ["GET", `${cluster}/replicas`],
    ["GET", `${cluster}/replicas/read-01`],
    ["PUT", `${cluster}/replicas/read-01/promote`],
    ["POST", `${cluster}/replicas`, { name: "read-02", size: "db-s-2vcpu-4gb" }],
    ["DELETE", `${cluster}/replicas/read-02`],
    ["GET", "/v2/domains"],
    ["GET", "/v2/domains/app.test"],
    ["GET", records],
    ["POST", records, { type: "CNAME", name: "cache", data: "redis.app.test.", ttl: 60 }],
    ["GET", `${records}/${id}`],
    ["PATCH", `${records}/${id}`, { type: "CNAME", ttl: 60 }],
    ["PUT", `${records}/${id}`, { type: "CNAME", name: "db", data: "new.cloud.test.", ttl: 60 }],
    ["DELETE", `${records}/${id}`],
    ["DELETE", cluster],
  ];
  for (const [method, path, body] of steps) {
    const { status } = await call(method, path, body);
    expect(status, `${method} ${path}`).toBeLessThan(300);
  }
}

describe.skipIf(openApiMissing !== undefined)(
  "judged by the published OpenAPI",
  { meta: openApiMissing === undefined ? {} : { whenSkipped: openApiMissing } },
  () => {
    const judge = (openApi: OpenApi) =>
      local.requests.flatMap(({ method, template, status, requestBody, responseBody }) => {
        if (template === undefined || typeof status !== "number") return [];
        const sent =
          typeof requestBody === "object" && Object.keys(requestBody ?? {}).length > 0
            ? requestBody
            : undefined;
        const request =
          sent === undefined || status >= 400
            ? []
            : openApi.requestProblems(method, template, sent);
        return [...request, ...openApi.responseProblems(method, template, status, responseBody)];
      });

    it("has every route, and every answer as documented", async () => {
      await start();
      const openApi = new OpenApi();
      await walkEveryRoute();
      expect(judge(openApi)).toEqual([]);
      const walked = new Set(local.requests.map(({ method, template }) => `${method} ${template}`));
      expect([...walked].toSorted()).toEqual(
        local.routes.map(({ method, template }) => `${method} ${template}`).toSorted(),
      );
    });

    it("asks for the scopes that are documented", async () => {
      await start();
      const openApi = new OpenApi();
      for (const { method, template, scopes } of local.routes) {
        // One of a route's documented sets; a set may name scopes of resources that the stand-in does not have.
        const documented = openApi
          .scopes(method, template)
          .map((set) =>
            set.find((scope) =>
              scope.startsWith(template.startsWith("/v2/domains") ? "domain:" : "database:"),
            ),
          );
        expect([...scopes].toSorted(), `${method} ${template}`).toEqual(
          documented.map(String).toSorted(),
        );
      }
    });

    it("refuses as documented", async () => {
      await start();
      const openApi = new OpenApi();
      await call("GET", cluster, undefined, "wrong");
      await call("GET", "/v2/databases/00000000-0000-4000-8000-000000000000");
      await call("PUT", `${cluster}/firewall`, {
        rules: [{ type: "ip_addr", value: "2001:db8::1" }],
      });
      local.faults.on("backups-412");
      await call("GET", `${cluster}/backups`);
      expect(local.requests.map(({ status }) => status)).toEqual([401, 404, 422, 412]);
      expect(judge(openApi)).toEqual([]);
    });

    it("is judged by a judge that can say no", () => {
      const openApi = new OpenApi();
      expect(
        openApi.responseProblems("GET", "/v2/databases/{database_cluster_uuid}", 200, {
          database: { id: 7 },
        }),
      ).not.toEqual([]);
      expect(
        openApi.requestProblems("POST", "/v2/domains/{domain_name}/records", { name: "x" }),
      ).not.toEqual([]);
      expect(
        openApi.responseProblems("GET", "/v2/databases/{database_cluster_uuid}/backups", 412, {
          message: "x",
        }),
      ).not.toEqual([]);
    });
  },
);

describe("tokens", () => {
  const reader = new Secret("reader");

  it("are checked, and a refusal is as documented", async () => {
    await start();
    const { status, body, headers } = await call("GET", cluster, undefined, "wrong");
    expect([status, body]).toEqual([
      401,
      { id: "unauthorized", message: "Unable to authenticate you." },
    ]);
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("show passwords only with view_credentials, and change nothing with read alone", async () => {
    await start({ tokens: [{ token }, { token: reader, scopes: ["database:read"] }] });
    const full = await call("GET", cluster);
    expect(full.body.database.connection).toMatchObject({
      user: "doadmin",
      password: adminPassword.reveal(),
      host: "127.0.0.1",
      port: 25_060,
    });
    expect(new URL(full.body.database.connection.uri).pathname).toBe("/defaultdb");
    expect(decodeURIComponent(new URL(full.body.database.connection.uri).password)).toBe(
      adminPassword.reveal(),
    );
    const bare = await call("GET", cluster, undefined, reader.reveal());
    expect(bare.status).toBe(200);
    expect(JSON.stringify(bare.body)).not.toContain("canary");
    expect(bare.body.database.connection).not.toHaveProperty("user");
    const refused = await call("PUT", `${cluster}/firewall`, { rules: [] }, reader.reveal());
    expect([refused.status, refused.body.id]).toEqual([403, "forbidden"]);
  });
});

describe("limits and pages", () => {
  it("says retry-after for the burst limit only", async () => {
    await start({ limits: { burst: 2, hourly: 3 } });
    const first = await call("GET", cluster);
    expect(first.headers.get("ratelimit-limit")).toBe("3");
    expect(first.headers.get("ratelimit-remaining")).toBe("2");
    await call("GET", cluster);
    const burst = await call("GET", cluster);
    expect([burst.status, burst.body.id, burst.headers.get("retry-after")]).toEqual([
      429,
      "too_many_requests",
      "60",
    ]);
    now += 60_000;
    expect((await call("GET", cluster)).status).toBe(200);
    now += 60_000;
    const hourly = await call("GET", cluster);
    expect([hourly.status, hourly.headers.get("retry-after")]).toEqual([429, null]);
    expect(Number(hourly.headers.get("ratelimit-reset"))).toBe((nineOClock + 3_600_000) / 1000);
    now = nineOClock + 3_600_000;
    expect((await call("GET", cluster)).status).toBe(200);
  });

  it("pages with absolute links, and with none where all fits", async () => {
    await start();
    const all = await call("GET", records);
    expect(all.body.links).toEqual({});
    expect(all.body.meta.total).toBe(all.body.domain_records.length);
    const seen: number[] = [];
    let next: string | undefined = `${records}?per_page=3`;
    while (next !== undefined) {
      const page: Reply = await call("GET", next);
      seen.push(...page.body.domain_records.map((record: { id: number }) => record.id));
      next = page.body.links.pages?.next;
    }
    expect(seen).toEqual(all.body.domain_records.map((record: { id: number }) => record.id));
  });
});

describe("forks", () => {
  const body = {
    name: "restored",
    engine: "pg",
    region: "nyc3",
    size: "db-s-2vcpu-4gb",
    num_nodes: 1,
    storage_size_mib: 81_920,
    backup_restore: { database_name: "backend" },
  };

  it("are hidden, then creating, then online, and have no backup for a while", async () => {
    const forked: number[] = [];
    await start({
      timings: { hiddenMs: 1000, creatingMs: 5000, firstBackupMs: 2000 },
      fork: (source, _, at) => {
        forked.push(at);
        return Promise.resolve({ ...source.setup.endpoint, port: 25_999 });
      },
    });
    const created = await call("POST", "/v2/databases", body);
    expect(created.body.database).toMatchObject({ name: "restored", status: "creating" });
    const fork = `/v2/databases/${created.body.database.id}`;
    expect((await call("GET", fork)).body).toMatchObject({
      id: "not_found",
      message: "cluster not found",
    });
    now += 1000;
    expect((await call("GET", fork)).body.database.status).toBe("creating");
    now += 4000;
    expect((await call("GET", fork)).body.database).toMatchObject({
      status: "online",
      connection: { port: 25_999 },
    });
    expect((await call("GET", `${fork}/backups`)).status).toBe(412);
    now += 2000;
    expect((await call("GET", `${fork}/backups`)).body.backups).toHaveLength(1);
    expect(forked).toEqual([nineOClock - 6 * 3_600_000]);
  });

  it.each([
    ["a smaller storage", { storage_size_mib: 61_440 }],
    ["a name in use", { name: "backend" }],
    ["an unknown source, by id instead of name", { backup_restore: { database_name: clusterId } }],
    [
      "a backup that is none",
      { backup_restore: { database_name: "backend", backup_created_at: "2020-01-01T00:00:00Z" } },
    ],
    ["an older version", { version: "14" }],
  ])("refuse %s", async (_, change) => {
    await start();
    const refused = await call("POST", "/v2/databases", { ...body, ...change });
    expect([refused.status, refused.body.id]).toEqual([422, "unprocessable_entity"]);
    expect(local.state.clusters).toHaveLength(1);
  });
});

describe("trusted sources, users and settings", () => {
  it("replace the whole list, keep a rule's id, and take no IPv6", async () => {
    await start();
    const before = (await call("GET", `${cluster}/firewall`)).body.rules;
    await call("PUT", `${cluster}/firewall`, {
      rules: [
        { type: "ip_addr", value: "192.0.2.1" },
        { type: "ip_addr", value: "192.0.2.9" },
      ],
    });
    const after = (await call("GET", `${cluster}/firewall`)).body.rules;
    expect(after.map((rule: { value: string }) => rule.value)).toEqual(["192.0.2.1", "192.0.2.9"]);
    expect(after[0].uuid).toBe(before[0].uuid);
    await call("PUT", `${cluster}/firewall`, { rules: [] });
    expect((await call("GET", `${cluster}/firewall`)).body.rules).toEqual([]);
  });

  it("reset replication when an update leaves it out, and hide settings on reading", async () => {
    const calls: string[] = [];
    const note = (text: string): Promise<void> => {
      calls.push(text);
      return Promise.resolve();
    };
    const authority = await startLocalDigitalOcean();
    const [setup] = authority.state.clusters.map((each) => each.setup);
    await authority.close();
    if (setup === undefined) throw new Error("no cluster");
    const roles = {
      create: (name: string, _: Secret, replication: boolean) =>
        note(`create ${name} ${replication}`),
      setPassword: (name: string) => note(`password ${name}`),
      setReplication: (name: string, replication: boolean) => note(`alter ${name} ${replication}`),
      drop: (name: string) => note(`drop ${name}`),
    };
    await start({ clusters: [{ ...setup, roles }] });
    const created = await call("POST", `${cluster}/users`, {
      name: "cdc",
      settings: { pg_allow_replication: true },
    });
    expect(created.body.user).toMatchObject({
      role: "normal",
      settings: { pg_allow_replication: true },
    });
    expect((await call("GET", `${cluster}/users/cdc`)).body.user).not.toHaveProperty("settings");
    const updated = await call("PUT", `${cluster}/users/cdc`, { settings: {} });
    expect(updated.body.user.settings.pg_allow_replication).toBe(false);
    const reset = await call("POST", `${cluster}/users/cdc/reset_auth`, {});
    expect(reset.body.user.password).not.toBe(created.body.user.password);
    expect((await call("DELETE", `${cluster}/users/doadmin`)).status).toBe(422);
    expect((await call("DELETE", `${cluster}/users/cdc`)).status).toBe(204);
    expect(calls).toEqual(["create cdc true", "alter cdc false", "password cdc", "drop cdc"]);
  });

  it("keep settings within their bounds, and some from going down", async () => {
    await start();
    const patch = (config: unknown) => call("PATCH", `${cluster}/config`, { config });
    expect((await patch({ max_wal_senders: 40 })).status).toBe(200);
    expect((await patch({ max_wal_senders: 30 })).body.message).toMatch(/cannot be lowered/);
    expect((await patch({ max_replication_slots: 65 })).status).toBe(422);
    expect((await patch({ wal_level: "logical" })).body.message).toMatch(/wal_level/);
    expect((await patch({ wal_sender_timeout: 0 })).status).toBe(200);
    expect((await patch({ wal_sender_timeout: 10 })).status).toBe(422);
    expect((await call("GET", `${cluster}/config`)).body.config).toMatchObject({
      max_wal_senders: 40,
      max_replication_slots: 20,
    });
  });
});

describe("domain records", () => {
  it("need the final dot on writing and leave it out on reading", async () => {
    await start();
    const id = await recordId("db.app.test", "CNAME");
    const patch = (body: unknown) => call("PATCH", `${records}/${id}`, body);
    expect((await patch({ type: "CNAME", data: "new.cloud.test" })).body.message).toBe(
      "Data needs to end with a dot (.)",
    );
    expect((await patch({ data: "new.cloud.test." })).status).toBe(422);
    expect((await patch({ type: "CNAME", ttl: 29 })).status).toBe(422);
    const changed = await patch({ type: "CNAME", data: "New.cloud.test." });
    expect(changed.body.domain_record).toMatchObject({
      id,
      name: "db",
      data: "new.cloud.test",
      ttl: 3600,
    });
    await patch({ type: "CNAME", data: "app.test." });
    expect((await call("GET", `${records}/${id}`)).body.domain_record.data).toBe("@");
  });

  it("are filtered by the fully qualified name only", async () => {
    await start();
    expect((await call("GET", `${records}?name=www.app.test`)).body.domain_records).toHaveLength(2);
    expect((await call("GET", `${records}?name=www`)).body.domain_records).toHaveLength(0);
  });

  it("share the TTL of their name and type, and a CNAME shares its name with nothing", async () => {
    await start();
    const id = await recordId("www.app.test", "A");
    await call("PATCH", `${records}/${id}`, { type: "A", ttl: 60 });
    const ttls = (await call("GET", `${records}?name=www.app.test`)).body.domain_records.map(
      (each: { ttl: number }) => each.ttl,
    );
    expect(ttls).toEqual([60, 60]);
    for (const body of [
      { type: "CNAME", name: "www", data: "x.test." },
      { type: "A", name: "db", data: "192.0.2.1" },
      { type: "CNAME", name: "@", data: "x.test." },
    ]) {
      expect((await call("POST", records, body)).status, JSON.stringify(body)).toBe(422);
    }
  });

  it("are served by DNS from then on", async () => {
    const zone = new Zone("app.test", { nameServers: ["ns1.app.test", "ns2.app.test"] });
    await start({ publish: publishInto([zone]) });
    expect(zone.get("db", "CNAME")).toMatchObject({ ttl: 3600, values: ["old.cloud.test"] });
    expect(zone.get("@", "MX")?.values).toEqual(["10 app.test"]);
    expect(zone.get("@", "NS")?.values).toEqual(["ns1.app.test", "ns2.app.test"]);
    const serial = zone.version.serial;
    const id = await recordId("db.app.test", "CNAME");
    await call("PATCH", `${records}/${id}`, { type: "CNAME", ttl: 60, data: "new.cloud.test." });
    expect(zone.get("db", "CNAME")).toMatchObject({ ttl: 60, values: ["new.cloud.test"] });
    expect(zone.version.serial).toBe(serial + 1);
    await call("DELETE", `${records}/${id}`);
    expect(zone.get("db", "CNAME")).toBeUndefined();
  });
});
