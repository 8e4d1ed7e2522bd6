import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProviderError, UsageError } from "../../src/core/errors.ts";
import { Secret } from "../../src/core/secret.ts";
import { connect, withClient } from "../../src/providers/postgres/index.ts";
import {
  createPostgresTools,
  type DumpOptions,
  type DumpProgress,
  type Tools,
  withCredentials,
} from "../../src/providers/postgres-tools/index.ts";
import { processesOf } from "../support/killed.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { withServers } from "../support/postgres.ts";

const servers = withServers();
const never = new AbortController().signal;
const postgresTools = createPostgresTools({ path: process.env["PATH"] ?? "" });
let folder: string;
let tools: Tools;

const ready = await postgresTools.find(15, never);

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "osm-dump-"));
  if (ready.is !== "found") return;
  tools = ready.tools;
  await withClient(
    servers.pair.sourceAdmin("api"),
    { server: "source", signal: never, write: true, timeouts: { statementMs: 0 } },
    async (client) => {
      await client.query(
        `CREATE TABLE plain AS SELECT g AS id, md5(g::text) AS body FROM generate_series(1, 20000) g`,
      );
      await client.query(`CREATE TABLE "Odd ""name""" (a int)`);
      await client.query(
        `CREATE SCHEMA "DATA"; CREATE TABLE "DATA".x (a int); CREATE MATERIALIZED VIEW seen AS SELECT count(*) FROM plain`,
      );
    },
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function options(name: string, more: Partial<DumpOptions> = {}): DumpOptions {
  return {
    endpoint: servers.pair.sourceAdmin("api"),
    server: "source",
    directory: path.join(folder, name),
    jobs: 2,
    signal: never,
    ...more,
  };
}

/** Everything that is readable of a process by others: its command line. */
async function commandLines(): Promise<string> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "args"]);
  return stdout;
}

describe("finding the programs", () => {
  it("says what is missing, with a command to install it", async () => {
    const found = await createPostgresTools({ path: "/nonexistent", places: [] }).find(17, never);
    expect(found).toMatchObject({ is: "missing", tooOld: [] });
    if (found.is === "missing") expect(found.remedy).toContain("postgresql-client-17");
  });

  it("refuses a set that is too old, and takes the oldest that is new enough", async () => {
    const places = await Promise.all(
      [14, 15, 16, 18].map(async (major) => {
        const place = path.join(folder, `bin ${major}`);
        await mkdir(place);
        for (const name of ["pg_dump", "pg_restore", "pg_dumpall", "psql"]) {
          await writeFile(
            path.join(place, name),
            `#!/bin/sh\necho "${name} (PostgreSQL) ${major}.1 (Some packager 1)"\n`,
            { mode: 0o755 },
          );
        }
        return place;
      }),
    );
    const local = createPostgresTools({ path: "", places: places.toReversed() });
    expect(await local.find(15, never)).toMatchObject({
      is: "found",
      tools: { major: 15, version: "15.1" },
    });
    expect(await local.find(17, never)).toMatchObject({ is: "found", tools: { major: 18 } });
    expect(await local.find(19, never)).toMatchObject({ is: "missing", tooOld: { length: 4 } });
  });

  it("passes over a folder in which one of them is missing", async () => {
    const place = path.join(folder, "half");
    await mkdir(place);
    await writeFile(path.join(place, "pg_dump"), `#!/bin/sh\necho "pg_dump (PostgreSQL) 17.1"\n`, {
      mode: 0o755,
    });
    expect(await createPostgresTools({ path: place, places: [] }).find(15, never)).toMatchObject({
      is: "missing",
    });
  });
});

const toolsNeeded = { meta: { whenSkipped: "needs pg_dump and pg_restore" } };

describe.runIf(ready.is === "found")("dumping", toolsNeeded, () => {
  it("writes a whole dump out of an exported snapshot, with progress and a manifest", async () => {
    const client = await connect(servers.pair.sourceAdmin("api"), {
      server: "source",
      signal: never,
    });
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const { rows } = await client.query<{ id: string }>("SELECT pg_export_snapshot() AS id");
    const snapshot = rows[0]?.id ?? "";
    await withClient(
      servers.pair.sourceAdmin("api"),
      { server: "source", signal: never, write: true },
      (writer) =>
        writer.query(
          "CREATE TABLE too_late (a int); INSERT INTO plain VALUES (-1, 'after the snapshot')",
        ),
    );
    const seen: DumpProgress[] = [];
    const dump = await postgresTools.dumpDatabase(
      tools,
      options("whole", { snapshot, facts: { lsn: "0/1" }, onProgress: (p) => seen.push(p) }),
    );
    await client.query("ROLLBACK");
    await client.end();

    expect(
      seen
        .filter(({ is }) => is === "done")
        .map(({ table }) => table)
        .toSorted(),
    ).toEqual(['Odd "name"', "plain", "x"]);
    expect(dump.manifest).toMatchObject({
      database: "api",
      snapshot,
      tablesWithData: 3,
      facts: { lsn: "0/1" },
    });
    const contents = await postgresTools.tableOfContents(tools, dump.directory, never);
    expect(contents.entries).toHaveLength(dump.manifest.entries);
    expect(
      contents.entries
        .filter(({ type }) => type === "TABLE")
        .map(({ rest }) => rest.split(" ")[1] ?? "")
        .toSorted(),
    ).toEqual(["Odd", "plain", "x"]);
    expect(contents.entries.map(({ type }) => type)).toContain("MATERIALIZED VIEW DATA");
    expect(await postgresTools.compareWithManifest(dump.directory, dump.manifest, never)).toEqual(
      [],
    );
    expect(await postgresTools.findDump(dump.directory)).toMatchObject({ is: "whole" });
    expect((await stat(dump.directory)).mode & 0o077).toBe(0);

    await expect(postgresTools.dumpDatabase(tools, options("whole"))).rejects.toBeInstanceOf(
      UsageError,
    );
    await expect(
      postgresTools.dumpDatabase(tools, options("gone", { snapshot })),
    ).rejects.toMatchObject({ call: "pg_dump" });
    expect(await postgresTools.findDump(path.join(folder, "gone"))).toMatchObject({
      is: "partial",
    });
  });

  it("notices every sort of damage", async () => {
    const { directory, manifest } = await postgresTools.dumpDatabase(
      tools,
      options("damaged", { jobs: 1 }),
    );
    const data = manifest.files.find(({ path: name }) => name.includes(".dat"));
    const file = path.join(directory, data?.path ?? "");
    const bytes = await readFile(file);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(file, bytes);
    expect(await postgresTools.compareWithManifest(directory, manifest, never)).toEqual([
      `${data?.path} has another content`,
    ]);
    await truncate(file, 3);
    expect(await postgresTools.findDump(directory)).toMatchObject({ is: "damaged" });
    await rm(file);
    await writeFile(path.join(directory, "extra"), "");
    expect(await postgresTools.compareWithManifest(directory, manifest, never)).toEqual([
      `${data?.path} is missing`,
      "extra is not in the manifest",
    ]);
    await expect(
      postgresTools.tableOfContents(tools, path.join(folder, "none"), never),
    ).rejects.toBeInstanceOf(ProviderError);
  });

  it("stops at once when the signal fires, leaves no dump behind, and the next one starts over", async () => {
    const controller = new AbortController();
    const stopped = postgresTools.dumpDatabase(
      tools,
      options("stopped", {
        signal: controller.signal,
        onProgress: () => controller.abort(new Error("SIGTERM")),
      }),
    );
    await expect(stopped).rejects.toThrow("SIGTERM");
    expect(await postgresTools.findDump(path.join(folder, "stopped"))).toEqual({ is: "partial" });
    const sessions = () =>
      withClient(servers.pair.sourceAdmin("api"), { server: "source", signal: never }, (client) =>
        client.query(
          "SELECT 1 FROM pg_stat_activity WHERE application_name = 'pg_dump' OR query LIKE 'COPY%'",
        ),
      );
    await expect.poll(async () => (await sessions()).rowCount, { timeout: 10_000 }).toBe(0);
    await postgresTools.dumpDatabase(tools, options("stopped"));
    expect(await postgresTools.findDump(path.join(folder, "stopped"))).toMatchObject({
      is: "whole",
    });
    expect(await readdir(folder)).not.toContain("stopped.partial");
  });

  it("stops behind a network that went silent, workers and all", async () => {
    const { host, port } = servers.pair.source;
    const network = await startProxy({ host, port });
    const controller = new AbortController();
    const name = "silent";
    try {
      const stopped = postgresTools.dumpDatabase(
        tools,
        options(name, {
          endpoint: { ...servers.pair.sourceAdmin("api"), host: "127.0.0.1", port: network.port },
          signal: controller.signal,
          onProgress: () => {
            network.pause();
            controller.abort(new Error("SIGTERM"));
          },
        }),
      );
      await expect(stopped).rejects.toThrow("SIGTERM");
      expect(await processesOf("pg_dump", path.join(folder, name))).toEqual([]);
    } finally {
      await network.close();
    }
  }, 30_000);

  it("says why a server refused, without the password", async () => {
    const endpoint = {
      ...servers.pair.sourceAdmin("api"),
      password: new Secret("canary: 'pass\\word "),
    };
    const error: unknown = await postgresTools
      .dumpDatabase(tools, options("refused", { endpoint }))
      .catch((e: unknown) => e);
    expect(error).toMatchObject({
      system: "PostgreSQL source",
      call: "pg_dump",
      message: expect.stringContaining("password authentication failed") as string,
    });
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain("canary");
  });

  it("saves the roles as one who is no superuser, without passwords", async () => {
    const file = path.join(folder, "roles.sql");
    await postgresTools.dumpGlobals(tools, {
      endpoint: servers.pair.sourceAdmin("api"),
      server: "source",
      file,
      signal: never,
    });
    const text = await readFile(file, "utf8");
    expect(text).toContain("CREATE ROLE api_app;");
    expect(text).not.toMatch(/PASSWORD|SCRAM|md5/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

describe("credentials", () => {
  it("are in no command line and in no environment, and go with the use", async () => {
    const endpoint = {
      ...servers.pair.sourceAdmin("api"),
      password: new Secret("canary:in\\file "),
    };
    const place = await withCredentials(endpoint, async (env) => {
      expect(JSON.stringify(env)).not.toContain("canary");
      expect(await commandLines()).not.toContain("canary");
      const file = env["PGPASSFILE"] ?? "";
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
      expect(await readFile(file, "utf8")).toBe("*:*:*:*:canary\\:in\\\\file \n");
      return path.dirname(file);
    });
    await expect(stat(place)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("left behind by a process that was killed are removed by the next use", async () => {
    const { pid } = await new Promise<{ pid: number }>((resolve) => {
      const child = execFile("true", () => resolve({ pid: child.pid ?? 0 }));
    });
    const left = path.join(os.tmpdir(), `opensauced-migrate-libpq-${pid}-left`);
    await mkdir(left);
    await withCredentials(servers.pair.sourceAdmin("api"), async () => undefined);
    await expect(stat(left)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

it("the free space of a folder that is not there yet is that of its parent", async () => {
  expect(await postgresTools.freeBytes(path.join(folder, "a", "b"))).toBeGreaterThan(1e6);
});
