/**
 * Every fault that a rehearsal can have. Both clouds have some of the same
 * name, so DigitalOcean's are told apart by their beginning.
 */
import { faultCatalog, isFaultName, type FaultName } from "./azure/index.ts";
import {
  digitalOceanFaults,
  isDigitalOceanFault,
  type DigitalOceanFault,
} from "./digitalocean/index.ts";

export interface KnownFault {
  readonly name: string;
  readonly imitates: string;
  readonly source: string;
}

const digitalOceans = "digitalocean-";

export function knownFaults(): readonly KnownFault[] {
  const entries = [
    ...Object.entries(faultCatalog),
    ...Object.entries(digitalOceanFaults).map(
      ([name, fault]) => [`${digitalOceans}${name}`, fault] as const,
    ),
  ];
  return entries.map(([name, { imitates, source }]) => ({ name, imitates, source }));
}

export type FoundFault =
  | { readonly cloud: "Azure"; readonly name: FaultName }
  | { readonly cloud: "DigitalOcean"; readonly name: DigitalOceanFault };

/** Undefined: there is no fault of that name. */
export function findFault(name: string): FoundFault | undefined {
  if (isFaultName(name)) return { cloud: "Azure", name };
  const own = name.startsWith(digitalOceans) ? name.slice(digitalOceans.length) : "";
  return isDigitalOceanFault(own) ? { cloud: "DigitalOcean", name: own } : undefined;
}
