/**
 * Users of a cluster. With a role store they are real roles of the server
 * behind it; `pg_allow_replication` is its REPLICATION attribute.
 */
import { randomBytes } from "node:crypto";
import { Secret } from "../../../core/secret.ts";
import { notFound, unprocessable } from "../http/api-error.ts";
import { type Call, isObject, nameOf, type Route, textField } from "../http/route.ts";
import type { Cluster, ClusterUser } from "./cluster.ts";
import { clusterPath } from "./cluster-routes.ts";
import type { Fleet } from "./fleet.ts";
import { userView } from "./view.ts";

const list = `${clusterPath}/users`;
const one = `${clusterPath}/users/{username}`;

function newPassword(): Secret {
  return new Secret(`AVNS_${randomBytes(14).toString("base64url")}`);
}

function find(cluster: Cluster, call: Call): ClusterUser {
  const name = nameOf(call, "username");
  const user = cluster.users.find((each) => each.name === name);
  if (user === undefined) throw notFound("user not found");
  return user;
}

/** Absent means false, on an update too: what is left out is reset. */
function wantsReplication(body: Readonly<Record<string, unknown>>): boolean {
  const settings = body["settings"];
  return isObject(settings) && settings["pg_allow_replication"] === true;
}

/** A GET leaves `settings` out, although the OpenAPI has them (terraform-provider-digitalocean says so). */
function withSettings(user: ClusterUser, call: Call): Record<string, unknown> {
  return { ...userView(user, call.scopes), settings: { pg_allow_replication: user.replication } };
}

async function create(cluster: Cluster, call: Call): Promise<ClusterUser> {
  const name = textField(call.body, "name");
  if (cluster.users.some((user) => user.name === name)) throw unprocessable("user already exists");
  const user = {
    name,
    role: "normal" as const,
    password: newPassword(),
    replication: wantsReplication(call.body),
  };
  await cluster.setup.roles?.create(name, user.password, user.replication);
  cluster.users.push(user);
  return user;
}

async function update(cluster: Cluster, call: Call): Promise<ClusterUser> {
  const user = find(cluster, call);
  if (!isObject(call.body["settings"])) throw unprocessable("settings is required");
  const replication = wantsReplication(call.body);
  await cluster.setup.roles?.setReplication(user.name, replication);
  user.replication = replication;
  return user;
}

async function resetPassword(cluster: Cluster, call: Call): Promise<ClusterUser> {
  const user = find(cluster, call);
  const password = newPassword();
  await cluster.setup.roles?.setPassword(user.name, password);
  user.password = password;
  if (user.role === "primary" && cluster.endpoint !== undefined) {
    cluster.endpoint = { ...cluster.endpoint, password };
  }
  return user;
}

async function remove(cluster: Cluster, call: Call): Promise<void> {
  const user = find(cluster, call);
  if (user.role === "primary") throw unprocessable("cannot delete the default user");
  await cluster.setup.roles?.drop(user.name);
  cluster.users = cluster.users.filter((each) => each !== user);
}

export function userRoutes(fleet: Fleet): readonly Route[] {
  return [
    {
      method: "GET",
      template: list,
      scopes: ["database:read"],
      handle: (call) => {
        const users = fleet.of(call).users.map((user) => userView(user, call.scopes));
        return { status: 200, body: { users } };
      },
    },
    {
      method: "POST",
      template: list,
      scopes: ["database:create"],
      handle: async (call) => {
        const user = await create(fleet.of(call), call);
        return { status: 201, body: { user: withSettings(user, call) } };
      },
    },
    {
      method: "GET",
      template: one,
      scopes: ["database:read"],
      handle: (call) => ({
        status: 200,
        body: { user: userView(find(fleet.of(call), call), call.scopes) },
      }),
    },
    {
      method: "PUT",
      template: one,
      scopes: ["database:update"],
      handle: async (call) => {
        const user = await update(fleet.of(call), call);
        return { status: 201, body: { user: withSettings(user, call) } };
      },
    },
    {
      method: "DELETE",
      template: one,
      scopes: ["database:delete"],
      handle: async (call) => {
        await remove(fleet.of(call), call);
        return { status: 204 };
      },
    },
    {
      method: "POST",
      template: `${one}/reset_auth`,
      scopes: ["database:update"],
      handle: async (call) => {
        const user = await resetPassword(fleet.of(call), call);
        return { status: 200, body: { user: userView(user, call.scopes) } };
      },
    },
  ];
}
