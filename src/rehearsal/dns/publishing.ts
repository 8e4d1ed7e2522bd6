/** How the stand-ins of the clouds hand their records over to the zones that are served. */
import { canonicalName } from "../../core/dns-name.ts";
import { isZoneType } from "./rdata.ts";
import type { Zone } from "./zone.ts";

export interface ServedSet {
  readonly zone: string;
  /** Absolute, or relative to the zone, or `@`: DigitalOcean's and Azure's stand-ins differ. */
  readonly name: string;
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  /** Presentation form; none: the set is gone. */
  readonly values: readonly string[];
}

/** Sets of zones that are not served, and of types that are not known, are left out. */
export function publishInto(zones: readonly Zone[]): (set: ServedSet) => void {
  return ({ zone, name, type, ttl, values }) => {
    const served = zones.find((each) => each.origin === canonicalName(zone));
    if (served !== undefined && isZoneType(type)) served.set(name, type, { ttl, values });
  };
}
