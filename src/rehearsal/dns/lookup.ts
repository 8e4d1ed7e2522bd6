/**
 * What an authoritative server answers from one version of a zone: data,
 * aliases, NODATA or NXDOMAIN with the SOA as proof (RFC 1034 4.3.2, RFC 2308). Pure.
 */
import type { Answer } from "dns-packet";
import { canonicalName, isWithin } from "../../core/dns-name.ts";
import { toAnswer } from "./rdata.ts";
import { type RecordSet, setKey, type ZoneVersion } from "./zone.ts";

export interface Found {
  readonly rcode: "NOERROR" | "NXDOMAIN";
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
}

function soaAnswer({ origin, soa, serial }: ZoneVersion, ttl: number): Answer {
  return {
    name: origin,
    type: "SOA",
    class: "IN",
    ttl,
    data: {
      mname: soa.primary,
      rname: soa.mailbox,
      serial,
      refresh: 10_800,
      retry: 3600,
      expire: 604_800,
      minimum: soa.minimum,
    },
  };
}

function answersOf(set: RecordSet): readonly Answer[] {
  return set.values.map((value) => toAnswer(set.name, set.type, set.ttl, value));
}

/** A name without records of its own exists when a name below it does (RFC 8020). */
function exists(zone: ZoneVersion, name: string): boolean {
  return name === zone.origin || [...zone.sets.values()].some((set) => isWithin(set.name, name));
}

function negative(zone: ZoneVersion, rcode: Found["rcode"], answers: readonly Answer[]): Found {
  // RFC 2308 3: the SOA is given the lesser of its TTL and its minimum.
  return {
    rcode,
    answers,
    authorities: [soaAnswer(zone, Math.min(zone.soa.ttl, zone.soa.minimum))],
  };
}

/** The name must be within the zone. */
export function lookUp(zone: ZoneVersion, asked: string, type: string): Found {
  const answers: Answer[] = [];
  const seen = new Set<string>();
  let name = canonicalName(asked);
  while (!seen.has(name)) {
    seen.add(name);
    if (type === "SOA" && name === zone.origin) {
      return {
        rcode: "NOERROR",
        answers: [...answers, soaAnswer(zone, zone.soa.ttl)],
        authorities: [],
      };
    }
    const set = zone.sets.get(setKey(name, type));
    if (set !== undefined) {
      return { rcode: "NOERROR", answers: [...answers, ...answersOf(set)], authorities: [] };
    }
    const alias = zone.sets.get(setKey(name, "CNAME"));
    const target = alias?.values[0];
    if (alias === undefined || target === undefined) break;
    answers.push(...answersOf(alias));
    name = canonicalName(target);
    // Beyond the zone it is the resolver's business to go on.
    if (!isWithin(name, zone.origin)) return { rcode: "NOERROR", answers, authorities: [] };
  }
  return negative(zone, exists(zone, name) ? "NOERROR" : "NXDOMAIN", answers);
}
