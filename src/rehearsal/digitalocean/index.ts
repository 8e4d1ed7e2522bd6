/**
 * A stand-in for DigitalOcean's API v2 (databases and domains) on 127.0.0.1,
 * over HTTPS. Clusters are shown with the address of a real local PostgreSQL
 * server. Nothing in it is known to the providers, which cannot tell.
 */
import { FaultSwitch } from "../fault-switch.ts";
import { clusterRoutes } from "./clusters/cluster-routes.ts";
import type { Clock, Cluster, ClusterSetup, Timings } from "./clusters/cluster.ts";
import { configRoutes } from "./clusters/config-routes.ts";
import { creationRoute } from "./clusters/creation.ts";
import { firewallRoutes } from "./clusters/firewall-routes.ts";
import { Fleet, type MakeFork } from "./clusters/fleet.ts";
import { maintenanceRoutes } from "./clusters/maintenance-routes.ts";
import { poolRoutes } from "./clusters/pool-routes.ts";
import { replicaRoutes } from "./clusters/replica-routes.ts";
import { userRoutes } from "./clusters/user-routes.ts";
import { domainRoutes } from "./domains/domain-routes.ts";
import { recordListRoutes, recordRoutes } from "./domains/record-routes.ts";
import { Domain, type DomainSetup, type Publish } from "./domains/domain.ts";
import { type DigitalOceanFault, digitalOceanFaults } from "./faults.ts";
import type { Limits } from "./http/rate-limit.ts";
import type { Route } from "./http/route.ts";
import type { AcceptedToken } from "./http/gateway.ts";
import { type LoggedRequest, serve } from "./http/server.ts";

export {
  type Cluster,
  type ClusterSetup,
  type RoleStore,
  type Timings,
} from "./clusters/cluster.ts";
export type { MakeFork } from "./clusters/fleet.ts";
export { postgresRoles } from "./clusters/postgres-roles.ts";
export type { DomainSetup, Publish, PublishedSet } from "./domains/domain.ts";
export {
  type DigitalOceanFault,
  digitalOceanFaults,
  isDigitalOceanFault,
  requestFaults,
  serviceFaults,
} from "./faults.ts";
export type { Limits } from "./http/rate-limit.ts";
export type { Scope } from "./http/route.ts";
export type { AcceptedToken } from "./http/gateway.ts";
export type { LoggedRequest } from "./http/server.ts";

export interface DigitalOceanOptions {
  /** PEM texts, for 127.0.0.1. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly tokens: readonly AcceptedToken[];
  readonly clusters?: readonly ClusterSetup[];
  readonly domains?: readonly DomainSetup[];
  /** Told of every record set at the start and at each change. */
  readonly publish?: Publish;
  /** Makes the PostgreSQL server of a fork. Without it a fork has an address at which nothing answers. */
  readonly fork?: MakeFork;
  readonly timings?: Partial<Timings>;
  readonly limits?: Limits;
  /** Milliseconds. Default Date.now. */
  readonly now?: Clock;
  /** A free one unless given. */
  readonly port?: number;
  /** Keeps bodies, passwords included, in the log of requests: for tests only. */
  readonly recordBodies?: boolean;
}

export interface DigitalOceanStandIn {
  /** `https://127.0.0.1:port` */
  readonly endpoint: string;
  /** Oldest first. */
  readonly requests: readonly LoggedRequest[];
  readonly faults: FaultSwitch<DigitalOceanFault>;
  readonly routes: readonly Pick<Route, "method" | "template" | "scopes">[];
  /** What the stand-in remembers; tests may look and make things happen. */
  readonly state: { readonly clusters: readonly Cluster[]; readonly domains: readonly Domain[] };
  close(): Promise<void>;
}

export async function createDigitalOcean(
  options: DigitalOceanOptions,
): Promise<DigitalOceanStandIn> {
  const now = options.now ?? Date.now;
  const faults = new FaultSwitch<DigitalOceanFault>(digitalOceanFaults);
  const fleet = new Fleet(options.clusters ?? [], {
    now,
    faults,
    ...(options.timings === undefined ? {} : { timings: options.timings }),
    ...(options.fork === undefined ? {} : { fork: options.fork }),
  });
  const publish = options.publish ?? (() => undefined);
  const domains = (options.domains ?? []).map((setup) => new Domain(setup, publish));
  const routes: readonly Route[] = [
    ...clusterRoutes(fleet),
    creationRoute(fleet),
    ...maintenanceRoutes(fleet),
    ...firewallRoutes(fleet),
    ...userRoutes(fleet),
    ...configRoutes(fleet),
    ...poolRoutes(fleet),
    ...replicaRoutes(fleet),
    ...domainRoutes(domains),
    ...recordListRoutes(domains, faults),
    ...recordRoutes(domains, faults),
  ];
  const server = await serve({ ...options, routes, faults, now });
  return {
    endpoint: server.endpoint,
    requests: server.requests,
    faults,
    routes,
    state: { clusters: fleet.clusters, domains },
    close: () => server.close(),
  };
}
