/**
 * The world: the outside systems that a run may touch, each behind its
 * provider. Built once by compose.ts; the steps are handed it and reach
 * nothing else.
 */
import type pg from "pg";
import type { Endpoint } from "../core/endpoint.ts";
import type { ApplicationRole, MigratedDatabase } from "../core/plan/ends.ts";
import type { Secret } from "../core/secret.ts";
import type { AzureServer } from "../providers/azure/index.ts";
import type { AzureDns } from "../providers/azure-dns/index.ts";
import type { DigitalOcean } from "../providers/digitalocean/index.ts";
import type { HeldComparisons } from "./held-comparisons.ts";
import type { PostgresTools } from "../providers/postgres-tools/index.ts";

export interface UseOptions {
  readonly signal: AbortSignal;
  /** Without it the session is read-only. */
  readonly write?: boolean;
  /** As the application opens it: without our read-only default. Needs `role`. */
  readonly asApplication?: boolean;
  /** An application role of the plan. Default: the admin. */
  readonly role?: string;
  /** Milliseconds; 0 for none. */
  readonly statementMs?: number;
}

/** One of the two PostgreSQL servers, reached over its direct port. */
export interface DatabaseServer {
  readonly label: "source" | "target";
  readonly admin: string;
  endpoint(database: string, signal: AbortSignal, role?: string): Promise<Endpoint>;
  /** One connection for one use, ended whatever happens. */
  use<T>(database: string, options: UseOptions, use: (client: pg.Client) => Promise<T>): Promise<T>;
  /** A connection that the caller ends. */
  connect(database: string, options: UseOptions): Promise<pg.Client>;
  /**
   * The admin's one connection to the maintenance database that stays open from its first
   * use on, so that a thaw has one even when applications take every other. Writable, and
   * one use at a time: for statements that need no database of their own.
   */
  hold<T>(signal: AbortSignal, use: (client: pg.Client) => Promise<T>): Promise<T>;
  /** A database that is always there, to ask about the others. */
  readonly maintenanceDatabase: string;
}

/** The references of the plan, resolved before anything was touched. */
export interface ResolvedReferences {
  /** What stands where the plan takes secrets only; host names and the like are not among it. */
  readonly secrets: readonly Secret[];
  readonly secret: (reference: string) => Secret;
  /** A text with its `env` and `file` references filled in; `Secret` when it has any. */
  readonly text: (template: string) => string;
}

export interface Places {
  /** Absolute folder of the plan file: relative paths in a plan start there. */
  readonly plan: string;
  /** Absolute folder of the run: snapshots, manifests, pre-images. */
  readonly run: string;
}

export interface World {
  readonly databases: readonly MigratedDatabase[];
  readonly roles: readonly ApplicationRole[];
  readonly references: ResolvedReferences;
  readonly places: Places;
  readonly source: DatabaseServer;
  readonly target: DatabaseServer;
  readonly digitalOcean: DigitalOcean;
  /** The source cluster's name or id, as the plan writes it. */
  readonly cluster: string;
  readonly azure: AzureServer;
  /** Of the target's subscription, or of another one. */
  azureDns(subscription?: string): AzureDns;
  readonly postgresTools: PostgresTools;
  /** Folders in which a `pulumi` is looked for, in this order. */
  readonly pulumiFolders: readonly string[];
  /** Of this process: a program that it starts is handed a chosen part. */
  readonly environment: { readonly [name: string]: string };
  /** Settings of a step of the plan, for a step that belongs to it. */
  settingsOf(step: string): unknown;
  /** Settings of every step of that kind in the plan: what the plan promises to do about the world. */
  settingsOfKind(kind: string): readonly unknown[];
  /** Snapshots that a comparison left to a later step. */
  readonly held: HeldComparisons;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function roleNamed(world: World, name: string): ApplicationRole {
  const role = world.roles.find((known) => known.name === name);
  if (role === undefined) throw new Error(`The plan was parsed, yet has no role ${name}.`);
  return role;
}
