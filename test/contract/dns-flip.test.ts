import { afterEach, beforeEach, expect, it } from "vitest";
import { type DigitalOcean, openDigitalOcean } from "../../src/providers/digitalocean/index.ts";
import { lookEverywhere, type Sighting } from "../../src/providers/dns/index.ts";
import {
  type AuthoritativeServer,
  publishInto,
  type Resolver,
  startAuthoritative,
  startResolver,
  Zone,
} from "../../src/rehearsal/dns/index.ts";
import {
  type LocalDigitalOcean,
  startLocalDigitalOcean,
  token,
} from "../support/local-digitalocean.ts";

const { signal } = new AbortController();
let now: number;
let primary: AuthoritativeServer;
let secondary: AuthoritativeServer;
let resolver: Resolver;
let local: LocalDigitalOcean;
let client: DigitalOcean;

beforeEach(async () => {
  now = 0;
  const zone = new Zone("app.test", { nameServers: ["ns1.app.test", "ns2.app.test"] });
  local = await startLocalDigitalOcean({ publish: publishInto([zone]) });
  client = openDigitalOcean({ endpoint: local.endpoint, ca: local.ca, token });
  primary = await startAuthoritative([zone]);
  secondary = await startAuthoritative([zone]);
  resolver = await startResolver({
    zones: [{ origin: "app.test", servers: [primary.server, secondary.server] }],
    now: () => now,
  });
});

afterEach(async () => {
  await client.close();
  await Promise.all([local, primary, secondary, resolver].map((each) => each.close()));
});

async function look(): Promise<readonly string[]> {
  const seen = await lookEverywhere({
    name: "db.app.test",
    type: "CNAME",
    zone: "app.test",
    authoritative: [primary.server, secondary.server],
    resolvers: [resolver.server],
    signal,
  });
  return seen.map((each: Sighting) =>
    each.is === "served" ? `${each.data.join()} ${each.ttl}` : each.is,
  );
}

it("a TTL is lowered, its time waited for, and the record flipped, as every server tells", async () => {
  const [record] = await client.listRecords(
    "app.test",
    { name: "db.app.test", type: "CNAME" },
    signal,
  );
  const id = record?.id ?? 0;
  expect(await look()).toEqual([
    "old.cloud.test 3600",
    "old.cloud.test 3600",
    "old.cloud.test 3600",
  ]);

  now += 1_000_000;
  await client.patchRecord("app.test", id, { type: "CNAME", ttl: 60 }, signal);
  expect(await look()).toEqual(["old.cloud.test 60", "old.cloud.test 60", "old.cloud.test 2600"]);

  now += 2_600_000;
  expect(await look()).toEqual(["old.cloud.test 60", "old.cloud.test 60", "old.cloud.test 60"]);

  secondary.faults.on("lagging");
  await client.patchRecord("app.test", id, { type: "CNAME", data: "new.cloud.test" }, signal);
  now += 45_000;
  expect(await look()).toEqual(["new.cloud.test 60", "old.cloud.test 60", "old.cloud.test 15"]);

  secondary.faults.off("lagging");
  now += 15_000;
  expect(await look()).toEqual(["new.cloud.test 60", "new.cloud.test 60", "new.cloud.test 60"]);
});

it("a change that someone else undoes is seen where it counts", async () => {
  const [record] = await client.listRecords(
    "app.test",
    { name: "db.app.test", type: "CNAME" },
    signal,
  );
  local.faults.on("record-raced");
  const answered = await client.patchRecord(
    "app.test",
    record?.id ?? 0,
    { type: "CNAME", data: "new.cloud.test" },
    signal,
  );
  expect(answered.data).toBe("new.cloud.test");
  expect((await look())[0]).toBe("old.cloud.test 3600");
  expect(await client.listRecords("app.test", { name: "db.app.test" }, signal)).toEqual([record]);
});

it("sets may be published by relative names too, as Azure's are", () => {
  const zone = new Zone("app.test", { nameServers: ["ns1.app.test"] });
  const publish = publishInto([zone]);
  publish({ zone: "App.test.", name: "db", type: "CNAME", ttl: 60, values: ["x.cloud.test."] });
  publish({ zone: "app.test", name: "@", type: "TXT", ttl: 60, values: ["here"] });
  publish({ zone: "other.test", name: "db", type: "A", ttl: 60, values: ["192.0.2.1"] });
  expect(zone.get("db.app.test", "CNAME")?.ttl).toBe(60);
  expect(zone.get("@", "TXT")?.values).toEqual(["here"]);
  publish({ zone: "app.test", name: "db", type: "CNAME", ttl: 60, values: [] });
  expect(zone.get("db", "CNAME")).toBeUndefined();
});
