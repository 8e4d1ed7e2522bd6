/**
 * One zone: its record sets and its SOA, whose serial grows with every change.
 * The stand-ins of both clouds edit it; authoritative servers serve it. Knows
 * nothing of the wire.
 */
import { absoluteName, canonicalName, isWithin } from "../../core/dns-name.ts";
import { sameData } from "../../providers/dns/index.ts";
import type { ZoneType } from "./rdata.ts";

export interface RecordSet {
  /** Absolute, canonical. */
  readonly name: string;
  readonly type: ZoneType;
  /** Seconds. */
  readonly ttl: number;
  /** Presentation form, without final dots. */
  readonly values: readonly string[];
}

/** A zone as it stood at one serial; never changes. */
export interface ZoneVersion {
  readonly origin: string;
  readonly serial: number;
  readonly sets: ReadonlyMap<string, RecordSet>;
  readonly soa: SoaFields;
}

export interface SoaFields {
  readonly primary: string;
  readonly mailbox: string;
  /** Seconds, of the SOA record itself. */
  readonly ttl: number;
  /** Seconds: negative caching (RFC 2308). DigitalOcean serves 1800, Azure DNS 300. */
  readonly minimum: number;
}

export interface ZoneOptions {
  readonly nameServers: readonly string[];
  /** Of the NS records, seconds. Default 1800. */
  readonly ttl?: number;
  readonly soa?: Partial<SoaFields>;
  readonly serial?: number;
}

export function setKey(name: string, type: string): string {
  return `${canonicalName(name)} ${type}`;
}

export class Zone {
  #version: ZoneVersion;

  constructor(origin: string, options: ZoneOptions) {
    const name = canonicalName(origin);
    const primary = canonicalName(options.nameServers[0] ?? `ns1.${name}`);
    const soa = {
      primary,
      mailbox: `hostmaster.${name}`,
      ttl: 1800,
      minimum: 1800,
      ...options.soa,
    };
    this.#version = { origin: name, serial: options.serial ?? 1, sets: new Map(), soa };
    this.set("@", "NS", { ttl: options.ttl ?? 1800, values: options.nameServers });
  }

  get origin(): string {
    return this.#version.origin;
  }

  get version(): ZoneVersion {
    return this.#version;
  }

  /** `@`, a name relative to the zone, or an absolute one within it. */
  #absolute(name: string): string {
    const canonical = canonicalName(name);
    return isWithin(canonical, this.origin) ? canonical : absoluteName(canonical, this.origin);
  }

  get(name: string, type: ZoneType): RecordSet | undefined {
    return this.#version.sets.get(setKey(this.#absolute(name), type));
  }

  /** Replaces the whole set. No values: removes it. Unchanged: the serial stays. */
  set(
    name: string,
    type: ZoneType,
    set: { readonly ttl: number; readonly values: readonly string[] },
  ): void {
    const absolute = this.#absolute(name);
    const key = setKey(absolute, type);
    const before = this.#version.sets.get(key);
    if (before === undefined && set.values.length === 0) return;
    if (before?.ttl === set.ttl && sameData(type, before.values, set.values)) return;
    const sets = new Map(this.#version.sets);
    if (set.values.length === 0) sets.delete(key);
    else sets.set(key, { name: absolute, type, ttl: set.ttl, values: [...set.values] });
    this.#version = { ...this.#version, sets, serial: this.#version.serial + 1 };
  }

  remove(name: string, type: ZoneType): void {
    this.set(name, type, { ttl: 0, values: [] });
  }
}
