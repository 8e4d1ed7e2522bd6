/**
 * Domain records. Reads and writes of DigitalOcean differ in the final dot
 * and in `@`; here every name is absolute, lower-case and without that dot.
 */
import { absoluteName, canonicalName } from "../../core/dns-name.ts";
import type { Api } from "./api.ts";
import { notUnderstood } from "./failure.ts";
import { domain as domainAnswer, oneRecord, type RawRecord, recordPage } from "./schemas.ts";

export interface Domain {
  readonly name: string;
  /** Seconds. */
  readonly ttl: number | undefined;
  /** The whole zone as text, the only pre-image that the API gives. */
  readonly zoneFile: string | undefined;
}

export interface DomainRecord {
  readonly id: number;
  readonly type: string;
  /** Absolute. */
  readonly name: string;
  /** A host name is absolute, without the final dot. */
  readonly data: string;
  /** Seconds. DigitalOcean's least is 30. */
  readonly ttl: number;
  readonly priority: number | undefined;
}

export interface RecordFilter {
  /** Absolute. */
  readonly name?: string;
  readonly type?: string;
}

export interface RecordChange {
  /** The record's own type: the API wants it with every change. */
  readonly type: string;
  readonly data?: string;
  /** Seconds; the service gives it to every record of this name and type. */
  readonly ttl?: number;
}

/** Their data is the name of a host (CAA: of an authority). */
const hosts = ["CAA", "CNAME", "MX", "NS", "SRV"];

function toRecord(raw: RawRecord, domain: string): DomainRecord {
  const host = raw.data === "@" ? canonicalName(domain) : canonicalName(raw.data);
  return {
    id: raw.id,
    type: raw.type,
    name: absoluteName(raw.name, domain),
    data: hosts.includes(raw.type) ? host : raw.data,
    ttl: raw.ttl,
    priority: raw.priority ?? undefined,
  };
}

function toWrittenData(type: string, data: string): string {
  return hosts.includes(type) ? `${canonicalName(data)}.` : data;
}

function domainPath(domain: string): string {
  return `/v2/domains/${encodeURIComponent(canonicalName(domain))}`;
}

export async function getDomain(api: Api, domain: string, signal: AbortSignal): Promise<Domain> {
  const call = {
    call: "GET /v2/domains/{domain}",
    path: domainPath(domain),
    subject: `domain ${domain}`,
  };
  const { domain: raw } = await api.get(domainAnswer, call, signal);
  return {
    name: canonicalName(raw.name),
    ttl: raw.ttl ?? undefined,
    zoneFile: raw.zone_file ?? undefined,
  };
}

/** A domain of more records than this has pages that repeat. */
const mostPages = 1000;

/**
 * All of them, over all pages. Throws UnreadableError when the pages hold
 * fewer than the API counts: the list changed meanwhile, or a page is missing.
 */
export async function listRecords(
  api: Api,
  domain: string,
  filter: RecordFilter,
  signal: AbortSignal,
): Promise<readonly DomainRecord[]> {
  const found = new Map<number, DomainRecord>();
  const subject = `records of ${domain}`;
  const call = { call: "GET /v2/domains/{domain}/records", subject };
  for (let page = 1; page <= mostPages; page += 1) {
    const query = new URLSearchParams({ per_page: "200", page: String(page) });
    if (filter.name !== undefined) query.set("name", canonicalName(filter.name));
    if (filter.type !== undefined) query.set("type", filter.type);
    const path = `${domainPath(domain)}/records?${query.toString()}`;
    const answer = await api.get(recordPage, { ...call, path }, signal);
    for (const raw of answer.domain_records) found.set(raw.id, toRecord(raw, domain));
    // The link's own address is not followed: the token goes to one host only.
    if (answer.links?.pages?.next === undefined) {
      if (found.size >= answer.meta.total) return [...found.values()];
      break;
    }
  }
  throw notUnderstood(
    { ...call, method: "GET", secrets: [] },
    "its pages hold fewer records than it counts; the domain may be changing",
  );
}

/** Changes the record in place. Returns it as the API answers; read it again to prove it. */
export async function patchRecord(
  api: Api,
  domain: string,
  id: number,
  change: RecordChange,
  signal: AbortSignal,
): Promise<DomainRecord> {
  const call = {
    method: "PATCH" as const,
    call: "PATCH /v2/domains/{domain}/records/{id}",
    path: `${domainPath(domain)}/records/${id}`,
    subject: `record ${id} of ${domain}`,
    body: {
      type: change.type,
      ...(change.data === undefined ? {} : { data: toWrittenData(change.type, change.data) }),
      ...(change.ttl === undefined ? {} : { ttl: change.ttl }),
    },
  };
  return toRecord(api.read(oneRecord, call, await api.send(call, signal)).domain_record, domain);
}
