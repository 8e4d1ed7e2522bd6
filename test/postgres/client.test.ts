import { spawn } from "node:child_process";
import { once } from "node:events";
import { rename, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import { withClient } from "../../src/providers/postgres/index.ts";
import { createAuthority } from "../../src/rehearsal/certificates/index.ts";
import {
  type ClientOptions,
  createClientTables,
  type Entry,
  findMissing,
  hear,
  readRecord,
  startClient,
  type Testimony,
  type WritingClient,
} from "../../src/rehearsal/client/index.ts";
import { runAsSuperuser, type Server } from "../../src/rehearsal/postgres/index.ts";
import { startBare, temporaryFolder } from "../support/postgres.ts";
import { startProgram } from "../support/started-program.ts";

const app = { user: "app", password: new Secret("p@ss/word:1") };
const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const patient = { timeout: 30_000, interval: 20 };

let folder: string;
let server: Server;
let running: WritingClient | undefined;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startBare({ name: "server", major: 15, folder });
  await runAsSuperuser(server, { signal: signal() }, [
    "CREATE ROLE app LOGIN PASSWORD 'p@ss/word:1'",
  ]);
});
afterEach(async () => {
  await running?.kill();
  running = undefined;
});
afterAll(async () => {
  await server.stop({ mode: "immediate" });
  await rm(folder, { recursive: true, force: true });
});

async function newDatabase(name: string): Promise<void> {
  await runAsSuperuser(server, { signal: signal() }, [`CREATE DATABASE ${name}`]);
  await createClientTables(server, { database: name, owner: "app", signal: signal() });
}

/** Replaced whole, as the re-point step does it. */
async function tell(envFile: string, database: string): Promise<void> {
  const password = encodeURIComponent(app.password.reveal());
  const url = `postgres://${app.user}:${password}@${server.host}:${server.port}/${database}?sslmode=verify-full`;
  await writeFile(`${envFile}.new`, `DATABASE_URL=${url}\nPGSSLROOTCERT=${server.caFile}\n`, {
    mode: 0o600,
  });
  await rename(`${envFile}.new`, envFile);
}

async function start(
  name: string,
  perSecond = 200,
  more: Partial<ClientOptions> = {},
): Promise<{ client: WritingClient; envFile: string }> {
  const envFile = path.join(folder, `${name}.env`);
  await tell(envFile, name);
  const client = await startClient({ name, folder, envFile, perSecond, ...more });
  running = client;
  return { client, envFile };
}

async function entries({
  recordFile,
}: Pick<WritingClient, "recordFile">): Promise<readonly Entry[]> {
  const all: Entry[] = [];
  for await (const entry of readRecord(recordFile)) all.push(entry);
  return all;
}

function heard(client: WritingClient): Promise<Testimony> {
  return hear(readRecord(client.recordFile), 150);
}

async function acknowledgedAtLeast(client: WritingClient, count: number): Promise<void> {
  await vi.waitFor(
    async () => expect((await heard(client)).acknowledged).toBeGreaterThanOrEqual(count),
    patient,
  );
}

async function sum(database: string, table: string): Promise<number> {
  const endpoint = { ...server.superuser, database };
  return withClient(endpoint, { server: "test", signal: signal() }, async (client) => {
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM public.${table}`);
    return Number(rows[0]?.count);
  });
}

describe("the writing client", () => {
  it("loses nothing it was told of when the server is killed, and measures the outage", async () => {
    await newDatabase("killed");
    const { client } = await start("killed");
    await acknowledgedAtLeast(client, 100);
    const before = Date.now();
    await server.kill();
    await vi.waitFor(async () => {
      expect(
        (await entries(client)).some(
          (entry) => entry.is === "failed" && entry.code === "ECONNREFUSED",
        ),
      ).toBe(true);
    }, patient);
    const comingBack = Date.now();
    await server.start();
    const { acknowledged } = await heard(client);
    await acknowledgedAtLeast(client, acknowledged + 100);
    await client.stop();
    expect(client.running).toBe(false);

    const testimony = await heard(client);
    const outage = testimony.longest;
    expect(outage?.ended).toBe(true);
    expect(outage?.fromMs).toBeGreaterThan(before - 500);
    expect(outage?.fromMs).toBeLessThan(comingBack);
    expect(outage?.toMs).toBeGreaterThan(comingBack);
    expect(outage?.errors.some(({ error }) => error.startsWith("ECONNREFUSED"))).toBe(true);
    const missing = await findMissing(
      { ...server.superuser, database: "killed" },
      testimony,
      signal(),
    );
    expect(missing).toMatchObject({ lost: 0, examples: [] });
    expect(missing.checked).toBeGreaterThan(50);
    expect((await entries(client)).at(-1)).toMatchObject({ is: "stopped", because: "SIGTERM" });
  });

  it("goes on with whom it was told to live with, and ends when that is gone", async () => {
    await newDatabase("kept");
    const companion = spawn(process.execPath, ["-e", "process.stdin.resume()"], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    const { client } = await start("kept", 200, { livesWith: companion.pid ?? 0 });
    await acknowledgedAtLeast(client, 100);
    companion.kill("SIGKILL");
    await vi.waitFor(() => expect(client.running).toBe(false), patient);
    expect((await entries(client)).at(-1)).toMatchObject({
      is: "stopped",
      because: "whom it lives with is gone",
    });
  });

  it("names what is gone, changed, back again or there twice", async () => {
    await newDatabase("damaged");
    const { client } = await start("damaged");
    await acknowledgedAtLeast(client, 400);
    await client.stop();
    const testimony = await heard(client);
    const writes = [...(testimony.fates.get("writes") ?? [])];
    const [first, second] = writes.filter(([, fate]) => fate.present).map(([key]) => key);
    const deleted = writes.find(([, fate]) => !fate.present)?.[0];
    await runAsSuperuser(server, { database: "damaged", signal: signal() }, [
      `DELETE FROM public.rehearsal_writes WHERE id = ${first}`,
      `UPDATE public.rehearsal_writes SET n = n - 1 WHERE id = ${second}`,
      `INSERT INTO public.rehearsal_writes VALUES (${deleted}, 1, now(), 'back')`,
      "INSERT INTO public.rehearsal_visits (n, payload) SELECT n, 'twice' FROM public.rehearsal_visits LIMIT 2",
    ]);
    expect(
      await findMissing({ ...server.superuser, database: "damaged" }, testimony, signal()),
    ).toMatchObject({
      missing: 1,
      stale: 1,
      resurrected: 1,
      doubled: 2,
      lost: 5,
      examples: expect.arrayContaining([
        `writes ${first}: missing`,
        `writes ${second}: stale`,
      ]) as unknown,
    });
  });

  it("goes where the replaced env file tells it, at once", async () => {
    await newDatabase("before_move");
    await newDatabase("after_move");
    const { client, envFile } = await start("before_move");
    await acknowledgedAtLeast(client, 50);
    await tell(envFile, "after_move");
    await vi.waitFor(
      async () => expect(await sum("after_move", "rehearsal_visits")).toBeGreaterThan(5),
      patient,
    );
    await client.stop();
    const told = (await entries(client))
      .filter((entry) => entry.is === "told")
      .map((entry) => entry.database);
    expect(told).toEqual(["before_move", "after_move"]);
    const testimony = await heard(client);
    const missing = await findMissing(
      { ...server.superuser, database: "after_move" },
      testimony,
      signal(),
    );
    expect(missing.missing).toBeGreaterThan(20);
  });

  it("sees a freeze as refusals and writes again after the thaw", async () => {
    await newDatabase("frozen");
    const { client } = await start("frozen");
    await acknowledgedAtLeast(client, 50);
    const everySession = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'frozen' AND usename = 'app'`;
    await runAsSuperuser(server, { signal: signal() }, [
      "ALTER DATABASE frozen SET default_transaction_read_only TO on",
      everySession,
    ]);
    await vi.waitFor(async () => {
      expect(
        (await entries(client)).some((entry) => entry.is === "failed" && entry.code === "25006"),
      ).toBe(true);
    }, patient);
    const frozenAt = (await heard(client)).acknowledged;
    await runAsSuperuser(server, { signal: signal() }, [
      "ALTER DATABASE frozen RESET default_transaction_read_only",
    ]);
    await acknowledgedAtLeast(client, frozenAt + 20);
    await client.stop();
    const testimony = await heard(client);
    expect(testimony.errors.map(({ error }) => error.split(" ")[0])).toContain("25006");
    expect(
      await findMissing({ ...server.superuser, database: "frozen" }, testimony, signal()),
    ).toMatchObject({ lost: 0 });
  });

  it("runs into a sequence that was left behind", async () => {
    await newDatabase("behind");
    const { client } = await start("behind");
    await vi.waitFor(
      async () => expect(await sum("behind", "rehearsal_visits")).toBeGreaterThan(5),
      patient,
    );
    await runAsSuperuser(server, { database: "behind", signal: signal() }, [
      "SELECT setval('public.rehearsal_visits_id_seq', 1)",
    ]);
    await vi.waitFor(async () => {
      expect(
        (await entries(client)).some((entry) => entry.is === "failed" && entry.code === "23505"),
      ).toBe(true);
    }, patient);
  });

  it("takes a server that stands still for a failing one", async () => {
    await newDatabase("still");
    const { client } = await start("still");
    await acknowledgedAtLeast(client, 20);
    await server.pause();
    try {
      await vi.waitFor(async () => {
        expect(
          (await entries(client)).some(
            (entry) => entry.is === "failed" && entry.code === "TIMEOUT",
          ),
        ).toBe(true);
      }, patient);
    } finally {
      await server.proceed();
    }
    const { acknowledged } = await heard(client);
    await acknowledgedAtLeast(client, acknowledged + 20);
    await client.stop();
    const testimony = await heard(client);
    expect(testimony.longest?.ms).toBeGreaterThan(2_000);
    expect(
      await findMissing({ ...server.superuser, database: "still" }, testimony, signal()),
    ).toMatchObject({ lost: 0 });
  });
});

describe("its health check", () => {
  it("is HTTPS with the given certificate, and tells where it writes", async () => {
    await newDatabase("healthy");
    const authority = await createAuthority("Test authority");
    const envFile = path.join(folder, "healthy.env");
    await tell(envFile, "healthy");
    const certificate = await authority.issue({ names: ["app.test"] });
    running = await startClient({ name: "healthy", folder, envFile, perSecond: 100, certificate });
    const { healthUrl } = running;
    const get = async (): Promise<{ code: number | undefined; body: unknown }> => {
      const request = https.get(healthUrl, {
        ca: authority.ca,
        servername: "app.test",
        agent: false,
      });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      return {
        code: response.statusCode,
        body: JSON.parse((await response.setEncoding("utf8").toArray()).join("")),
      };
    };
    await vi.waitFor(async () => expect((await get()).code).toBe(200), patient);
    expect((await get()).body).toMatchObject({
      status: "ok",
      database: `127.0.0.1:${server.port}/healthy`,
    });
    await tell(envFile, "no_such_database");
    await vi.waitFor(async () => expect((await get()).code).toBe(503), patient);
    expect((await get()).body).toMatchObject({ status: "failing", lastError: "3D000" });
  });
});

describe("a client whose starter is killed", () => {
  it("ends by itself, with its record complete", async () => {
    await newDatabase("orphan");
    const envFile = path.join(folder, "orphan.env");
    await tell(envFile, "orphan");
    const { child, told } = await startProgram<{ recordFile: string }>("client-starter.ts", [
      folder,
      envFile,
    ]);
    child.kill("SIGKILL");
    await vi.waitFor(async () => {
      const all = await entries(told);
      expect(all.at(-1)).toMatchObject({ is: "stopped", because: "the parent is gone" });
    }, patient);
  });
});
