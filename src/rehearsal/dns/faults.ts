/** Every way in which the DNS servers can misbehave on request. */
import type { FaultKind } from "../fault-switch.ts";

const silence = {
  imitates: "a server that never answers, over UDP or TCP",
  source: "packet loss; a firewall that drops port 53",
};

export const authoritativeFaults = {
  timeout: silence,
  lagging: {
    imitates: "a secondary that still serves the zone as it was when the fault began",
    source:
      "RFC 1034 4.3.5: secondaries follow by refresh; anycast nodes of DNS hosts lag the same way",
  },
  servfail: {
    imitates: "a server that lost its zone: SERVFAIL",
    source: "RFC 1034 4.3.5, an expired zone",
  },
  lame: { imitates: "answers without the AA flag", source: "RFC 1912 2.8, lame delegation" },
  truncate: { imitates: "every UDP answer cut off (TC), data only over TCP", source: "RFC 2181 9" },
  "forged-first": {
    imitates: "an answer with another id before the true one",
    source: "RFC 5452: blind spoofing",
  },
  drop: { imitates: "a lost UDP packet", source: "packet loss", times: 1 },
} as const satisfies Record<string, FaultKind>;

export const resolverFaults = {
  timeout: silence,
  stale: {
    imitates: "a resolver that goes on serving what has expired, with a TTL of 30",
    source: "RFC 8767 serve-stale",
  },
  "clamp-ttl": {
    imitates: "a resolver that keeps every record for at least `amount` seconds (default 300)",
    source: "unbound cache-min-ttl, dnsmasq min-cache-ttl",
  },
  servfail: {
    imitates: "SERVFAIL for everything",
    source: "RFC 4074; a resolver that lost its upstream",
  },
  truncate: { imitates: "every UDP answer cut off (TC), data only over TCP", source: "RFC 2181 9" },
} as const satisfies Record<string, FaultKind>;

export type AuthoritativeFault = keyof typeof authoritativeFaults;
export type ResolverFault = keyof typeof resolverFaults;
