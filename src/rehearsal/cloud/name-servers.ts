/** The rehearsal's zone on two authoritative servers, behind one caching resolver. */
import type { DnsServer } from "../../providers/dns/index.ts";
import {
  type AuthoritativeFault,
  publishInto,
  type ResolverFault,
  startAuthoritative,
  startResolver,
  Zone,
  type ServedSet,
} from "../dns/index.ts";
import type { FaultSwitch } from "../fault-switch.ts";
import { names } from "./settings.ts";

export interface NameServers {
  readonly authoritative: readonly DnsServer[];
  readonly resolver: DnsServer;
  readonly faults: {
    /** Of the second one. */
    readonly nameServer: FaultSwitch<AuthoritativeFault>;
    readonly resolver: FaultSwitch<ResolverFault>;
  };
  publish(set: ServedSet): void;
  close(): Promise<void>;
}

export async function startNames(): Promise<NameServers> {
  const zone = new Zone(names.zone, { nameServers: ["ns1.rehearsal.test", "ns2.rehearsal.test"] });
  const servers = await Promise.all([
    startAuthoritative([zone]),
    startAuthoritative([zone]),
  ] as const);
  const authoritative = servers.map(({ server }) => server);
  const resolver = await startResolver({ zones: [{ origin: names.zone, servers: authoritative }] });
  return {
    authoritative,
    resolver: resolver.server,
    faults: { nameServer: servers[1].faults, resolver: resolver.faults },
    publish: publishInto([zone]),
    close: async () => {
      await Promise.all([...servers.map((server) => server.close()), resolver.close()]);
    },
  };
}
