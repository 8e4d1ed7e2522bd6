/** Every fault that a rehearsal can have, whichever stand-in it belongs to. */
import { faultCatalog, isFaultName } from "./azure/index.ts";
import { digitalOceanFaults, isDigitalOceanFault } from "./digitalocean/index.ts";

export interface KnownFault {
  readonly name: string;
  readonly imitates: string;
  readonly source: string;
}

export function knownFaults(): readonly KnownFault[] {
  const entries = [...Object.entries(faultCatalog), ...Object.entries(digitalOceanFaults)];
  return entries.map(([name, { imitates, source }]) => ({ name, imitates, source }));
}

export function isKnownFault(name: string): boolean {
  return isFaultName(name) || isDigitalOceanFault(name);
}
