/**
 * Azure DNS: zones and their record sets with etags. No long-running
 * operations here. Tells a callback about each change, so that a DNS server
 * can serve it.
 */
import { randomUUID } from "node:crypto";
import { ArmError, badRequest, resourceNotFound } from "../arm/arm-error.ts";
import { type Answer, bodyOf, type Call, named, ok } from "../arm/call.ts";
import type { Route } from "../arm/router.ts";
import {
  propertiesFor,
  type RecordProperties,
  type RecordSet,
  type RecordType,
  recordSetBody,
  recordTypeOf,
  type ServedRecords,
  served,
} from "./record-set.ts";

export interface ZoneOptions {
  readonly name: string;
  readonly nameServers: readonly string[];
  readonly records?: readonly {
    readonly name: string;
    readonly type: RecordType;
    readonly properties: RecordProperties;
  }[];
}

export interface DnsOptions {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly zones: readonly ZoneOptions[];
  /** Resolves when the change is served; the answer waits for it. */
  onChange?(records: ServedRecords): void | Promise<void>;
}

interface Zone {
  readonly options: ZoneOptions;
  readonly etag: string;
  readonly sets: Map<string, RecordSet>;
}

const provider = "Microsoft.Network";
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const keyOf = (type: RecordType, name: string): string => `${type}/${name.toLowerCase()}`;

export class DnsZones {
  readonly #options: DnsOptions;
  readonly #zones: readonly Zone[];

  constructor(options: DnsOptions) {
    this.#options = options;
    this.#zones = options.zones.map((zone) => {
      const sets = (zone.records ?? []).map((set): RecordSet => ({ ...set, etag: randomUUID() }));
      return {
        options: zone,
        etag: randomUUID(),
        sets: new Map(sets.map((set) => [keyOf(set.type, set.name), set])),
      };
    });
  }

  /** Everything there is now, for a DNS server that starts later. */
  served(): readonly ServedRecords[] {
    return this.#zones.flatMap((zone) =>
      [...zone.sets.values()].map((set) => served(zone.options.name, set)),
    );
  }

  routes(): readonly Route[] {
    const group = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${provider}/dnsZones`;
    const zone = `${group}/{zone}`;
    const listed = (call: Call): Answer =>
      ok({ value: this.#zones.filter(() => this.#mine(call)).map((each) => this.#zoneBody(each)) });
    return [
      { method: "GET", path: group, handler: listed },
      {
        method: "GET",
        path: `/subscriptions/{subscription}/providers/${provider}/dnsZones`,
        handler: listed,
      },
      { method: "GET", path: zone, handler: (call) => ok(this.#zoneBody(this.#zone(call))) },
      { method: "GET", path: `${zone}/recordsets`, handler: (call) => this.#list(call) },
      { method: "GET", path: `${zone}/all`, handler: (call) => this.#list(call) },
      { method: "GET", path: `${zone}/{type}`, handler: (call) => this.#list(call) },
      {
        method: "GET",
        path: `${zone}/{type}/{name}`,
        handler: (call) => ok(this.#body(this.#zone(call), this.#set(call))),
      },
      { method: "PUT", path: `${zone}/{type}/{name}`, handler: (call) => this.#put(call) },
      { method: "PATCH", path: `${zone}/{type}/{name}`, handler: (call) => this.#patch(call) },
      { method: "DELETE", path: `${zone}/{type}/{name}`, handler: (call) => this.#delete(call) },
    ];
  }

  #mine(call: Call): boolean {
    const group = call.names["group"];
    return (
      same(named(call, "subscription"), this.#options.subscriptionId) &&
      (group === undefined || same(group, this.#options.resourceGroup))
    );
  }

  #zone(call: Call): Zone {
    const name = named(call, "zone");
    const zone = this.#mine(call)
      ? this.#zones.find((each) => same(each.options.name, name))
      : undefined;
    if (zone !== undefined) return zone;
    throw resourceNotFound(`${provider}/dnszones/${name}`, named(call, "group"));
  }

  #type(call: Call): RecordType {
    const type = recordTypeOf(named(call, "type"));
    if (type !== undefined) return type;
    throw badRequest(
      "BadRequest",
      `The record type '${named(call, "type")}' is not served by the stand-in.`,
    );
  }

  #known(call: Call): RecordSet | undefined {
    return this.#zone(call).sets.get(keyOf(this.#type(call), named(call, "name")));
  }

  #set(call: Call): RecordSet {
    const set = this.#known(call);
    if (set !== undefined) return set;
    throw new ArmError(
      404,
      "NotFound",
      `The resource record '${named(call, "name")}' does not exist in resource group '${named(call, "group")}' of subscription '${named(call, "subscription")}'.`,
    );
  }

  #conditions(call: Call, known: RecordSet | undefined): void {
    const match = call.headers["if-match"];
    const noneMatch = call.headers["if-none-match"];
    const stale =
      match !== undefined && (known === undefined || (match !== "*" && match !== known.etag));
    if (stale || (noneMatch === "*" && known !== undefined)) {
      const condition = stale ? `If-Match '${match}'` : "If-None-Match '*'";
      throw new ArmError(
        412,
        "PreconditionFailed",
        `The condition ${condition} in the request was not satisfied. The current etag is '${known?.etag ?? ""}'.`,
      );
    }
  }

  /** RFC 1034: no other data where there is a CNAME. */
  #refuseConflict(zone: Zone, type: RecordType, name: string): void {
    const others = [...zone.sets.values()].filter(
      (set) => same(set.name, name) && set.type !== type,
    );
    if (others.some((set) => set.type === "CNAME") || (type === "CNAME" && others.length > 0)) {
      throw badRequest(
        "BadRequest",
        `The record could not be created because a CNAME record with the same name '${name}' already exists or would conflict.`,
      );
    }
  }

  async #store(call: Call, properties: RecordProperties, status: number): Promise<Answer> {
    const zone = this.#zone(call);
    const type = this.#type(call);
    const set: RecordSet = {
      name: named(call, "name"),
      type,
      etag: randomUUID(),
      properties: propertiesFor(type, properties),
    };
    zone.sets.set(keyOf(type, set.name), set);
    await this.#options.onChange?.(served(zone.options.name, set));
    return ok(this.#body(zone, set), status);
  }

  async #put(call: Call): Promise<Answer> {
    const known = this.#known(call);
    this.#conditions(call, known);
    this.#refuseConflict(this.#zone(call), this.#type(call), named(call, "name"));
    const properties = bodyOf(call, recordSetBody).properties ?? {};
    if (properties.TTL === undefined)
      throw badRequest("BadRequest", "The TTL property must be given.");
    return this.#store(call, properties, known === undefined ? 201 : 200);
  }

  async #patch(call: Call): Promise<Answer> {
    const known = this.#set(call);
    this.#conditions(call, known);
    return this.#store(
      call,
      { ...known.properties, ...bodyOf(call, recordSetBody).properties },
      200,
    );
  }

  async #delete(call: Call): Promise<Answer> {
    const known = this.#known(call);
    if (known === undefined) return { status: 204 };
    this.#conditions(call, known);
    const zone = this.#zone(call);
    zone.sets.delete(keyOf(known.type, known.name));
    await this.#options.onChange?.({ ...served(zone.options.name, known), values: [] });
    return { status: 200 };
  }

  #list(call: Call): Answer {
    const zone = this.#zone(call);
    const type = call.names["type"] === undefined ? undefined : this.#type(call);
    const sets = [...zone.sets.values()].filter((set) => type === undefined || set.type === type);
    return ok({ value: sets.map((set) => this.#body(zone, set)) });
  }

  #body(zone: Zone, set: RecordSet): unknown {
    const fqdn = set.name === "@" ? zone.options.name : `${set.name}.${zone.options.name}`;
    return {
      id: `${this.#zoneId(zone)}/${set.type}/${set.name}`,
      name: set.name,
      type: `${provider}/dnszones/${set.type}`,
      etag: set.etag,
      properties: {
        fqdn: `${fqdn}.`,
        provisioningState: "Succeeded",
        ...set.properties,
        targetResource: {},
      },
    };
  }

  #zoneId(zone: Zone): string {
    const { subscriptionId, resourceGroup } = this.#options;
    return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${provider}/dnszones/${zone.options.name}`;
  }

  #zoneBody(zone: Zone): unknown {
    return {
      id: this.#zoneId(zone),
      name: zone.options.name,
      type: `${provider}/dnszones`,
      etag: zone.etag,
      location: "global",
      tags: {},
      properties: {
        maxNumberOfRecordSets: 10_000,
        numberOfRecordSets: zone.sets.size,
        nameServers: zone.options.nameServers,
        zoneType: "Public",
      },
    };
  }
}
