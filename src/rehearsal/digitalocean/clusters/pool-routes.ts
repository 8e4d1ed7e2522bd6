/** Connection pools (PgBouncer) and the names of databases. */
import { notFound, unprocessable } from "../http/api-error.ts";
import { type Call, nameOf, numberField, type Route, textField } from "../http/route.ts";
import type { Cluster, Pool } from "./cluster.ts";
import { clusterPath } from "./cluster-routes.ts";
import type { Fleet } from "./fleet.ts";
import { poolView } from "./view.ts";

const list = `${clusterPath}/pools`;
const one = `${clusterPath}/pools/{pool_name}`;

function find(cluster: Cluster, call: Call): Pool {
  const name = nameOf(call, "pool_name");
  const pool = cluster.pools.find((each) => each.name === name);
  if (pool === undefined) throw notFound("pool not found");
  return pool;
}

function readPool(call: Call): Omit<Pool, "name"> {
  const { user } = call.body;
  return {
    mode: textField(call.body, "mode"),
    size: numberField(call.body, "size"),
    db: textField(call.body, "db"),
    user: typeof user === "string" ? user : undefined,
  };
}

export function poolRoutes(fleet: Fleet): readonly Route[] {
  return [
    {
      method: "GET",
      template: list,
      scopes: ["database:read"],
      handle: (call) => {
        const cluster = fleet.of(call);
        return {
          status: 200,
          body: { pools: cluster.pools.map((pool) => poolView(cluster, pool, call.scopes)) },
        };
      },
    },
    {
      method: "POST",
      template: list,
      scopes: ["database:create"],
      handle: (call) => {
        const cluster = fleet.of(call);
        const name = textField(call.body, "name");
        if (cluster.pools.some((pool) => pool.name === name))
          throw unprocessable("pool already exists");
        const pool = { name, ...readPool(call) };
        cluster.pools.push(pool);
        return { status: 201, body: { pool: poolView(cluster, pool, call.scopes) } };
      },
    },
    {
      method: "GET",
      template: one,
      scopes: ["database:read"],
      handle: (call) => {
        const cluster = fleet.of(call);
        return { status: 200, body: { pool: poolView(cluster, find(cluster, call), call.scopes) } };
      },
    },
    {
      method: "PUT",
      template: one,
      scopes: ["database:update"],
      handle: (call) => {
        Object.assign(find(fleet.of(call), call), readPool(call));
        return { status: 204 };
      },
    },
    {
      method: "DELETE",
      template: one,
      scopes: ["database:delete"],
      handle: (call) => {
        const cluster = fleet.of(call);
        const pool = find(cluster, call);
        cluster.pools = cluster.pools.filter((each) => each !== pool);
        return { status: 204 };
      },
    },
    {
      method: "GET",
      template: `${clusterPath}/dbs`,
      scopes: ["database:read"],
      handle: (call) => ({
        status: 200,
        body: { dbs: fleet.of(call).databases.map((name) => ({ name })) },
      }),
    },
  ];
}
