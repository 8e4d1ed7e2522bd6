/** What the servers themselves answer about a record: every authoritative one, and the named resolvers. */
import {
  authoritativeServers,
  lookEverywhere,
  parseDnsServer,
  showDnsServer,
  systemResolvers,
  type DnsServer,
  type Sighting,
} from "../../providers/dns/index.ts";
import { UnreadableError } from "../../core/errors.ts";
import type { World } from "../world.ts";
import type { LiveRecord } from "./live-record.ts";
import type { RecordPlace } from "./settings.ts";

export async function sightEverywhere(
  world: World,
  place: RecordPlace,
  live: LiveRecord,
  asked: {
    /** False before a flip: a resolver that is asked remembers the old answer from then on. */
    readonly resolvers: boolean;
    readonly signal: AbortSignal;
  },
): Promise<readonly Sighting[]> {
  const { signal } = asked;
  const resolvers = place.resolvers.map((text) => parseDnsServer(world.references.text(text)));
  return lookEverywhere({
    name: live.name,
    type: live.type,
    zone: live.zone,
    authoritative: await authoritativeOf(world, place, live.zone, resolvers, signal),
    resolvers: asked.resolvers ? resolvers : [],
    signal,
  });
}

async function authoritativeOf(
  world: World,
  place: RecordPlace,
  zone: string,
  resolvers: readonly DnsServer[],
  signal: AbortSignal,
): Promise<readonly DnsServer[]> {
  if (place.authoritative !== undefined) {
    return place.authoritative.map((text) => parseDnsServer(world.references.text(text)));
  }
  const [resolver] = [...resolvers, ...systemResolvers()];
  if (resolver === undefined) {
    throw new UnreadableError({
      message: `This machine has no DNS resolver, so the name servers of ${zone} cannot be found.`,
      remedy: "Name them in the plan: `authoritative: [IP, ...]`.",
    });
  }
  return authoritativeServers(zone, resolver, { signal });
}

/** `ns1.example.com (192.0.2.1): 198.51.100.7, TTL 1800 s`. */
export function showSighting(sighting: Sighting): string {
  const who = showDnsServer(sighting.server);
  if (sighting.is === "could not check") return `${who}: could not check, ${sighting.reason}`;
  if (sighting.is === "absent") return `${who}: ${sighting.how}`;
  return `${who}: ${sighting.data.join(", ")}, TTL ${sighting.ttl} s`;
}

export function sameValues(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...a].toSorted()) === JSON.stringify([...b].toSorted());
}
