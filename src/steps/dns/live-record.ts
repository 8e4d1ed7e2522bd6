/**
 * One RRset where it is edited: DigitalOcean's records by id, in place (never
 * deleted and made again: resolvers would remember the gap), or Azure's record
 * set with its etag.
 */
import { absoluteName, canonicalName } from "../../core/dns-name.ts";
import { UnreadableError } from "../../core/errors.ts";
import type { World } from "../world.ts";
import type { RecordPlace } from "./settings.ts";

export interface LiveRecord {
  /** Canonical, sorted. */
  readonly values: readonly string[];
  /** Seconds. */
  readonly ttl: number;
  /** Absolute, without the final dot. */
  readonly name: string;
  readonly zone: string;
  readonly type: RecordPlace["type"];
  /** Writes only what is given. Refuses when the set changed since it was read, where the vendor can tell. */
  write(
    change: { readonly values?: readonly string[]; readonly ttl?: number },
    signal: AbortSignal,
  ): Promise<void>;
}

/** Throws UnreadableError when there is no such record: nothing is ever created. */
export async function readLive(
  world: World,
  place: RecordPlace,
  signal: AbortSignal,
): Promise<LiveRecord> {
  const live = await (place.digitalocean === undefined
    ? readAzure(world, place, signal)
    : readDigitalOcean(world, place, place.digitalocean.zone, signal));
  if (live !== undefined) return live;
  throw new UnreadableError({
    message: `There is no ${place.type} record ${world.references.text(place.name)} in the zone.`,
    meaning: "Nothing was changed: the record must exist before the migration begins.",
    remedy: "Check `name`, `type` and the zone in the plan; the name is relative to the zone.",
  });
}

async function readDigitalOcean(
  world: World,
  place: RecordPlace,
  zoneText: string,
  signal: AbortSignal,
): Promise<LiveRecord | undefined> {
  const zone = canonicalName(world.references.text(zoneText));
  const name = absoluteName(world.references.text(place.name), zone);
  const found = await world.digitalOcean.listRecords(zone, { name, type: place.type }, signal);
  // The filter is the service's; the comparison is ours.
  const records = found
    .filter((record) => record.name === name && record.type === place.type)
    .toSorted((a, b) => (a.data < b.data ? -1 : 1));
  const [first] = records;
  if (first === undefined) return undefined;
  return {
    values: records.map(({ data }) => data),
    ttl: Math.max(...records.map(({ ttl }) => ttl)),
    name,
    zone,
    type: place.type,
    async write({ values, ttl }, writeSignal) {
      const wanted = spread(
        records.map(({ data }) => data),
        values,
      );
      for (const [index, record] of records.entries()) {
        const data = wanted[index];
        // oxlint-disable-next-line no-await-in-loop -- the service rewrites the TTL of the whole set at the first
        await world.digitalOcean.patchRecord(
          zone,
          record.id,
          {
            type: place.type,
            ...(data === undefined ? {} : { data }),
            ...(ttl === undefined ? {} : { ttl }),
          },
          writeSignal,
        );
      }
    },
  };
}

/**
 * The value for each record: one that has a wanted value already keeps it, so
 * that a change which a crash cut short makes no twins when it goes on.
 */
export function spread(
  now: readonly string[],
  values: readonly string[] | undefined,
): readonly (string | undefined)[] {
  if (values === undefined) return now.map(() => undefined);
  const missing = values.filter((value) => !now.includes(value));
  const kept = new Set<string>();
  return now.map((data) => {
    if (!values.includes(data) || kept.has(data)) return missing.shift();
    kept.add(data);
    return data;
  });
}

async function readAzure(
  world: World,
  place: RecordPlace,
  signal: AbortSignal,
): Promise<LiveRecord | undefined> {
  const { azure } = place;
  if (azure === undefined) throw new Error("The plan was parsed, yet names no DNS provider.");
  const { text } = world.references;
  const zone = canonicalName(text(azure.zone));
  const at = {
    resourceGroup: text(azure.resourceGroup),
    zone,
    type: place.type,
    name: text(place.name),
  } as const;
  const dns = world.azureDns(
    azure.subscription === undefined ? undefined : text(azure.subscription),
  );
  const set = await dns.getRecordSet(at, { signal });
  if (set === undefined) return undefined;
  if (set.targetResource !== undefined) {
    throw new UnreadableError({
      message: `The record set ${at.name} of ${zone} is an alias of an Azure resource and has no values of its own.`,
      remedy: "Replace the alias by a record, or leave the step out.",
    });
  }
  return {
    values: set.values.map(canonicalName).toSorted(),
    ttl: set.ttl,
    name: absoluteName(at.name, zone),
    zone,
    type: place.type,
    async write(change, writeSignal) {
      await dns.putRecordSet(
        at,
        {
          values: change.values ?? set.values,
          ttl: change.ttl ?? set.ttl,
          metadata: set.metadata,
        },
        set.etag,
        { signal: writeSignal },
      );
    },
  };
}
