import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { absoluteName, isWithin, relativeName, sameName } from "../../src/core/dns-name.ts";
import {
  canonicalData,
  type DnsAnswer,
  type DnsRecord,
  parseDnsServer,
  sameData,
  showDnsServer,
  sight,
} from "../../src/providers/dns/index.ts";

describe("names", () => {
  it("are the same whatever the case and the final dot", () => {
    expect(sameName("DB.Example.com.", "db.example.com")).toBe(true);
    expect(sameName("db.example.com", "db.example.org")).toBe(false);
  });

  it("are within a zone only at a label's edge", () => {
    expect(isWithin("example.com.", "example.com")).toBe(true);
    expect(isWithin("a.b.example.com", "Example.com")).toBe(true);
    expect(isWithin("badexample.com", "example.com")).toBe(false);
  });

  it("go from relative to absolute and back", () => {
    expect(absoluteName("@", "example.com.")).toBe("example.com");
    expect(absoluteName("db", "example.com")).toBe("db.example.com");
    expect(relativeName("DB.example.com.", "example.com")).toBe("db");
    expect(relativeName("example.com", "example.com")).toBe("@");
  });
});

describe("data", () => {
  it.each([
    ["CNAME", "Target.Example.COM.", "target.example.com"],
    ["AAAA", "2001:0DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["MX", "010  Mail.example.com.", "10 mail.example.com"],
    ["CAA", '0 ISSUE "letsencrypt.org."', "0 issue letsencrypt.org"],
    ["TXT", "Kept As Is.", "Kept As Is."],
    ["A", " 192.0.2.1 ", "192.0.2.1"],
  ])("%s %j", (type, written, canonical) => {
    expect(canonicalData(type, written)).toBe(canonical);
  });

  it("is compared as a set", () => {
    expect(sameData("A", ["192.0.2.2", "192.0.2.1"], ["192.0.2.1", "192.0.2.2"])).toBe(true);
    expect(sameData("A", ["192.0.2.1"], ["192.0.2.1", "192.0.2.2"])).toBe(false);
    expect(sameData("A", [], ["192.0.2.1"])).toBe(false);
    expect(sameData("TXT", ["a"], ["A"])).toBe(false);
  });
});

describe("parseDnsServer", () => {
  it.each([
    ["1.1.1.1", "1.1.1.1", 53],
    ["127.0.0.1:5353", "127.0.0.1", 5353],
    ["2606:4700::1111", "2606:4700::1111", 53],
    ["[::1]:5353", "::1", 5353],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1", 53],
  ])("%s", (text, address, port) => {
    expect(parseDnsServer(text)).toEqual({ address, port });
  });

  it.each([
    "",
    "ns1.example.com",
    "1.2.3",
    "127.0.0.1:0",
    "127.0.0.1:70000",
    "[1.1.1.1]:53",
    "1.1.1.1:",
  ])("refuses %j", (text) => {
    expect(() => parseDnsServer(text)).toThrow(UsageError);
  });

  it("shows a server so that it can be pasted back", () => {
    expect(showDnsServer(parseDnsServer("[::1]:5353"))).toBe("[::1]:5353");
    expect(showDnsServer({ name: "ns1.example.com", address: "192.0.2.1", port: 53 })).toBe(
      "ns1.example.com (192.0.2.1)",
    );
  });
});

const cname: DnsRecord = {
  name: "db.example.com",
  type: "CNAME",
  ttl: 60,
  data: "server.azure.test",
};
const address: DnsRecord = { name: "server.azure.test", type: "A", ttl: 20, data: "192.0.2.9" };
const soa: DnsRecord = {
  name: "example.com",
  type: "SOA",
  ttl: 3600,
  data: "ns1.example.com hostmaster.example.com 7 10800 3600 604800 1800",
};

function answer(parts: Partial<DnsAnswer>): DnsAnswer {
  return {
    server: { address: "192.0.2.53", port: 53 },
    rcode: "NOERROR",
    authoritative: true,
    recursionAvailable: true,
    answers: [],
    authorities: [],
    additionals: [],
    transport: "udp",
    ...parts,
  };
}

describe("sight", () => {
  it("follows aliases and takes the shortest TTL of the chain", () => {
    const seen = sight(answer({ answers: [cname, address] }), "resolver", "DB.example.com", "A");
    expect(seen).toEqual({
      is: "served",
      aliases: ["server.azure.test"],
      data: ["192.0.2.9"],
      ttl: 20,
    });
  });

  it("does not take the alias's target for the alias", () => {
    const seen = sight(
      answer({ answers: [cname, address] }),
      "resolver",
      "db.example.com",
      "CNAME",
    );
    expect(seen).toEqual({ is: "served", aliases: [], data: ["server.azure.test"], ttl: 60 });
  });

  it("ends at an alias that an authoritative server cannot follow", () => {
    const seen = sight(answer({ answers: [cname] }), "authoritative", "db.example.com", "A");
    expect(seen).toEqual({ is: "served", aliases: ["server.azure.test"], data: [], ttl: 60 });
  });

  it("survives aliases that go round", () => {
    const back: DnsRecord = {
      name: "server.azure.test",
      type: "CNAME",
      ttl: 60,
      data: "db.example.com",
    };
    const seen = sight(answer({ answers: [cname, back] }), "resolver", "db.example.com", "A");
    expect(seen.is).toBe("could not check");
  });

  it("takes an absence only with its proof, and its negative TTL from the SOA", () => {
    const proven = answer({ rcode: "NXDOMAIN", authorities: [soa] });
    expect(sight(proven, "authoritative", "x.example.com", "A")).toEqual({
      is: "absent",
      how: "NXDOMAIN",
      negativeTtl: 1800,
    });
    expect(sight(answer({ authorities: [soa] }), "resolver", "x.example.com", "A")).toMatchObject({
      how: "NODATA",
    });
    expect(sight(answer({}), "resolver", "x.example.com", "A").is).toBe("could not check");
  });

  it.each([
    ["authoritative", { authoritative: false, answers: [address] }],
    ["resolver", { recursionAvailable: false, answers: [address] }],
    ["resolver", { rcode: "SERVFAIL" }],
    ["authoritative", { rcode: "REFUSED" }],
  ] as const)("%s: %j could not be checked", (role, parts) => {
    expect(sight(answer(parts), role, "server.azure.test", "A").is).toBe("could not check");
  });
});
