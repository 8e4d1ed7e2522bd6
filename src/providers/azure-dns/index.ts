/** Azure DNS through Azure Resource Manager. What may be used from outside the folder. */
export {
  type AzureDns,
  type AzureDnsOptions,
  createAzureDns,
  type DnsCallOptions,
  type RecordSetPlace,
} from "./azure-dns.ts";
export { RecordSetChanged } from "./failure.ts";
export {
  readRecordSet,
  type RecordSet,
  type RecordSetChange,
  type RecordType,
} from "./record-set.ts";
