/**
 * Every fault that a rehearsal can have. Both clouds and DNS have some of the
 * same name, so all but Azure's are told apart by their beginning.
 */
import { faultCatalog, isFaultName, type FaultName } from "./azure/index.ts";
import {
  digitalOceanFaults,
  isDigitalOceanFault,
  type DigitalOceanFault,
} from "./digitalocean/index.ts";
import {
  type AuthoritativeFault,
  authoritativeFaults,
  type ResolverFault,
  resolverFaults,
} from "./dns/index.ts";
import type { FaultKind } from "./fault-switch.ts";

export interface KnownFault {
  readonly name: string;
  readonly imitates: string;
  readonly source: string;
  /** How often it strikes before it is over; undefined: until switched off. */
  readonly times: number | undefined;
}

const digitalOceans = "digitalocean-";
/** Of the zone's second name server: the first one always answers. */
const nameServers = "name-server-";
const resolvers = "resolver-";

const begins = (beginning: string, faults: { readonly [name: string]: FaultKind }) =>
  Object.entries(faults).map(([name, fault]) => [`${beginning}${name}`, fault] as const);

export function knownFaults(): readonly KnownFault[] {
  const entries: readonly (readonly [string, FaultKind])[] = [
    ...Object.entries(faultCatalog),
    ...begins(digitalOceans, digitalOceanFaults),
    ...begins(nameServers, authoritativeFaults),
    ...begins(resolvers, resolverFaults),
  ];
  return entries.map(([name, { imitates, source, times }]) => ({ name, imitates, source, times }));
}

export type FoundFault =
  | { readonly cloud: "Azure"; readonly name: FaultName }
  | { readonly cloud: "DigitalOcean"; readonly name: DigitalOceanFault }
  | { readonly cloud: "name server"; readonly name: AuthoritativeFault }
  | { readonly cloud: "resolver"; readonly name: ResolverFault };

/** Undefined: there is no fault of that name. */
export function findFault(name: string): FoundFault | undefined {
  if (isFaultName(name)) return { cloud: "Azure", name };
  const own = (beginning: string): string =>
    name.startsWith(beginning) ? name.slice(beginning.length) : "";
  const inCloud = own(digitalOceans);
  if (isDigitalOceanFault(inCloud)) return { cloud: "DigitalOcean", name: inCloud };
  if (Object.hasOwn(authoritativeFaults, own(nameServers))) {
    return { cloud: "name server", name: own(nameServers) as AuthoritativeFault };
  }
  return Object.hasOwn(resolverFaults, own(resolvers))
    ? { cloud: "resolver", name: own(resolvers) as ResolverFault }
    : undefined;
}
