/**
 * One domain and its records. All records of one name and type share a TTL:
 * the service rewrites the others without a word (RFC 2181 5.2). Every change
 * is published, so that a DNS server can serve it.
 */
import { canonicalName } from "../../../core/dns-name.ts";
import { notFound, unprocessable } from "../http/api-error.ts";
import { type DomainRecord, fullName, presented, type RecordFields, ttlDefault } from "./record.ts";

/** What is served now for one name and type; no values: nothing any more. */
export interface PublishedSet {
  readonly zone: string;
  /** Absolute. */
  readonly name: string;
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  /** Presentation form, without final dots. */
  readonly values: readonly string[];
}

export type Publish = (set: PublishedSet) => void;

export interface DomainSetup {
  readonly name: string;
  /** Default: ns1 to ns3.digitalocean.com. */
  readonly nameServers?: readonly string[];
  /** Names relative or `@`; host names absolute, with or without a final dot. */
  readonly records?: readonly {
    readonly type: string;
    readonly name: string;
    readonly data: string;
    readonly ttl?: number;
    readonly priority?: number;
  }[];
}

const unused = { priority: null, port: null, weight: null, flags: null, tag: null };

export class Domain {
  readonly name: string;
  readonly #publish: Publish;
  #records: readonly DomainRecord[] = [];
  #nextId = 28_448_429;

  constructor(setup: DomainSetup, publish: Publish) {
    this.name = canonicalName(setup.name);
    this.#publish = publish;
    const servers =
      setup.nameServers ?? ["ns1", "ns2", "ns3"].map((host) => `${host}.digitalocean.com`);
    // The data of an SOA is its TTL, the only thing about it that can be edited.
    this.add({ ...unused, type: "SOA", name: "@", data: String(ttlDefault), ttl: ttlDefault });
    for (const host of servers) {
      this.add({ ...unused, type: "NS", name: "@", data: canonicalName(host), ttl: ttlDefault });
    }
    for (const record of setup.records ?? []) {
      const host = ["CNAME", "MX", "NS", "SRV", "CAA"].includes(record.type);
      const data = host ? canonicalName(record.data) : record.data;
      this.add({ ...unused, ttl: ttlDefault, ...record, name: canonicalName(record.name), data });
    }
  }

  get records(): readonly DomainRecord[] {
    return this.#records;
  }

  find(id: string): DomainRecord {
    const record = this.#records.find((each) => String(each.id) === id);
    if (record === undefined) throw notFound();
    return record;
  }

  add(fields: RecordFields): DomainRecord {
    return this.#put({ ...fields, id: this.#nextId++ });
  }

  change(id: number, fields: RecordFields): DomainRecord {
    return this.#put({ ...fields, id });
  }

  remove(record: DomainRecord): void {
    if (record.type === "SOA") throw unprocessable("SOA records can't be deleted");
    this.#records = this.#records.filter((each) => each.id !== record.id);
    this.#announce(record);
  }

  #put(record: DomainRecord): DomainRecord {
    const before = this.#records.find((each) => each.id === record.id);
    const others = this.#records.filter((each) => each.id !== record.id);
    this.#refuseConflict(record, others);
    const same = (each: DomainRecord): boolean =>
      each.name === record.name && each.type === record.type;
    const aligned = others.map((each) => (same(each) ? { ...each, ttl: record.ttl } : each));
    this.#records = [...aligned, record].toSorted((a, b) => a.id - b.id);
    if (before !== undefined && !same(before)) this.#announce(before);
    this.#announce(record);
    return record;
  }

  /** A CNAME stands alone (RFC 1034 3.6.2), and the domain itself cannot be one. */
  #refuseConflict(record: DomainRecord, others: readonly DomainRecord[]): void {
    const beside = others.filter((each) => each.name === record.name);
    if (
      beside.some((each) => each.type === "CNAME") ||
      (record.type === "CNAME" && beside.length > 0)
    ) {
      throw unprocessable("CNAME records cannot share a name with other records");
    }
    if (
      beside.some(
        (each) => each.type === record.type && each.data === record.data && record.type !== "SOA",
      )
    ) {
      throw unprocessable("Record already exists");
    }
  }

  #announce({ name, type }: DomainRecord): void {
    if (type === "SOA") return;
    const set = this.#records.filter((each) => each.name === name && each.type === type);
    const values = set.map(presented);
    const ttl = set[0]?.ttl ?? 0;
    this.#publish({ zone: this.name, name: fullName({ name }, this.name), type, ttl, values });
  }

  /** For `zone_file`: the only pre-image of a whole domain that the API gives. */
  get zoneFile(): string {
    const lines = this.#records
      .filter((record) => record.type !== "SOA")
      .map((record) => {
        const dot = ["A", "AAAA", "TXT"].includes(record.type) ? "" : ".";
        const value = record.type === "TXT" ? JSON.stringify(record.data) : presented(record);
        return `${fullName(record, this.name)}. ${record.ttl} IN ${record.type} ${value}${dot}`;
      });
    const server =
      this.#records.find((record) => record.type === "NS")?.data ?? "ns1.digitalocean.com";
    const soa = `${this.name}. IN SOA ${server}. hostmaster.${this.name}. 1415982611 10800 3600 604800 1800`;
    return [`$ORIGIN ${this.name}.`, `$TTL ${ttlDefault}`, soa, ...lines, ""].join("\n");
  }
}
