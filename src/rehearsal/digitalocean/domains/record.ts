/**
 * How a domain record is written and how it is read back, which differ: a
 * write needs the final dot of a host name, a read leaves it out, and the
 * domain itself is `@`. Pure.
 */
import { isIPv4, isIPv6 } from "node:net";
import { absoluteName, canonicalName } from "../../../core/dns-name.ts";
import { unprocessable } from "../http/api-error.ts";

/** Names canonical: `name` relative or `@`, host names in `data` absolute and without a final dot. */
export interface DomainRecord {
  readonly id: number;
  readonly type: string;
  readonly name: string;
  readonly data: string;
  readonly ttl: number;
  readonly priority: number | null;
  readonly port: number | null;
  readonly weight: number | null;
  readonly flags: number | null;
  readonly tag: string | null;
}

export type RecordFields = Omit<DomainRecord, "id">;

const types = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "SOA", "SRV", "TXT"];
/** Their data is a host name. */
const hosts = ["CAA", "CNAME", "MX", "NS", "SRV"];

/** The service's floor and default, in seconds. */
export const ttlFloor = 30;
export const ttlDefault = 1800;

function readHost(data: string, domain: string): string {
  if (data === "@") return domain;
  if (!data.endsWith(".")) throw unprocessable("Data needs to end with a dot (.)");
  return canonicalName(data);
}

function readData(type: string, data: unknown, domain: string): string {
  if (typeof data !== "string" || data === "") throw unprocessable("Data can't be blank");
  if (type === "A" && !isIPv4(data)) throw unprocessable("Data is not a valid IPv4 address");
  if (type === "AAAA" && !isIPv6(data)) throw unprocessable("Data is not a valid IPv6 address");
  return hosts.includes(type) ? readHost(data, domain) : data;
}

function readTtl(value: unknown): number {
  if (value === undefined || value === null) return ttlDefault;
  if (typeof value !== "number" || !Number.isInteger(value))
    throw unprocessable("Ttl is not a number");
  if (value < ttlFloor) throw unprocessable(`Ttl must be greater than or equal to ${ttlFloor}`);
  return value;
}

function readName(value: unknown, domain: string): string {
  if (typeof value !== "string" || value === "") throw unprocessable("Name can't be blank");
  const name = canonicalName(value);
  return name === domain
    ? "@"
    : name.endsWith(`.${domain}`)
      ? name.slice(0, -domain.length - 1)
      : name;
}

function figure(body: Readonly<Record<string, unknown>>, field: string): number | null {
  const value = body[field];
  return typeof value === "number" ? value : null;
}

export function readType(body: Readonly<Record<string, unknown>>): string {
  const { type } = body;
  if (typeof type !== "string" || !types.includes(type))
    throw unprocessable("Type is not included in the list");
  return type;
}

/** A whole record, for POST and PUT. Throws the API's 422. */
export function readRecord(body: Readonly<Record<string, unknown>>, domain: string): RecordFields {
  const type = readType(body);
  const { tag } = body;
  return {
    type,
    name: readName(body["name"], domain),
    data: readData(type, body["data"], domain),
    ttl: readTtl(body["ttl"]),
    priority: figure(body, "priority") ?? (type === "MX" || type === "SRV" ? 0 : null),
    port: figure(body, "port"),
    weight: figure(body, "weight"),
    flags: figure(body, "flags") ?? (type === "CAA" ? 0 : null),
    tag: typeof tag === "string" ? tag : null,
  };
}

/** Only what the body names, for PATCH; it must name the type all the same. */
export function patchRecord(
  record: DomainRecord,
  body: Readonly<Record<string, unknown>>,
  domain: string,
): RecordFields {
  if (readType(body) !== record.type) throw unprocessable("Type can't be changed");
  const { id: _, ...fields } = record;
  return {
    ...fields,
    ...(body["name"] === undefined ? {} : { name: readName(body["name"], domain) }),
    ...(body["data"] === undefined ? {} : { data: readData(record.type, body["data"], domain) }),
    ...(body["ttl"] === undefined ? {} : { ttl: readTtl(body["ttl"]) }),
    priority: figure(body, "priority") ?? record.priority,
    port: figure(body, "port") ?? record.port,
    weight: figure(body, "weight") ?? record.weight,
    flags: figure(body, "flags") ?? record.flags,
  };
}

export function recordView(record: DomainRecord, domain: string): Record<string, unknown> {
  const itself = hosts.includes(record.type) && record.data === domain;
  return { ...record, data: itself ? "@" : record.data };
}

/** As DNS presents it: the priority of an MX before its host, and so on. */
export function presented(record: DomainRecord): string {
  const { type, data, priority, weight, port, flags, tag } = record;
  if (type === "MX") return `${priority ?? 0} ${data}`;
  if (type === "SRV") return `${priority ?? 0} ${weight ?? 0} ${port ?? 0} ${data}`;
  if (type === "CAA") return `${flags ?? 0} ${tag ?? "issue"} ${data}`;
  return data;
}

export function fullName(record: Pick<DomainRecord, "name">, domain: string): string {
  return absoluteName(record.name, domain);
}
