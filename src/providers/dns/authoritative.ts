/**
 * Which servers speak for a zone, found through a resolver: its NS records
 * and the addresses of each.
 */
import { UnreadableError } from "../../core/errors.ts";
import { canonicalName } from "../../core/dns-name.ts";
import { query } from "./query.ts";
import { type DnsServer, showDnsServer } from "./server.ts";
import { follow, sight } from "./sighting.ts";

export interface AuthoritativeOptions {
  readonly signal: AbortSignal;
  /** For each question. */
  readonly timeoutMs?: number;
  /** Of the servers found. Default 53. */
  readonly port?: number;
}

function unknown(zone: string, resolver: DnsServer, why: string): UnreadableError {
  return new UnreadableError({
    message: `Could not check which servers speak for ${zone}, asking ${showDnsServer(resolver)}: ${why}.`,
    meaning: "The record cannot be proven at its source.",
    remedy:
      "Check the zone's name in the plan, or name the zone's servers there by their addresses.",
  });
}

/**
 * Every address of every name server of the zone. Throws UnreadableError when
 * there is none, or when a name server's addresses cannot be found: a server
 * left out would be a server not checked. An IPv6 address counts only for a
 * name server that has no IPv4 one, as many machines have no way to IPv6.
 */
export async function authoritativeServers(
  zone: string,
  resolver: DnsServer,
  options: AuthoritativeOptions,
): Promise<readonly DnsServer[]> {
  const { signal, port = 53 } = options;
  const limits = options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs };
  const ask = async (name: string, type: string): Promise<readonly string[]> => {
    const answer = await query({
      server: resolver,
      name,
      type,
      recursive: true,
      signal,
      ...limits,
    });
    const seen = sight(answer, "resolver", name, type);
    if (seen.is === "could not check") throw unknown(canonicalName(zone), resolver, seen.reason);
    return follow(answer.answers, name, type).records.map((record) => record.data);
  };

  const names = (await ask(zone, "NS")).toSorted();
  if (names.length === 0)
    throw unknown(canonicalName(zone), resolver, "it has no NS records; it is not a zone");
  const found = await Promise.all(
    names.map(async (name) => {
      const ipv4 = await ask(name, "A");
      const addresses = ipv4.length > 0 ? ipv4 : await ask(name, "AAAA");
      if (addresses.length === 0) {
        throw unknown(canonicalName(zone), resolver, `its name server ${name} has no address`);
      }
      return addresses.toSorted().map((address) => ({ name, address, port }));
    }),
  );
  return found.flat();
}
