/** The stand-in for Azure Resource Manager. */
export { type Azure, type AzureOptions, createAzure } from "./azure.ts";
export type { LoggedRequest } from "./arm/server.ts";
export type { DnsOptions, ZoneOptions } from "./dns/zones.ts";
export type { ServedRecords } from "./dns/record-set.ts";
export {
  damageFaults,
  type FaultName,
  isFaultName,
  requestFaults,
  serviceFaults,
} from "./faults/catalog.ts";
export type { Damage } from "./moving/damage.ts";
export type { FlexibleServerOptions } from "./postgresql/flexible-server.ts";
export type { Timings } from "./timings.ts";
