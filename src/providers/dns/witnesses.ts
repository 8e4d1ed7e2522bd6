/**
 * Asking everyone who has a say about one record set: each authoritative
 * server directly, and each resolver for what it still remembers. A server
 * that cannot be asked is reported as such beside the others.
 */
import { UnreadableError } from "../../core/errors.ts";
import { canonicalName } from "../../core/dns-name.ts";
import { query } from "./query.ts";
import { readSoa } from "./record.ts";
import type { DnsServer } from "./server.ts";
import { type Role, type Sighting, sight } from "./sighting.ts";

export interface Lookup {
  readonly name: string;
  readonly type: string;
  /** Given, each authoritative server is also asked for the zone's serial. */
  readonly zone?: string;
  readonly authoritative: readonly DnsServer[];
  readonly resolvers: readonly DnsServer[];
  /** How often each resolver is asked: the nodes behind an anycast address have separate caches. Default 1. */
  readonly samples?: number;
  /** For each question. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

async function witness(lookup: Lookup, server: DnsServer, role: Role): Promise<Sighting> {
  const { name, type, signal } = lookup;
  const limits = lookup.timeoutMs === undefined ? {} : { timeoutMs: lookup.timeoutMs };
  const asked = { server, recursive: role === "resolver", signal, ...limits };
  try {
    const seen = {
      ...sight(await query({ ...asked, name, type }), role, name, type),
      server,
      role,
    };
    if (role === "resolver" || lookup.zone === undefined || seen.is === "could not check")
      return seen;
    const soa = await query({ ...asked, name: lookup.zone, type: "SOA" });
    const own = soa.answers.find(
      (record) => record.type === "SOA" && record.name === canonicalName(lookup.zone ?? ""),
    );
    const serial = own === undefined ? undefined : readSoa(own.data)?.serial;
    return serial === undefined ? seen : { ...seen, serial };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return { is: "could not check", reason: error.message, server, role };
  }
}

/**
 * One sighting for each authoritative server and for each sample of each
 * resolver, in the order given. Throws only the signal's reason.
 */
export async function lookEverywhere(lookup: Lookup): Promise<readonly Sighting[]> {
  const samples = Array.from({ length: lookup.samples ?? 1 });
  return await Promise.all([
    ...lookup.authoritative.map((server) => witness(lookup, server, "authoritative")),
    ...lookup.resolvers.flatMap((server) => samples.map(() => witness(lookup, server, "resolver"))),
  ]);
}
