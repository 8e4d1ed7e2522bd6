import { once } from "node:events";
import net from "node:net";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Endpoint } from "../../src/core/endpoint.ts";
import { Secret } from "../../src/core/secret.ts";
import { connect, withClient } from "../../src/providers/postgres/index.ts";
import { createAuthority } from "../../src/rehearsal/certificates/index.ts";
import { allowExtensions, freePort } from "../../src/rehearsal/postgres/index.ts";
import { roles, startBare, temporaryFolder, withServers } from "../support/postgres.ts";
import { startProgram } from "../support/started-program.ts";

const limitMs = 60_000;

function query<Row extends object>(endpoint: Endpoint, sql: string): Promise<Row[]> {
  const options = { server: "test", signal: AbortSignal.timeout(10_000), write: true };
  return withClient(endpoint, options, async (client) => (await client.query<Row>(sql)).rows);
}

/** A stopped or vanished process takes no connections; a zombie that nobody reaps has no port either. */
async function listens(port: number): Promise<boolean> {
  const socket = net.connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe("a pair of servers", () => {
  const servers = withServers();

  it("is of two majors", async () => {
    const { source, target } = servers.pair;
    expect(source.version).toMatch(/^15\./);
    expect(target.version).toMatch(/^17\./);
    const rows = await query<{ wal_level: string }>(
      servers.pair.sourceAdmin("api"),
      "SHOW wal_level",
    );
    expect(rows).toEqual([{ wal_level: "logical" }]);
  });

  it("gives nobody a superuser", async () => {
    const sql =
      "SELECT rolsuper, rolreplication, rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = current_user";
    expect(await query(servers.pair.sourceAdmin("api"), sql)).toEqual([
      { rolsuper: false, rolreplication: true, rolcreaterole: true },
    ]);
    expect(await query(servers.pair.targetAdmin("postgres"), sql)).toEqual([
      { rolsuper: false, rolreplication: false, rolcreaterole: true },
    ]);
  });

  it("lets doadmin write to the tables of an app", async () => {
    const app = servers.pair.source.endpoint({ ...roles.apiApp, database: "api" });
    await query(servers.pair.sourceAdmin("api"), `GRANT CREATE ON SCHEMA public TO "api_app"`);
    await query(app, "CREATE TABLE public.of_app (id int)");
    await query(servers.pair.sourceAdmin("api"), "INSERT INTO public.of_app VALUES (1)");
    expect(await query(app, "SELECT id FROM public.of_app")).toEqual([{ id: 1 }]);
  });

  it("lets nobody in without TLS, its own authority and the password", async () => {
    const endpoint = servers.pair.sourceAdmin("api");
    const other = await createAuthority("Test authority");
    await expect(
      query({ ...endpoint, tls: { mode: "verify-full", ca: other.ca } }, "SELECT 1"),
    ).rejects.toThrow(/certificate/i);
    await expect(
      query({ ...endpoint, tls: { mode: "disable" } }, "SELECT 1"),
    ).rejects.toMatchObject({
      code: "28000",
    });
    await expect(
      query({ ...endpoint, password: new Secret("wrong") }, "SELECT 1"),
    ).rejects.toMatchObject({
      code: "28P01",
    });
  });

  it("creates on the target only the extensions that are allowed", async () => {
    const admin = servers.pair.targetAdmin("postgres");
    const create = 'CREATE EXTENSION "uuid-ossp"';
    await expect(query(admin, create)).rejects.toMatchObject({ code: "42501" });
    await allowExtensions(servers.pair.target, ["uuid-ossp", "pg_stat_statements"]);
    await query(admin, create);
    await query(admin, "CREATE EXTENSION pg_stat_statements");
    await expect(query(admin, "CREATE EXTENSION pg_trgm")).rejects.toMatchObject({ code: "42501" });
    const shown = async (): Promise<unknown> => query(admin, "SHOW azure.extensions");
    await vi.waitFor(async () =>
      expect(await shown()).toEqual([{ "azure.extensions": "uuid-ossp,pg_stat_statements" }]),
    );
  });
});

describe("one server", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it(
    "comes back on its port with its data after a stop, a restart and a kill",
    { timeout: limitMs },
    async () => {
      const server = await startBare({ name: "comes-back", major: 15, folder });
      const { port, superuser } = server;
      await query(superuser, "CREATE TABLE t AS SELECT 7 AS n");

      await server.restart({ settings: { work_mem: "7MB" } });
      expect(await query(superuser, "SHOW work_mem")).toEqual([{ work_mem: "7MB" }]);

      await server.stop();
      expect(server.running).toBe(false);
      expect(await listens(port)).toBe(false);
      await server.start();

      await query(superuser, "INSERT INTO t VALUES (8)");
      await server.kill();
      expect(await listens(port)).toBe(false);
      await server.start();
      expect(server.port).toBe(port);
      expect(await query(superuser, "SELECT sum(n)::int AS sum FROM t")).toEqual([{ sum: 15 }]);
      await server.stop();
    },
  );

  it(
    "answers nothing while paused, then goes on with the same session",
    { timeout: limitMs },
    async () => {
      const server = await startBare({ name: "paused", major: 17, folder });
      const client = await connect(server.superuser, {
        server: "test",
        signal: AbortSignal.timeout(20_000),
      });
      await server.pause();
      const answer = client.query("SELECT 1 AS one").then(() => "answered");
      const meanwhile = await Promise.race([
        answer,
        new Promise((resolve) => setTimeout(resolve, 300, "silence")),
      ]);
      expect(meanwhile).toBe("silence");
      await server.proceed();
      expect(await answer).toBe("answered");
      await client.end();
      await server.pause();
      await server.stop();
      expect(server.running).toBe(false);
    },
  );

  it("says why it could not start, with the end of its log", { timeout: limitMs }, async () => {
    const start = startBare({
      name: "refuses",
      major: 17,
      folder,
      settings: { shared_preload_libraries: "no_such" },
    });
    await expect(start).rejects.toThrow(/ended while starting[^]*no_such/);
  });

  it("ends a start at once when it is called off", { timeout: limitMs }, async () => {
    const calledOff = AbortSignal.abort(new Error("called off"));
    await expect(startBare({ name: "off", major: 15, folder, signal: calledOff })).rejects.toThrow(
      /^called off$/,
    );
    const soon = AbortSignal.timeout(150);
    const start = startBare({ name: "soon-off", major: 15, folder, signal: soon });
    await expect(start).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("does not take over a port that is in use", { timeout: limitMs }, async () => {
    const holder = net.createServer().listen(await freePort(), "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as net.AddressInfo;
    await expect(startBare({ name: "port-taken", major: 15, folder, port })).rejects.toThrow(
      /Address already in use/,
    );
    holder.close();
  });

  it("writes no password to its folder or log", { timeout: limitMs }, async () => {
    const password = new Secret("canary-9f2c");
    const server = await startBare({
      name: "canary",
      major: 15,
      folder,
      superuser: { user: "postgres", password },
    });
    await expect(
      query({ ...server.superuser, password: new Secret("no") }, "SELECT 1"),
    ).rejects.toThrow();
    await server.stop();
    expect(await readFile(server.logFile, "utf8")).not.toContain("canary-9f2c");
    await expect(readFile(path.join(folder, "canary", "data.password"))).rejects.toThrow(/ENOENT/);
  });
});

describe("a server whose starter is killed", () => {
  async function startAndKill(
    how: string,
    major: string,
  ): Promise<{ folder: string; pid: number; port: number }> {
    const folder = await temporaryFolder();
    const { child, told } = await startProgram<{ pid: number; port: number }>(
      "orphaned-server.ts",
      [folder, major, how],
    );
    expect(await listens(told.port)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    return { folder, ...told };
  }

  it.each([
    ["running", "15"],
    ["paused", "17"],
  ])("ends soon when it was %s", { timeout: limitMs }, async (how, major) => {
    const { folder, port } = await startAndKill(how, major);
    await vi.waitFor(async () => expect(await listens(port)).toBe(false), {
      timeout: 20_000,
      interval: 50,
    });
    await rm(folder, { recursive: true, force: true });
  });

  it("goes on when it was released, until a person ends it", { timeout: limitMs }, async () => {
    const { folder, pid, port } = await startAndKill("released", "15");
    // Longer than the supervisor takes to act on the end of its starter.
    const gone = vi.waitFor(async () => expect(await listens(port)).toBe(false), {
      timeout: 1_500,
      interval: 50,
    });
    await expect(gone).rejects.toThrow();
    process.kill(pid, "SIGINT");
    await vi.waitFor(async () => expect(await listens(port)).toBe(false), {
      timeout: 20_000,
      interval: 50,
    });
    await rm(folder, { recursive: true, force: true });
  });
});
