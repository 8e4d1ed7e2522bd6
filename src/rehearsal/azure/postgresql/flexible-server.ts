/**
 * One flexible server: where its real PostgreSQL is, what Azure says about
 * it, and the superuser that only the service has. Its own resource routes
 * are in servers.ts; children keep their state elsewhere.
 */
import type { Secret } from "../../../core/secret.ts";
import { type Access, oneValue, withSession } from "./session.ts";

export interface FlexibleServerOptions {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  /** As a client sends it: `canadacentral`. */
  readonly location: string;
  /** As the service answers it: `Canada Central`. */
  readonly locationName: string;
  /** Not a superuser, as on Azure. */
  readonly administratorLogin: string;
  /** What GET says; `<name>.postgres.database.azure.com` when absent. */
  readonly fullyQualifiedDomainName?: string;
  readonly storageSizeGB?: number;
  /** The real server and the role that stands for Azure itself. */
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly superuser: string;
    readonly password: Secret;
    readonly tls: boolean;
  };
  /** Restarts the real server; resolves when it takes connections again. */
  restart(): Promise<void>;
  /** Makes the real server let ordinary users create these extensions and no others. */
  allowExtensions?(names: readonly string[]): Promise<void>;
}

export type ServerState = "Ready" | "Restarting" | "Updating";

export interface HighAvailability {
  readonly mode: string;
  readonly state: string;
}

export class FlexibleServer {
  readonly options: FlexibleServerOptions;
  state: ServerState = "Ready";
  storageSizeGB: number;
  highAvailability: HighAvailability = { mode: "Disabled", state: "NotEnabled" };
  tags: Readonly<Record<string, string>> = {};
  #version: string | undefined;

  constructor(options: FlexibleServerOptions) {
    this.options = options;
    this.storageSizeGB = options.storageSizeGB ?? 128;
  }

  get id(): string {
    const { subscriptionId, resourceGroup, name } = this.options;
    return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;
  }

  get host(): string {
    return (
      this.options.fullyQualifiedDomainName ?? `${this.options.name}.postgres.database.azure.com`
    );
  }

  /** As Azure itself: creates extensions, subscriptions, parameters. */
  get superuser(): Access {
    const { host, port, superuser, password, tls } = this.options.postgres;
    return { host, port, user: superuser, password, sslMode: tls ? "require" : "disable" };
  }

  /** As a customer's role, on the real server whatever its name on Azure. */
  as(user: string, password: Secret): Access {
    return { ...this.superuser, user, password };
  }

  /** `17.10`, from the real server; kept, since it cannot change under us. */
  async version(): Promise<{ readonly major: string; readonly minor: string }> {
    this.#version ??= await withSession(this.superuser, "postgres", (client) =>
      oneValue<string>(client, "SELECT pg_catalog.current_setting('server_version_num') AS value"),
    );
    const number = Number(this.#version);
    return { major: String(Math.floor(number / 10_000)), minor: String(number % 10_000) };
  }
}
