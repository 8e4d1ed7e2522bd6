import dgram from "node:dgram";
import dns from "node:dns/promises";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  authoritativeServers,
  type DnsServer,
  lookEverywhere,
  query,
  showDnsServer,
  sight,
} from "../../src/providers/dns/index.ts";
import {
  type AuthoritativeServer,
  type Resolver,
  startAuthoritative,
  startResolver,
  Zone,
} from "../../src/rehearsal/dns/index.ts";

const signal = new AbortController().signal;
const long = "v".repeat(900);
let now: number;
let zone: Zone;
let other: Zone;
let primary: AuthoritativeServer;
let secondary: AuthoritativeServer;
let resolver: Resolver;

beforeEach(async () => {
  now = 1_000_000;
  zone = new Zone("app.test", {
    nameServers: ["ns1.app.test.", "ns2.app.test."],
    soa: { ttl: 600, minimum: 120 },
  });
  zone.set("ns1", "A", { ttl: 3600, values: ["127.0.0.1"] });
  zone.set("ns2", "A", { ttl: 3600, values: ["127.0.0.1"] });
  zone.set("db", "CNAME", { ttl: 60, values: ["old.cloud.test."] });
  zone.set("www", "A", { ttl: 300, values: ["192.0.2.1", "192.0.2.2"] });
  zone.set("www", "AAAA", { ttl: 300, values: ["2001:db8::1"] });
  zone.set("@", "MX", { ttl: 300, values: ["10 mail.app.test"] });
  zone.set("@", "TXT", { ttl: 300, values: ["v=spf1 -all"] });
  zone.set("long", "TXT", { ttl: 300, values: [long] });
  zone.set("@", "CAA", { ttl: 300, values: ["0 issue letsencrypt.org"] });
  zone.set("a.deep", "A", { ttl: 300, values: ["192.0.2.7"] });
  other = new Zone("cloud.test", { nameServers: ["ns1.app.test"] });
  other.set("old", "A", { ttl: 20, values: ["192.0.2.10"] });
  other.set("new", "A", { ttl: 20, values: ["192.0.2.20"] });
  primary = await startAuthoritative([zone, other]);
  secondary = await startAuthoritative([zone, other]);
  const servers = [primary.server, secondary.server];
  resolver = await startResolver({
    zones: [
      { origin: "app.test", servers },
      { origin: "cloud.test", servers },
    ],
    now: () => now,
    upstreamTimeoutMs: 200,
  });
});

afterEach(async () => {
  await Promise.all([primary.close(), secondary.close(), resolver.close()]);
});

function ask(server: DnsServer, name: string, type: string, recursive = false, timeoutMs = 3000) {
  return query({ server, name, type, recursive, timeoutMs, signal });
}

describe("the authoritative server, asked by this project's client", () => {
  it.each([
    ["www.app.test", "A", ["192.0.2.1", "192.0.2.2"]],
    ["WWW.App.Test.", "AAAA", ["2001:db8::1"]],
    ["app.test", "MX", ["10 mail.app.test"]],
    ["app.test", "TXT", ["v=spf1 -all"]],
    ["app.test", "CAA", ["0 issue letsencrypt.org"]],
    ["app.test", "NS", ["ns1.app.test", "ns2.app.test"]],
    ["db.app.test", "CNAME", ["old.cloud.test"]],
  ])("%s %s", async (name, type, data) => {
    const answer = await ask(primary.server, name, type);
    expect(answer).toMatchObject({
      rcode: "NOERROR",
      authoritative: true,
      recursionAvailable: false,
      transport: "udp",
    });
    expect(answer.answers.map((record) => record.data)).toEqual(data);
  });

  it("answers over TCP what does not fit into 512 bytes", async () => {
    const answer = await ask(primary.server, "long.app.test", "TXT");
    expect(answer.transport).toBe("tcp");
    expect(answer.answers[0]?.data).toBe(long);
    expect(primary.questions.map((question) => question.transport)).toEqual(["udp", "tcp"]);
  });

  it("tells a name that is not there from a type that is not there", async () => {
    const missing = await ask(primary.server, "nothing.app.test", "A");
    expect(sight(missing, "authoritative", "nothing.app.test", "A")).toEqual({
      is: "absent",
      how: "NXDOMAIN",
      negativeTtl: 120,
    });
    for (const name of ["www.app.test", "deep.app.test"]) {
      const empty = await ask(primary.server, name, "TXT");
      expect(sight(empty, "authoritative", name, "TXT")).toMatchObject({
        is: "absent",
        how: "NODATA",
      });
    }
  });

  it("raises the serial with every change, and only then", async () => {
    const serial = async () =>
      Number((await ask(primary.server, "app.test", "SOA")).answers[0]?.data.split(" ")[2]);
    const before = await serial();
    zone.set("db", "CNAME", { ttl: 60, values: ["OLD.cloud.test"] });
    expect(await serial()).toBe(before);
    zone.set("db", "CNAME", { ttl: 60, values: ["new.cloud.test"] });
    expect(await serial()).toBe(before + 1);
    zone.set("db", "CNAME", { ttl: 30, values: ["new.cloud.test"] });
    zone.remove("db", "CNAME");
    expect(await serial()).toBe(before + 3);
  });

  it("refuses names outside of its zones", async () => {
    const answer = await ask(primary.server, "example.org", "A");
    expect(answer.rcode).toBe("REFUSED");
    expect(sight(answer, "authoritative", "example.org", "A").is).toBe("could not check");
  });
});

describe("both servers, asked by c-ares", () => {
  it("are understood by a client that is not ours", async () => {
    const client = new dns.Resolver({ timeout: 2000, tries: 2 });
    client.setServers([showDnsServer(resolver.server)]);
    expect((await client.resolve4("www.app.test")).toSorted()).toEqual(["192.0.2.1", "192.0.2.2"]);
    expect(await client.resolve4("db.app.test", { ttl: true })).toEqual([
      { address: "192.0.2.10", ttl: 20 },
    ]);
    expect(await client.resolveMx("app.test")).toMatchObject([
      { exchange: "mail.app.test", priority: 10 },
    ]);
    expect(await client.resolveSoa("app.test")).toMatchObject({
      nsname: "ns1.app.test",
      minttl: 120,
    });
    expect((await client.resolveTxt("long.app.test"))[0]?.join("")).toBe(long);
    expect(await client.resolveCaa("app.test")).toEqual([
      expect.objectContaining({ critical: 0, issue: "letsencrypt.org" }),
    ]);
    await expect(client.resolve4("nothing.app.test")).rejects.toMatchObject({ code: "ENOTFOUND" });
    await expect(client.resolve6("long.app.test")).rejects.toMatchObject({ code: "ENODATA" });
  });
});

describe("the caching resolver", () => {
  const ttlOf = async (name: string, type: string) => {
    const seen = sight(await ask(resolver.server, name, type, true), "resolver", name, type);
    return seen.is === "served" ? { data: seen.data, ttl: seen.ttl } : seen;
  };

  it("counts down, keeps the old answer until the TTL is over, then asks again", async () => {
    expect(await ttlOf("db.app.test", "CNAME")).toEqual({ data: ["old.cloud.test"], ttl: 60 });
    zone.set("db", "CNAME", { ttl: 60, values: ["new.cloud.test"] });
    now += 59_000;
    expect(await ttlOf("db.app.test", "CNAME")).toEqual({ data: ["old.cloud.test"], ttl: 1 });
    now += 1000;
    expect(await ttlOf("db.app.test", "CNAME")).toEqual({ data: ["new.cloud.test"], ttl: 60 });
  });

  it("follows an alias into another zone", async () => {
    const answer = await ask(resolver.server, "db.app.test", "A", true);
    expect(sight(answer, "resolver", "db.app.test", "A")).toEqual({
      is: "served",
      aliases: ["old.cloud.test"],
      data: ["192.0.2.10"],
      ttl: 20,
    });
    expect(answer).toMatchObject({ authoritative: false, recursionAvailable: true });
  });

  it("remembers an absence for as long as the SOA says", async () => {
    expect(await ttlOf("later.app.test", "A")).toEqual({
      is: "absent",
      how: "NXDOMAIN",
      negativeTtl: 120,
    });
    zone.set("later", "A", { ttl: 30, values: ["192.0.2.3"] });
    now += 119_000;
    expect(await ttlOf("later.app.test", "A")).toMatchObject({ is: "absent", negativeTtl: 1 });
    now += 1000;
    expect(await ttlOf("later.app.test", "A")).toEqual({ data: ["192.0.2.3"], ttl: 30 });
  });

  it("asks the second server when the first is silent", async () => {
    primary.faults.on("timeout");
    expect(await ttlOf("www.app.test", "AAAA")).toEqual({ data: ["2001:db8::1"], ttl: 300 });
    expect(secondary.questions).toHaveLength(1);
  });

  it("is SERVFAIL when nobody answers, which is not an absence", async () => {
    primary.faults.on("servfail");
    secondary.faults.on("servfail");
    expect(await ttlOf("www.app.test", "A")).toMatchObject({ is: "could not check" });
  });

  it("serves stale and clamped answers on request", async () => {
    expect(await ttlOf("db.app.test", "CNAME")).toMatchObject({ ttl: 60 });
    zone.set("db", "CNAME", { ttl: 60, values: ["new.cloud.test"] });
    resolver.faults.on("stale");
    now += 3_600_000;
    expect(await ttlOf("db.app.test", "CNAME")).toEqual({ data: ["old.cloud.test"], ttl: 30 });
    resolver.faults.off("stale");
    resolver.faults.on("clamp-ttl", { amount: 900 });
    expect(await ttlOf("db.app.test", "CNAME")).toEqual({ data: ["new.cloud.test"], ttl: 900 });
  });
});

describe("the client", () => {
  it("goes on after a lost packet, a forged answer and a cut one", async () => {
    for (const fault of ["drop", "forged-first", "truncate"] as const) {
      primary.faults.on(fault, { times: 1 });
      const answer = await ask(primary.server, "www.app.test", "A", false, 900);
      expect(answer.answers, fault).toHaveLength(2);
      expect(primary.faults.names()).toEqual([]);
    }
  });

  it("says that it could not check a silent server, within the time given", async () => {
    primary.faults.on("timeout");
    const began = performance.now();
    await expect(ask(primary.server, "www.app.test", "A", false, 301)).rejects.toThrow(
      /no answer \(3 tries/,
    );
    expect(performance.now() - began).toBeLessThan(1500);
    expect(primary.questions).toHaveLength(3);
  });

  it("says so of a port where nothing listens", async () => {
    const socket = dgram.createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    socket.close();
    await expect(ask({ address: "127.0.0.1", port }, "www.app.test", "A")).rejects.toThrow(
      /nothing listens there/,
    );
  });

  it("ends at once when aborted", async () => {
    primary.faults.on("timeout");
    const stop = new AbortController();
    const asked = query({
      server: primary.server,
      name: "www.app.test",
      type: "A",
      recursive: false,
      timeoutMs: 60_000,
      signal: stop.signal,
    });
    stop.abort(new Error("stopped"));
    await expect(asked).rejects.toThrow("stopped");
  });

  it("finds the servers of a zone and their addresses", async () => {
    const found = await authoritativeServers("App.test.", resolver.server, {
      signal,
      port: primary.server.port,
    });
    expect(found.map(showDnsServer)).toEqual([
      `ns1.app.test (127.0.0.1:${primary.server.port})`,
      `ns2.app.test (127.0.0.1:${primary.server.port})`,
    ]);
    await expect(authoritativeServers("www.app.test", resolver.server, { signal })).rejects.toThrow(
      /no NS records/,
    );
    zone.remove("ns2", "A");
    resolver.flush();
    await expect(authoritativeServers("app.test", resolver.server, { signal })).rejects.toThrow(
      /ns2\.app\.test has no address/,
    );
  });
});

describe("everyone who has a say", () => {
  const look = () =>
    lookEverywhere({
      name: "db.app.test",
      type: "CNAME",
      zone: "app.test",
      authoritative: [primary.server, secondary.server],
      resolvers: [resolver.server],
      timeoutMs: 300,
      signal,
    });

  it("shows a secondary that lags behind and a resolver that still remembers", async () => {
    await look();
    secondary.faults.on("lagging");
    const serial = zone.version.serial;
    zone.set("db", "CNAME", { ttl: 60, values: ["new.cloud.test"] });
    now += 20_000;
    expect(await look()).toMatchObject([
      { is: "served", role: "authoritative", data: ["new.cloud.test"], serial: serial + 1 },
      { is: "served", role: "authoritative", data: ["old.cloud.test"], serial },
      { is: "served", role: "resolver", data: ["old.cloud.test"], ttl: 40 },
    ]);
    secondary.faults.off("lagging");
    now += 40_000;
    expect((await look()).map((seen) => seen.is === "served" && seen.data[0])).toEqual(
      Array(3).fill("new.cloud.test"),
    );
  });

  it("reports the silent and the lame beside the ones that answer", async () => {
    primary.faults.on("lame");
    resolver.faults.on("timeout");
    const seen = await look();
    expect(seen.map((each) => each.is)).toEqual(["could not check", "served", "could not check"]);
  });
});
