/** A record set of Azure DNS in our own shape, and back. Pure. */
import { z } from "zod";
import { UnreadableError } from "../../core/errors.ts";

/** The types whose values a re-point may change. */
export type RecordType = "A" | "AAAA" | "CNAME" | "TXT";

export interface RecordSet {
  readonly type: RecordType;
  /** Relative to the zone; `@` is the zone itself. */
  readonly name: string;
  /** Changes with every write; the proof that nobody wrote between. */
  readonly etag: string;
  /** Seconds. */
  readonly ttl: number;
  /** Addresses, the one name of a CNAME without a final dot, or whole texts. */
  readonly values: readonly string[];
  /** Azure's own labels: a write replaces the whole set, so they are kept. */
  readonly metadata: { readonly [name: string]: string };
  /** Set when it is an alias for an Azure resource; such a set has no values of its own. */
  readonly targetResource: string | undefined;
}

const raw = z.object({
  etag: z.string(),
  name: z.string(),
  properties: z.object({
    TTL: z.number(),
    metadata: z.record(z.string(), z.string()).nullish(),
    ARecords: z.array(z.object({ ipv4Address: z.string() })).nullish(),
    AAAARecords: z.array(z.object({ ipv6Address: z.string() })).nullish(),
    CNAMERecord: z.object({ cname: z.string() }).nullish(),
    TXTRecords: z.array(z.object({ value: z.array(z.string()) })).nullish(),
    targetResource: z.object({ id: z.string().nullish() }).nullish(),
  }),
});

/** Throws UnreadableError when the body is not a record set. */
export function readRecordSet(body: unknown, type: RecordType): RecordSet {
  const parsed = raw.safeParse(body);
  if (!parsed.success) {
    throw new UnreadableError({
      message: `Azure DNS's answer is not a record set: ${z.prettifyError(parsed.error)}`,
      meaning: "What Azure DNS serves is not known, so nothing is taken as done.",
      remedy:
        "opensauced-migrate run --resume\nIf it stays, Azure's API has changed: please report this.",
    });
  }
  const { etag, name, properties } = parsed.data;
  const values = {
    A: () => (properties.ARecords ?? []).map((record) => record.ipv4Address),
    AAAA: () => (properties.AAAARecords ?? []).map((record) => record.ipv6Address),
    CNAME: () => (properties.CNAMERecord ? [properties.CNAMERecord.cname.replace(/\.$/, "")] : []),
    // One text comes in pieces of at most 255 bytes.
    TXT: () => (properties.TXTRecords ?? []).map((record) => record.value.join("")),
  };
  return {
    type,
    name,
    etag,
    ttl: properties.TTL,
    values: values[type](),
    metadata: properties.metadata ?? {},
    targetResource: properties.targetResource?.id ?? undefined,
  };
}

export interface RecordSetChange {
  readonly ttl: number;
  readonly values: readonly string[];
  readonly metadata: { readonly [name: string]: string };
}

function pieces(text: string): string[] {
  return text.match(/.{1,255}/gs) ?? [""];
}

/** The SDK's parameters. Throws TypeError for a CNAME with other than one value: a bug of the caller. */
export function writeRecordSet(type: RecordType, change: RecordSetChange) {
  const { ttl, values, metadata } = change;
  const common = { ttl, metadata: { ...metadata } };
  if (type === "A") return { ...common, aRecords: values.map((ipv4Address) => ({ ipv4Address })) };
  if (type === "AAAA")
    return { ...common, aaaaRecords: values.map((ipv6Address) => ({ ipv6Address })) };
  if (type === "TXT")
    return { ...common, txtRecords: values.map((value) => ({ value: pieces(value) })) };
  const [cname, ...more] = values;
  if (cname === undefined || more.length > 0) throw new TypeError("A CNAME has exactly one value.");
  return { ...common, cnameRecord: { cname } };
}
