/** Read replicas, as far as their states go: there is no server behind one. */
import { randomUUID } from "node:crypto";
import { notFound, preconditionFailed, unprocessable } from "../http/api-error.ts";
import { type Call, nameOf, type Route, textField } from "../http/route.ts";
import type { Cluster, Replica } from "./cluster.ts";
import { clusterPath } from "./cluster-routes.ts";
import type { Fleet } from "./fleet.ts";
import { replicaView } from "./view.ts";

const list = `${clusterPath}/replicas`;
const one = `${clusterPath}/replicas/{replica_name}`;

function find(cluster: Cluster, call: Call): Replica {
  const name = nameOf(call, "replica_name");
  const replica = cluster.replicas.find((each) => each.name === name);
  if (replica === undefined) throw notFound("replica not found");
  return replica;
}

export function replicaRoutes(fleet: Fleet): readonly Route[] {
  const view = (cluster: Cluster, replica: Replica, call: Call): Record<string, unknown> => {
    const age = fleet.options.now() - replica.createdAt;
    const ready = fleet.options.faults.isOn("replica-active") ? "active" : "online";
    const status = age < fleet.timings.creatingMs ? "creating" : ready;
    return replicaView(cluster, replica, status, call.scopes);
  };
  const drop = (call: Call): { readonly status: number } => {
    const cluster = fleet.of(call);
    const replica = find(cluster, call);
    cluster.replicas = cluster.replicas.filter((each) => each !== replica);
    return { status: 204 };
  };
  return [
    {
      method: "GET",
      template: list,
      scopes: ["database:read"],
      handle: (call) => {
        const cluster = fleet.of(call);
        return {
          status: 200,
          body: { replicas: cluster.replicas.map((each) => view(cluster, each, call)) },
        };
      },
    },
    {
      method: "POST",
      template: list,
      scopes: ["database:create"],
      handle: (call) => {
        const cluster = fleet.of(call);
        if (cluster.backups === undefined)
          throw preconditionFailed("cluster backup is not yet available");
        const name = textField(call.body, "name");
        if (cluster.replicas.some((each) => each.name === name))
          throw unprocessable("replica name is not available");
        const { region } = call.body;
        const replica = {
          id: randomUUID(),
          name,
          size: textField(call.body, "size"),
          region: typeof region === "string" ? region : (cluster.setup.region ?? "nyc3"),
          createdAt: fleet.options.now(),
        };
        cluster.replicas.push(replica);
        return { status: 201, body: { replica: view(cluster, replica, call) } };
      },
    },
    {
      method: "GET",
      template: one,
      scopes: ["database:read"],
      handle: (call) => {
        const cluster = fleet.of(call);
        return { status: 200, body: { replica: view(cluster, find(cluster, call), call) } };
      },
    },
    { method: "DELETE", template: one, scopes: ["database:delete"], handle: drop },
    // Promoted, it is a cluster of its own and no replica any more.
    { method: "PUT", template: `${one}/promote`, scopes: ["database:update"], handle: drop },
  ];
}
