/**
 * One database cluster as the stand-in remembers it: what the API can change
 * about it, and how its status moves with the clock. Answers no requests.
 */
import { randomUUID } from "node:crypto";
import type { Endpoint } from "../../../core/endpoint.ts";
import type { Secret } from "../../../core/secret.ts";

export type Clock = () => number;

export interface FirewallRule {
  readonly uuid: string;
  readonly type: string;
  readonly value: string;
  readonly description?: string;
  /** ISO 8601, whole seconds. */
  readonly created_at: string;
}

export interface ClusterUser {
  readonly name: string;
  readonly role: "primary" | "normal";
  password: Secret;
  replication: boolean;
}

export interface Pool {
  readonly name: string;
  mode: string;
  size: number;
  db: string;
  user: string | undefined;
}

export interface Replica {
  readonly id: string;
  readonly name: string;
  readonly size: string;
  readonly region: string;
  readonly createdAt: number;
}

export interface ClusterEvent {
  readonly id: string;
  readonly type: string;
  readonly at: number;
}

/** Changes roles on the PostgreSQL server behind a cluster. */
export interface RoleStore {
  create(name: string, password: Secret, replication: boolean): Promise<void>;
  setPassword(name: string, password: Secret): Promise<void>;
  setReplication(name: string, replication: boolean): Promise<void>;
  drop(name: string): Promise<void>;
}

export interface Timings {
  /** After a create, GET answers 404 for this long. Default 300 ms. */
  readonly hiddenMs: number;
  /** After a create, the status is `creating` for this long. Default 1500 ms. */
  readonly creatingMs: number;
  /** After it is online, lists of backups answer 412 for this long. Default 500 ms. */
  readonly firstBackupMs: number;
}

export interface ClusterSetup {
  readonly name: string;
  readonly id?: string;
  /** Where the real server is, with the admin's role and password. */
  readonly endpoint: Endpoint;
  /** PEM text of the CA that the server's certificate chains to. */
  readonly ca: string;
  readonly version?: string;
  readonly semanticVersion?: string;
  readonly region?: string;
  readonly size?: string;
  readonly nodes?: number;
  readonly storageMib?: number;
  readonly databases?: readonly string[];
  readonly rules?: readonly {
    readonly type: string;
    readonly value: string;
    readonly description?: string;
  }[];
  readonly users?: readonly { readonly name: string; readonly password: Secret }[];
  /** Of the backups there are, in milliseconds. Default: one, 6 hours old. */
  readonly backups?: readonly number[];
  readonly roles?: RoleStore;
}

/** The API's timestamps have no fraction. */
export function timestamp(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

export class Cluster {
  readonly id: string;
  readonly name: string;
  readonly setup: ClusterSetup;
  readonly now: Clock;
  readonly createdAt: number;
  /** Undefined until the server of a fork is there. */
  endpoint: Endpoint | undefined;
  rules: readonly FirewallRule[];
  users: ClusterUser[];
  pools: Pool[] = [];
  replicas: Replica[] = [];
  databases: string[];
  config: Record<string, unknown> = {};
  maintenance = { day: "saturday", hour: "08:45:12", pending: false };
  readonly events: ClusterEvent[] = [];
  readonly #backups: readonly number[];
  readonly #timings: Timings | undefined;

  /** `timings` only for a cluster that a request creates; the others are online from the start. */
  constructor(setup: ClusterSetup, now: Clock, timings?: Timings) {
    this.id = setup.id ?? randomUUID();
    this.name = setup.name;
    this.setup = setup;
    this.now = now;
    this.createdAt = now();
    this.endpoint = timings === undefined ? setup.endpoint : undefined;
    this.#timings = timings;
    this.#backups = setup.backups ?? (timings === undefined ? [now() - 6 * 3_600_000] : []);
    this.rules = (setup.rules ?? []).map((rule) => ({
      ...rule,
      uuid: randomUUID(),
      created_at: timestamp(now()),
    }));
    this.databases = [...(setup.databases ?? [setup.endpoint.database])];
    const { user, password } = setup.endpoint;
    this.users = [
      { name: user, role: "primary", password, replication: false },
      ...(setup.users ?? []).map((each) => ({
        ...each,
        role: "normal" as const,
        replication: false,
      })),
    ];
    this.happened("cluster_create");
  }

  /** `cluster_update`, `cluster_master_promotion`, `cluster_maintenance_perform`, ... */
  happened(type: string): void {
    this.events.unshift({ id: randomUUID().slice(0, 8), type, at: this.now() });
  }

  /** False for the while in which a new cluster answers 404. */
  get visible(): boolean {
    return this.#timings === undefined || this.now() - this.createdAt >= this.#timings.hiddenMs;
  }

  get ready(): boolean {
    if (this.#timings === undefined) return true;
    return this.endpoint !== undefined && this.now() - this.createdAt >= this.#timings.creatingMs;
  }

  /** In milliseconds, newest first; undefined until the first one is there. */
  get backups(): readonly number[] | undefined {
    if (this.#timings === undefined) return this.#backups.toSorted((a, b) => b - a);
    const first = this.createdAt + this.#timings.creatingMs + this.#timings.firstBackupMs;
    return this.ready && this.now() >= first ? [first] : undefined;
  }
}
