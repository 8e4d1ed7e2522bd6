/** Database clusters: what DigitalOcean knows about the source. */
import { ProviderError, UnreadableError } from "../../core/errors.ts";
import type { Secret } from "../../core/secret.ts";
import type { Api } from "./api.ts";
import {
  allClusters,
  backupList,
  certificate,
  eventList,
  oneCluster,
  type RawCluster,
  type RawConnection,
  ruleList,
  settings,
  userList,
} from "./schemas.ts";

/** How to reach PostgreSQL directly; never the pool's port. */
export interface ClusterConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Absent without the scope database:view_credentials. */
  readonly user: string | undefined;
  readonly password: Secret | undefined;
}

export interface Cluster {
  readonly id: string;
  readonly name: string;
  /** `pg`; `advanced_pg` has another configuration API. */
  readonly engine: string;
  /** The major version. */
  readonly version: string | undefined;
  /** `creating`, `online`, `resizing`, `migrating`, `forking`; others may come. */
  readonly status: string;
  readonly online: boolean;
  readonly region: string | undefined;
  readonly size: string | undefined;
  readonly nodes: number | undefined;
  readonly storageMib: number | undefined;
  readonly databases: readonly string[];
  /** Undefined while the cluster is being created. */
  readonly connection: ClusterConnection | undefined;
  readonly privateConnection: ClusterConnection | undefined;
  /** An update will be installed in the next window, with a restart. */
  readonly maintenance:
    | {
        readonly pending: boolean;
        readonly day: string | undefined;
        readonly hour: string | undefined;
        readonly updates: readonly string[];
      }
    | undefined;
  /** Names of the customer's that the server's certificate holds besides its own. */
  readonly serviceNames: readonly string[];
}

export interface Backup {
  /** ISO 8601: a backup has no other id. */
  readonly createdAt: string;
  readonly sizeGigabytes: number;
}

/** `not yet`: the first backup is still being made (412), which is no failure. */
export type Backups =
  | {
      readonly is: "listed";
      readonly backups: readonly Backup[];
      readonly progress: string | undefined;
    }
  | { readonly is: "not yet" };

export interface TrustedSource {
  readonly uuid?: string;
  /** `ip_addr`, `droplet`, `k8s`, `tag`, `app`. */
  readonly type: string;
  readonly value: string;
  readonly description?: string;
}

export interface ClusterEvent {
  readonly id: string;
  /** `cluster_master_promotion`, `cluster_maintenance_perform`, ... */
  readonly type: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface ClusterUser {
  readonly name: string;
  readonly role: string | undefined;
  readonly password: Secret | undefined;
}

/** `connection.database` may be empty (the documented example is): the uri has it. */
function toConnection(raw: RawConnection | null | undefined): ClusterConnection | undefined {
  if (raw?.host === undefined || raw.host === "" || raw.port === undefined) return undefined;
  const path =
    raw.uri !== undefined && URL.canParse(raw.uri) ? new URL(raw.uri).pathname.slice(1) : "";
  const database = decodeURIComponent(path) || raw.database || "defaultdb";
  const user = raw.user === "" ? undefined : raw.user;
  const password = raw.password?.reveal() === "" ? undefined : raw.password;
  return { host: raw.host, port: raw.port, database, user, password };
}

function toCluster(raw: RawCluster): Cluster {
  const window = raw.maintenance_window;
  return {
    id: raw.id,
    name: raw.name,
    engine: raw.engine,
    version: raw.version,
    status: raw.status,
    // The prose of the API says that replicas end in `active`.
    online: raw.status === "online" || raw.status === "active",
    region: raw.region,
    size: raw.size,
    nodes: raw.num_nodes,
    storageMib: raw.storage_size_mib,
    databases: raw.db_names ?? [],
    connection: toConnection(raw.connection),
    privateConnection: toConnection(raw.private_connection),
    maintenance:
      window === null || window === undefined
        ? undefined
        : {
            pending: window.pending ?? false,
            day: window.day,
            hour: window.hour,
            updates: window.description ?? [],
          },
    serviceNames: raw.do_settings?.service_cnames ?? [],
  };
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export async function getCluster(
  api: Api,
  idOrName: string,
  signal: AbortSignal,
): Promise<Cluster> {
  const subject = `cluster "${idOrName}"`;
  if (uuid.test(idOrName)) {
    const call = { call: "GET /v2/databases/{id}", path: `/v2/databases/${idOrName}`, subject };
    return toCluster((await api.get(oneCluster, call, signal)).database);
  }
  const call = { call: "GET /v2/databases", path: "/v2/databases", subject };
  const { databases } = await api.get(allClusters, call, signal);
  const named = (databases ?? []).filter((each) => each.name === idOrName);
  if (named.length === 1 && named[0] !== undefined) return toCluster(named[0]);
  if (named.length > 1) {
    throw new UnreadableError({
      message: `DigitalOcean has ${named.length} clusters named "${idOrName}".`,
      remedy: `Give the id of one of them in source.digitalocean.cluster: ${named.map((each) => each.id).join(", ")}.`,
    });
  }
  const known = (databases ?? []).map((each) => each.name);
  throw new ProviderError({
    message: `DigitalOcean has no database cluster named "${idOrName}".`,
    remedy:
      known.length === 0
        ? "This token sees no clusters at all: it may belong to another team."
        : `This token sees: ${known.join(", ")}. Correct source.digitalocean.cluster, or use a token of the right team.`,
    system: "DigitalOcean",
    call: call.call,
    code: "not_found",
    status: 404,
    retryable: false,
  });
}

function place(
  id: string,
  part: string,
): { readonly call: string; readonly path: string; readonly subject: string } {
  return {
    call: `GET /v2/databases/{id}/${part}`,
    path: `/v2/databases/${encodeURIComponent(id)}/${part}`,
    subject: `cluster ${id}`,
  };
}

/** PEM text of the authority that signed the PostgreSQL server's certificate. */
export async function getCa(api: Api, id: string, signal: AbortSignal): Promise<string> {
  const { ca } = await api.get(certificate, place(id, "ca"), signal);
  const pem = Buffer.from(ca.certificate, "base64").toString("utf8");
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw new UnreadableError({
      message: `DigitalOcean, GET /v2/databases/{id}/ca (cluster ${id}): what it gives is no certificate.`,
      meaning: "The server's certificate cannot be checked.",
      remedy: "Download the CA from the control panel and compare.",
    });
  }
  return pem;
}

/** Newest first. */
export async function listBackups(api: Api, id: string, signal: AbortSignal): Promise<Backups> {
  const call = { ...place(id, "backups"), method: "GET" as const, expected: [412] };
  const answer = await api.send(call, signal);
  if (answer.status === 412) return { is: "not yet" };
  const list = api.read(backupList, call, answer);
  const backups = list.backups
    .map((backup) => ({ createdAt: backup.created_at, sizeGigabytes: backup.size_gigabytes }))
    .toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  return { is: "listed", backups, progress: list.backup_progress };
}

export async function getFirewall(
  api: Api,
  id: string,
  signal: AbortSignal,
): Promise<readonly TrustedSource[]> {
  const { rules } = await api.get(ruleList, place(id, "firewall"), signal);
  return (rules ?? []).map(({ uuid: own, type, value, description }) => ({
    type,
    value,
    ...(own === undefined ? {} : { uuid: own }),
    ...(description === undefined ? {} : { description }),
  }));
}

/** Replaces the whole list: read, merge, put, and read again, since there is no ETag. */
export async function putFirewall(
  api: Api,
  id: string,
  rules: readonly TrustedSource[],
  signal: AbortSignal,
): Promise<void> {
  const { path, subject } = place(id, "firewall");
  const call = {
    method: "PUT" as const,
    call: "PUT /v2/databases/{id}/firewall",
    path,
    subject,
    body: { rules },
  };
  api.accepted(call, await api.send(call, signal));
}

/** As the API gives them. */
export async function listEvents(
  api: Api,
  id: string,
  signal: AbortSignal,
): Promise<readonly ClusterEvent[]> {
  const { events } = await api.get(eventList, place(id, "events"), signal);
  return (events ?? []).map((event) => ({
    id: event.id,
    type: event.event_type,
    at: event.create_time,
  }));
}

export async function getConfig(
  api: Api,
  id: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  return (await api.get(settings, place(id, "config"), signal)).config;
}

export async function listUsers(
  api: Api,
  id: string,
  signal: AbortSignal,
): Promise<readonly ClusterUser[]> {
  const { users } = await api.get(userList, place(id, "users"), signal);
  return (users ?? []).map(({ name, role, password }) => ({ name, role, password }));
}
