/**
 * Resource records as texts that can be compared: the data of a record in
 * presentation form, names canonical, addresses in one spelling. Pure. The
 * TTL is apart, because two servers may count the same record down.
 */
import type { Answer } from "dns-packet";
import { canonicalName } from "../../core/dns-name.ts";

export interface DnsRecord {
  readonly name: string;
  /** `A`, `CNAME`, `UNKNOWN_65` for what dns-packet does not know. */
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  /** `192.0.2.1`; `target.example.com`; `10 mail.example.com`; `0 issue letsencrypt.org`; a TXT's strings joined. */
  readonly data: string;
}

function canonicalIpv6(text: string): string {
  // The URL parser writes the one form of RFC 5952.
  return URL.canParse(`http://[${text}]`)
    ? new URL(`http://[${text}]`).hostname.slice(1, -1)
    : text;
}

/** The data of a record of this type as it is compared, whoever wrote it. */
export function canonicalData(type: string, data: string): string {
  const text = data.trim();
  switch (type) {
    case "CNAME":
    case "NS":
    case "PTR":
    case "DNAME":
      return canonicalName(text);
    case "AAAA":
      return canonicalIpv6(text.toLowerCase());
    case "MX": {
      const [preference = "", exchange = ""] = text.split(/\s+/);
      return `${Number(preference)} ${canonicalName(exchange)}`;
    }
    case "CAA": {
      const [flags = "", tag = "", ...value] = text.split(/\s+/);
      return `${Number(flags)} ${tag.toLowerCase()} ${value.join(" ").replaceAll('"', "").replace(/\.$/, "")}`;
    }
    case "A":
      return text;
    default:
      return data;
  }
}

function txt(data: unknown): string {
  const strings = Array.isArray(data) ? (data as (string | Uint8Array)[]) : [data as string];
  return strings
    .map((part) => (typeof part === "string" ? part : Buffer.from(part).toString("utf8")))
    .join("");
}

function presentation(answer: Answer): string {
  switch (answer.type) {
    case "A":
    case "AAAA":
    case "CNAME":
    case "DNAME":
    case "NS":
    case "PTR":
      return canonicalData(answer.type, answer.data);
    case "MX":
      return canonicalData("MX", `${answer.data.preference ?? 0} ${answer.data.exchange}`);
    case "TXT":
      return txt(answer.data);
    case "CAA":
      return canonicalData(
        "CAA",
        `${answer.data.flags ?? 0} ${answer.data.tag} ${answer.data.value}`,
      );
    case "SOA": {
      const { mname, rname, serial, refresh, retry, expire, minimum } = answer.data;
      return [
        canonicalName(mname),
        canonicalName(rname),
        serial,
        refresh,
        retry,
        expire,
        minimum,
      ].join(" ");
    }
    case "SRV": {
      const { priority, weight, port, target } = answer.data;
      return `${priority ?? 0} ${weight ?? 0} ${port} ${canonicalName(target)}`;
    }
    case "OPT":
      return "";
    default:
      return Buffer.isBuffer(answer.data)
        ? answer.data.toString("hex")
        : JSON.stringify(answer.data);
  }
}

/** OPT is no record of anyone's zone and is left out. */
export function toRecords(answers: readonly Answer[]): readonly DnsRecord[] {
  return answers
    .filter((answer) => answer.type !== "OPT")
    .map((answer) => ({
      name: canonicalName(answer.name),
      type: answer.type,
      ttl: "ttl" in answer ? (answer.ttl ?? 0) : 0,
      data: presentation(answer),
    }));
}

/** Whether two sets hold the same data, in whatever order, TTLs aside. */
export function sameData(type: string, a: readonly string[], b: readonly string[]): boolean {
  const canonical = (data: readonly string[]): readonly string[] =>
    [...new Set(data.map((entry) => canonicalData(type, entry)))].toSorted();
  const left = canonical(a);
  const right = canonical(b);
  return left.length === right.length && left.every((entry, index) => entry === right[index]);
}

export interface Soa {
  readonly primary: string;
  readonly serial: number;
  /** Seconds: how long a resolver may remember that a name is not there (RFC 2308). */
  readonly minimum: number;
}

/** Reads the data of an SOA record; undefined when it is not one. */
export function readSoa(data: string): Soa | undefined {
  const [primary, , serial, , , , minimum] = data.split(" ");
  if (primary === undefined || serial === undefined || minimum === undefined) return undefined;
  return { primary, serial: Number(serial), minimum: Number(minimum) };
}
