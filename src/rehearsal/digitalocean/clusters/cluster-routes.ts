/** Clusters: list, get, delete; CA, events, backups. */
import { preconditionFailed } from "../http/api-error.ts";
import type { Call, Route } from "../http/route.ts";
import { type Cluster, timestamp } from "./cluster.ts";
import type { Fleet } from "./fleet.ts";
import { clusterView } from "./view.ts";

export const clusterPath = "/v2/databases/{database_cluster_uuid}";

export function show(fleet: Fleet, cluster: Cluster, call: Call): Record<string, unknown> {
  const pending = cluster.maintenance.pending || fleet.options.faults.isOn("maintenance-pending");
  return clusterView(cluster, { status: fleet.status(cluster), pending, scopes: call.scopes });
}

function backups(fleet: Fleet, call: Call): Record<string, unknown> {
  const cluster = fleet.of(call);
  const there = fleet.options.faults.take("backups-412", call) ? undefined : cluster.backups;
  if (there === undefined) throw preconditionFailed("cluster backup is not yet available");
  const hour = cluster.config["backup_hour"] ?? 20;
  const minute = cluster.config["backup_minute"] ?? 40;
  return {
    backups: there.map((at) => ({
      created_at: timestamp(at),
      size_gigabytes: 0.033_576_96,
      incremental: false,
    })),
    scheduled_backup_time: { backup_hour: hour, backup_minute: minute, backup_interval_hours: 24 },
  };
}

export function clusterRoutes(fleet: Fleet): readonly Route[] {
  return [
    {
      method: "GET",
      template: "/v2/databases",
      scopes: ["database:read"],
      // Not paginated: the OpenAPI documents no pages for this list.
      handle: (call) => {
        const visible = fleet.clusters.filter((cluster) => cluster.visible);
        return {
          status: 200,
          body: { databases: visible.map((cluster) => show(fleet, cluster, call)) },
        };
      },
    },
    {
      method: "GET",
      template: clusterPath,
      scopes: ["database:read"],
      handle: (call) => ({ status: 200, body: { database: show(fleet, fleet.of(call), call) } }),
    },
    {
      method: "DELETE",
      template: clusterPath,
      scopes: ["database:delete"],
      handle: (call) => {
        fleet.remove(fleet.of(call));
        return { status: 204 };
      },
    },
    {
      method: "GET",
      template: `${clusterPath}/ca`,
      scopes: ["database:read"],
      handle: (call) => {
        const certificate = Buffer.from(fleet.of(call).setup.ca).toString("base64");
        return { status: 200, body: { ca: { certificate } } };
      },
    },
    {
      method: "GET",
      template: `${clusterPath}/events`,
      scopes: ["database:read"],
      handle: (call) => {
        const { events, name } = fleet.of(call);
        const shown = events.map(({ id, type, at }) => ({
          id,
          cluster_name: name,
          event_type: type,
          create_time: timestamp(at),
        }));
        return { status: 200, body: { events: shown } };
      },
    },
    {
      method: "GET",
      template: `${clusterPath}/backups`,
      scopes: ["database:read"],
      handle: (call) => ({ status: 200, body: backups(fleet, call) }),
    },
  ];
}
