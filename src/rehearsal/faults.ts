/**
 * Every fault that a rehearsal can have, by who misbehaves and how. Clouds and
 * name servers have some of the same name; all but Azure's are told apart by
 * their beginning.
 */
import {
  damageFaults,
  isFaultName,
  requestFaults as azureRequests,
  serviceFaults as azureService,
  type FaultName,
} from "./azure/index.ts";
import {
  type DigitalOceanFault,
  isDigitalOceanFault,
  requestFaults as digitalOceanRequests,
  serviceFaults as digitalOceanService,
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
  /** Who misbehaves, and how: the heading that it is listed under. */
  readonly group: string;
  readonly imitates: string;
  readonly source: string;
  /** How often it strikes before it is over; undefined: until switched off. */
  readonly times: number | undefined;
}

const beginnings = {
  digitalOcean: "digitalocean-",
  nameServer: "name-server-",
  resolver: "resolver-",
} as const;

interface Group {
  readonly title: string;
  readonly begins: string;
  readonly faults: Readonly<Record<string, FaultKind>>;
}

const groups: readonly Group[] = [
  { title: "Azure, its migration service and servers", begins: "", faults: azureService },
  { title: "Azure, what the copy leaves on the target", begins: "", faults: damageFaults },
  { title: "Azure, a request to its API", begins: "", faults: azureRequests },
  {
    title: "DigitalOcean, its clusters and domains",
    begins: beginnings.digitalOcean,
    faults: digitalOceanService,
  },
  {
    title: "DigitalOcean, a request to its API",
    begins: beginnings.digitalOcean,
    faults: digitalOceanRequests,
  },
  {
    title: "DNS, the second of the zone's two name servers",
    begins: beginnings.nameServer,
    faults: authoritativeFaults,
  },
  { title: "DNS, the resolver", begins: beginnings.resolver, faults: resolverFaults },
];

export function knownFaults(): readonly KnownFault[] {
  return groups.flatMap(({ title, begins, faults }) =>
    Object.entries(faults).map(([name, { imitates, source, times }]) => ({
      name: `${begins}${name}`,
      group: title,
      imitates,
      source,
      times,
    })),
  );
}

export type FoundFault =
  | { readonly cloud: "Azure"; readonly name: FaultName }
  | { readonly cloud: "DigitalOcean"; readonly name: DigitalOceanFault }
  | { readonly cloud: "name server"; readonly name: AuthoritativeFault }
  | { readonly cloud: "resolver"; readonly name: ResolverFault };

/** Undefined: there is no fault of that name. */
export function findFault(name: string): FoundFault | undefined {
  if (isFaultName(name)) return { cloud: "Azure", name };
  const digitalOcean = after(beginnings.digitalOcean, name);
  if (isDigitalOceanFault(digitalOcean)) return { cloud: "DigitalOcean", name: digitalOcean };
  const nameServer = after(beginnings.nameServer, name);
  if (isNamed(authoritativeFaults, nameServer)) return { cloud: "name server", name: nameServer };
  const resolver = after(beginnings.resolver, name);
  return isNamed(resolverFaults, resolver) ? { cloud: "resolver", name: resolver } : undefined;
}

function after(beginning: string, name: string): string {
  return name.startsWith(beginning) ? name.slice(beginning.length) : "";
}

function isNamed<Name extends string>(
  faults: Readonly<Record<Name, FaultKind>>,
  name: string,
): name is Name {
  return Object.hasOwn(faults, name);
}
