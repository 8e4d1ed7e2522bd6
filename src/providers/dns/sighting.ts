/**
 * What one server's answer says about one record set. Pure: the same rules for
 * authoritative servers and resolvers, and never "absent" where the answer
 * proves nothing.
 */
import { sameName } from "../../core/dns-name.ts";
import type { DnsAnswer } from "./query.ts";
import { type DnsRecord, readSoa } from "./record.ts";
import { type DnsServer, showDnsServer } from "./server.ts";

export type Role = "authoritative" | "resolver";

export interface Served {
  readonly is: "served";
  /** Aliases that led from the name to the data, in order. */
  readonly aliases: readonly string[];
  readonly data: readonly string[];
  /** Seconds; the shortest of the chain. A resolver's is what remains. */
  readonly ttl: number;
}

export interface Absent {
  readonly is: "absent";
  /** `NXDOMAIN`: no such name. `NODATA`: the name is there, this type is not. */
  readonly how: "NXDOMAIN" | "NODATA";
  /** Seconds for which a resolver may remember it: the lesser of the SOA's TTL and minimum (RFC 2308). */
  readonly negativeTtl: number;
}

export interface Unreadable {
  readonly is: "could not check";
  readonly reason: string;
}

export type Sighting = (Served | Absent | Unreadable) & {
  readonly server: DnsServer;
  readonly role: Role;
  /** The zone's serial as an authoritative server gives it. */
  readonly serial?: number;
};

interface Chain {
  readonly aliases: readonly string[];
  readonly records: readonly DnsRecord[];
  readonly ttl: number;
}

/** Follows aliases inside the answer; a resolver puts the whole chain there. */
export function follow(records: readonly DnsRecord[], name: string, type: string): Chain {
  const aliases: string[] = [];
  const ttls: number[] = [];
  let at = name;
  for (let step = 0; step <= records.length; step += 1) {
    const found = records.filter((record) => sameName(record.name, at) && record.type === type);
    if (found.length > 0) {
      const ttl = Math.min(...ttls, ...found.map((record) => record.ttl));
      return { aliases, records: found, ttl };
    }
    const alias = records.find((record) => sameName(record.name, at) && record.type === "CNAME");
    if (alias === undefined) break;
    aliases.push(alias.data);
    ttls.push(alias.ttl);
    at = alias.data;
  }
  return { aliases, records: [], ttl: Math.min(...ttls, Number.MAX_SAFE_INTEGER) };
}

function unreadable(reason: string): Unreadable {
  return { is: "could not check", reason };
}

function absence(answer: DnsAnswer, how: Absent["how"]): Absent | Unreadable {
  const soa = answer.authorities.find((record) => record.type === "SOA");
  const minimum = soa === undefined ? undefined : readSoa(soa.data)?.minimum;
  if (soa === undefined || minimum === undefined) {
    // Without an SOA it is a referral or a broken answer, and proves no absence (RFC 2308, 2.2).
    return unreadable(
      `${showDnsServer(answer.server)} answered neither data nor a provable absence`,
    );
  }
  return { is: "absent", how, negativeTtl: Math.min(soa.ttl, minimum) };
}

export function sight(
  answer: DnsAnswer,
  role: Role,
  name: string,
  type: string,
): Served | Absent | Unreadable {
  if (answer.rcode !== "NOERROR" && answer.rcode !== "NXDOMAIN") {
    return unreadable(`${showDnsServer(answer.server)} answered ${answer.rcode}`);
  }
  if (role === "authoritative" && !answer.authoritative) {
    return unreadable(`${showDnsServer(answer.server)} does not speak for this zone (no AA flag)`);
  }
  if (role === "resolver" && !answer.recursionAvailable) {
    return unreadable(`${showDnsServer(answer.server)} is not a resolver (no RA flag)`);
  }
  const chain = follow(answer.answers, name, type);
  if (chain.records.length > 0) {
    const data = chain.records.map((record) => record.data).toSorted();
    return { is: "served", aliases: chain.aliases, data, ttl: chain.ttl };
  }
  // An authoritative server ends its chain where its zones end; what follows is not its to say.
  if (role === "authoritative" && chain.aliases.length > 0 && answer.rcode === "NOERROR") {
    return { is: "served", aliases: chain.aliases, data: [], ttl: chain.ttl };
  }
  return absence(answer, answer.rcode === "NXDOMAIN" ? "NXDOMAIN" : "NODATA");
}
