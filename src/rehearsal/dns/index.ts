/** The rehearsal's DNS: zones, authoritative servers, a caching resolver. */
export {
  type AskedQuestion,
  type AuthoritativeServer,
  startAuthoritative,
} from "./authoritative.ts";
export type { Clock } from "./cache.ts";
export {
  type AuthoritativeFault,
  authoritativeFaults,
  type ResolverFault,
  resolverFaults,
} from "./faults.ts";
export { publishInto, type ServedSet } from "./publishing.ts";
export { isZoneType, type ZoneType, zoneTypes } from "./rdata.ts";
export { type Resolver, type ResolverOptions, startResolver } from "./resolver.ts";
export {
  type RecordSet,
  type SoaFields,
  Zone,
  type ZoneOptions,
  type ZoneVersion,
} from "./zone.ts";
