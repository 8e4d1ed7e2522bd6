/** Asking DNS servers what they serve. What may be used from outside the folder. */
export { type AuthoritativeOptions, authoritativeServers } from "./authoritative.ts";
export { type Exchanged, exchange, type Question } from "./exchange.ts";
export { type DnsAnswer, type DnsQuery, query } from "./query.ts";
export { canonicalData, type DnsRecord, readSoa, sameData, type Soa } from "./record.ts";
export { type DnsServer, parseDnsServer, showDnsServer, systemResolvers } from "./server.ts";
export {
  type Absent,
  follow,
  type Role,
  type Served,
  type Sighting,
  sight,
  type Unreadable,
} from "./sighting.ts";
export { type Lookup, lookEverywhere } from "./witnesses.ts";
