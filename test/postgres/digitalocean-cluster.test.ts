import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agent, fetch } from "undici";
import { quoteLiteral } from "../../src/core/identifier.ts";
import { Secret } from "../../src/core/secret.ts";
import { openDigitalOcean } from "../../src/providers/digitalocean/index.ts";
import { withClient } from "../../src/providers/postgres/index.ts";
import { postgresRoles } from "../../src/rehearsal/digitalocean/index.ts";
import {
  clusterId,
  type LocalDigitalOcean,
  startLocalDigitalOcean,
  token,
} from "../support/local-digitalocean.ts";
import { withServers } from "../support/postgres.ts";

const servers = withServers();
const { signal } = new AbortController();
let local: LocalDigitalOcean;
let agent: Agent;

beforeAll(async () => {
  const { pair } = servers;
  local = await startLocalDigitalOcean({
    clusters: [
      {
        id: clusterId,
        name: "backend",
        endpoint: pair.sourceAdmin("defaultdb"),
        ca: pair.authority.ca,
        roles: postgresRoles(pair.source.superuser, signal),
      },
    ],
  });
  agent = new Agent({ connect: { ca: local.ca } });
});

afterAll(async () => {
  await agent.destroy();
  await local.close();
});

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ user: { password: string } }> {
  const response = await fetch(`${local.endpoint}/v2/databases/${clusterId}/users${path}`, {
    method,
    dispatcher: agent,
    headers: { authorization: `Bearer ${token.reveal()}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok, `${method} ${path}`).toBe(true);
  return (response.status === 204 ? {} : await response.json()) as { user: { password: string } };
}

describe("a cluster of the stand-in", () => {
  it("is a real server: what the API says is enough to connect with full verification", async () => {
    const client = openDigitalOcean({ endpoint: local.endpoint, ca: local.ca, token });
    const { connection, id } = await client.getCluster("backend", signal);
    if (connection?.user === undefined || connection.password === undefined)
      throw new Error("no way in");
    const { host, port, database, user, password } = connection;
    const ca = await client.getCa(id, signal);
    await client.close();
    const endpoint = {
      host,
      port,
      database,
      user,
      password,
      tls: { mode: "verify-full" as const, ca },
    };
    const rows = await withClient(endpoint, { server: "source", signal }, async (pg) => {
      return (
        await pg.query<{ who: string; version: string }>(
          "SELECT current_user::text AS who, current_setting('server_version_num') AS version",
        )
      ).rows;
    });
    expect(rows).toMatchObject([{ who: "doadmin" }]);
    expect(rows[0]?.version.startsWith("15")).toBe(true);
  });

  it("has real users, with replication exactly as the API says", async () => {
    const name = 'cdc "reader"';
    const path = `/${encodeURIComponent(name)}`;
    const replicates = (): Promise<unknown> =>
      withClient(servers.pair.source.superuser, { server: "source", signal }, async (pg) => {
        const found = await pg.query<{ rolreplication: boolean }>(
          `SELECT rolreplication FROM pg_catalog.pg_roles WHERE rolname = ${quoteLiteral(name)}`,
        );
        return found.rows[0]?.rolreplication;
      });
    const login = (password: string): Promise<unknown> =>
      withClient(
        { ...servers.pair.sourceAdmin("defaultdb"), user: name, password: new Secret(password) },
        { server: "source", signal },
        (pg) => pg.query("SELECT 1"),
      );

    const created = await call("POST", "", { name, settings: { pg_allow_replication: true } });
    expect(await replicates()).toBe(true);
    await login(created.user.password);
    await call("PUT", path, { settings: {} });
    expect(await replicates()).toBe(false);
    const reset = await call("POST", `${path}/reset_auth`, {});
    await expect(login(created.user.password)).rejects.toMatchObject({ code: "28P01" });
    await login(reset.user.password);
    await call("DELETE", path);
    expect(await replicates()).toBeUndefined();
  });
});
