/** A DNS record set as Azure keeps it, and its JSON. Pure. */
import { z } from "zod";

const shape = z.object({
  TTL: z.number().int().min(1).max(2_147_483_647).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  ARecords: z.array(z.object({ ipv4Address: z.ipv4() })).optional(),
  AAAARecords: z.array(z.object({ ipv6Address: z.ipv6() })).optional(),
  CNAMERecord: z.object({ cname: z.string() }).optional(),
  TXTRecords: z.array(z.object({ value: z.array(z.string()) })).optional(),
});

export const recordSetBody = z.looseObject({
  etag: z.string().optional(),
  properties: shape.optional(),
});

export type RecordProperties = z.infer<typeof shape>;

export const recordTypes = ["A", "AAAA", "CNAME", "TXT"] as const;
export type RecordType = (typeof recordTypes)[number];

export interface RecordSet {
  /** `@` for the zone's own name. */
  readonly name: string;
  readonly type: RecordType;
  readonly etag: string;
  readonly properties: RecordProperties;
}

export function recordTypeOf(text: string): RecordType | undefined {
  return recordTypes.find((type) => type === text.toUpperCase());
}

const own = {
  A: "ARecords",
  AAAA: "AAAARecords",
  CNAME: "CNAMERecord",
  TXT: "TXTRecords",
} as const;

/** Keeps what belongs to the type: a CNAME with A records would be a different set. */
export function propertiesFor(
  type: RecordType,
  { TTL, metadata, ...records }: RecordProperties,
): RecordProperties {
  const field = own[type];
  return {
    ...(metadata === undefined ? {} : { metadata }),
    ...(TTL === undefined ? {} : { TTL }),
    ...(records[field] === undefined ? {} : { [field]: records[field] }),
  };
}

/** For whoever serves the zone: TTL in seconds, values as in a zone file. */
export interface ServedRecords {
  readonly zone: string;
  readonly name: string;
  readonly type: RecordType;
  readonly ttl: number;
  /** Empty when the set was deleted. */
  readonly values: readonly string[];
}

export function served(zone: string, { name, type, properties }: RecordSet): ServedRecords {
  const values = [
    ...(properties.ARecords ?? []).map(({ ipv4Address }) => ipv4Address),
    ...(properties.AAAARecords ?? []).map(({ ipv6Address }) => ipv6Address),
    ...(properties.CNAMERecord === undefined ? [] : [properties.CNAMERecord.cname]),
    ...(properties.TXTRecords ?? []).map(({ value }) => value.join("")),
  ];
  return { zone, name, type, ttl: properties.TTL ?? 3600, values };
}
