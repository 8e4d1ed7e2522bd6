/** Clusters, users and pools as the API shows them. Passwords only with `database:view_credentials`. Pure. */
import type { Endpoint } from "../../../core/endpoint.ts";
import type { Scope } from "../http/route.ts";
import {
  type Cluster,
  type ClusterUser,
  type FirewallRule,
  type Pool,
  type Replica,
  timestamp,
} from "./cluster.ts";

type Scopes = ReadonlySet<Scope>;

function connection(endpoint: Endpoint, scopes: Scopes): Record<string, unknown> {
  const { host, port, database, user } = endpoint;
  const place = { database, host, port, ssl: true };
  if (!scopes.has("database:view_credentials")) {
    return { ...place, uri: `postgres://${host}:${port}/${database}?sslmode=require` };
  }
  const password = endpoint.password.reveal();
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return {
    ...place,
    // The documented example leaves it empty: only the uri can be relied on.
    database: "",
    uri: `postgres://${login}@${host}:${port}/${database}?sslmode=require`,
    user,
    password,
  };
}

export function userView(user: ClusterUser, scopes: Scopes): Record<string, unknown> {
  const shown = { name: user.name, role: user.role };
  return scopes.has("database:view_credentials")
    ? { ...shown, password: user.password.reveal() }
    : shown;
}

export function ruleView(cluster: Cluster, rule: FirewallRule): Record<string, unknown> {
  return { ...rule, cluster_uuid: cluster.id };
}

export interface Shown {
  readonly status: string;
  readonly pending: boolean;
  readonly scopes: Scopes;
}

export function clusterView(
  cluster: Cluster,
  { status, pending, scopes }: Shown,
): Record<string, unknown> {
  const { setup, endpoint } = cluster;
  const open = endpoint === undefined ? {} : connection(endpoint, scopes);
  return {
    id: cluster.id,
    name: cluster.name,
    engine: "pg",
    version: setup.version ?? "15",
    semantic_version: setup.semanticVersion ?? `${setup.version ?? "15"}.18`,
    connection: open,
    private_connection: open,
    standby_connection: {},
    standby_private_connection: {},
    users: cluster.users.map((user) => userView(user, scopes)),
    db_names: cluster.databases,
    num_nodes: setup.nodes ?? 1,
    region: setup.region ?? "nyc3",
    status,
    created_at: timestamp(cluster.createdAt),
    maintenance_window: {
      ...cluster.maintenance,
      pending,
      description: pending ? ["Upgrade to PostgreSQL minor release"] : [],
    },
    size: setup.size ?? "db-s-2vcpu-4gb",
    storage_size_mib: setup.storageMib ?? 61_440,
    private_network_uuid: "",
    tags: ["opensauced"],
    version_end_of_life: "2027-11-11T00:00:00Z",
    version_end_of_availability: "2027-05-11T00:00:00Z",
    rules: cluster.rules.map((rule) => ruleView(cluster, rule)),
    metrics_endpoints: [],
    do_settings: { service_cnames: [] },
    autoscale: null,
  };
}

/** PgBouncer: one port above, and the pool's name in place of the database's. */
export function poolView(cluster: Cluster, pool: Pool, scopes: Scopes): Record<string, unknown> {
  const { endpoint } = cluster;
  const through =
    endpoint === undefined
      ? undefined
      : { ...endpoint, port: endpoint.port + 1, database: pool.name };
  return {
    name: pool.name,
    mode: pool.mode,
    size: pool.size,
    db: pool.db,
    ...(pool.user === undefined ? {} : { user: pool.user }),
    connection: through === undefined ? {} : connection(through, scopes),
  };
}

export function replicaView(
  cluster: Cluster,
  replica: Replica,
  status: string,
  scopes: Scopes,
): Record<string, unknown> {
  return {
    id: replica.id,
    name: replica.name,
    region: replica.region,
    size: replica.size,
    status,
    created_at: timestamp(replica.createdAt),
    connection: cluster.endpoint === undefined ? {} : connection(cluster.endpoint, scopes),
  };
}
