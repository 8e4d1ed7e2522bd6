import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  findMissing,
  hear,
  readRecord,
  startClient,
  createClientTables,
} from "../../src/rehearsal/client/index.ts";
import { asSuperuser, runAsSuperuser } from "../../src/rehearsal/postgres/index.ts";
import { generatedDatabases, loadFile, loadGenerated } from "../../src/rehearsal/sample/index.ts";
import { roles, startPair, withServers } from "../support/postgres.ts";

const signal = (): AbortSignal => AbortSignal.timeout(90_000);

const tablesQuery = `SELECT c.oid::regclass::text AS name, c.relkind, pg_get_userbyid(c.relowner) AS owner
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname IN ('public', 'reports') AND c.relkind IN ('r', 'p') ORDER BY 1`;

interface Table {
  readonly name: string;
  readonly relkind: "r" | "p";
  readonly owner: string;
}

describe("the generated sample", () => {
  const servers = withServers();
  const rows = 4_000;

  async function inEach<T extends object>(sql: string): Promise<T[]> {
    const all = generatedDatabases.map((database) =>
      asSuperuser(
        servers.pair.source,
        { database, signal: signal() },
        async (client) => (await client.query<T>(sql)).rows,
      ),
    );
    return (await Promise.all(all)).flat();
  }

  async function contents(source: typeof servers.pair.source): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const database of generatedDatabases) {
      await asSuperuser(source, { database, signal: signal() }, async (client) => {
        for (const { name, relkind } of (await client.query<Table>(tablesQuery)).rows) {
          if (relkind === "p") continue;
          const hash = `SELECT count(*) || ' ' || coalesce(md5(string_agg(x::text, '|' ORDER BY x::text COLLATE "C")), '') AS hash FROM ${name} x`;
          found[`${database}.${name}`] =
            (await client.query<{ hash: string }>(hash)).rows[0]?.hash ?? "";
        }
      });
    }
    return found;
  }

  it("is of the size asked for and has one of everything", async () => {
    await loadGenerated(servers.pair.source, { rows, seed: 1, signal: signal() });
    const tables = await inEach<Table>(tablesQuery);
    expect(tables.length).toBeGreaterThan(30);
    expect(new Set(tables.map(({ owner }) => owner))).toEqual(
      new Set(["doadmin", "api_app", "auth_app", "insights_app"]),
    );
    const counts = Object.values(await contents(servers.pair.source)).map((text) =>
      Number(text.split(" ")[0]),
    );
    expect(counts.every((count) => count > 0)).toBe(true);
    const total = counts.reduce((sum, count) => sum + count, 0);
    expect(Math.abs(total - rows)).toBeLessThan(rows * 0.05);

    const unkeyed = `SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
      AND c.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) ORDER BY 1`;
    expect(await inEach(unkeyed)).toEqual([
      { relname: "maintainers" },
      { relname: "measurements_0" },
      { relname: "measurements_1" },
    ]);
    const unowned = `SELECT s.relname FROM pg_catalog.pg_class s WHERE s.relkind = 'S' AND NOT EXISTS
      (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = s.oid AND d.deptype IN ('a', 'i'))`;
    expect(await inEach(unowned)).toEqual([{ relname: "invoice_number_seq" }]);
    const settings =
      "SELECT unnest(setconfig) AS setting FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase WHERE datname = current_database()";
    expect(await inEach(settings)).toContainEqual({ setting: "search_path=public, reports" });
    const superusers =
      "SELECT extname FROM pg_catalog.pg_extension WHERE extowner = 10 AND extname <> 'plpgsql' ORDER BY 1";
    expect(await inEach(superusers)).toEqual([
      { extname: "pg_stat_statements" },
      { extname: "pg_trgm" },
      { extname: "pg_stat_statements" },
    ]);
  });

  it("can be written to by its apps, sequences and all", async () => {
    const { source, folder } = servers.pair;
    await createClientTables(source, { database: "api", owner: "api_app", signal: signal() });
    const envFile = path.join(folder, "api.env");
    await writeFile(
      envFile,
      `API_DB_URL=postgres://api_app:${roles.apiApp.password.reveal()}@127.0.0.1:${source.port}/api?sslmode=verify-full&sslrootcert=${source.caFile}\n`,
    );
    const client = await startClient({
      name: "api",
      folder,
      envFile,
      variable: "API_DB_URL",
      perSecond: 400,
      sample: true,
    });
    const heard = (): ReturnType<typeof hear> => hear(readRecord(client.recordFile), 200);
    while ((await heard()).acknowledged < 300) expect(client.running).toBe(true);
    await client.stop();
    const testimony = await heard();
    expect(testimony.errors).toEqual([]);
    expect([...testimony.fates.keys()].toSorted()).toEqual([
      "highlights",
      "repos",
      "visits",
      "writes",
    ]);
    expect(await findMissing(servers.pair.sourceAdmin("api"), testimony, signal())).toMatchObject({
      lost: 0,
    });
  });

  it("is the same for the same seed, and another for another", async () => {
    const other = await startPair();
    try {
      const before = await contents(servers.pair.source);
      await loadGenerated(other.source, { rows, seed: 1, signal: signal() });
      const again = await contents(other.source);
      const unwritten = Object.keys(again).filter((name) => !/repos$|highlights$/.test(name));
      expect(unwritten.length).toBeGreaterThan(30);
      for (const name of unwritten) expect([name, again[name]]).toEqual([name, before[name]]);
      await runAsSuperuser(other.source, { signal: signal() }, [
        "DROP DATABASE insights",
        "CREATE DATABASE insights OWNER doadmin",
        "DROP DATABASE api",
        "CREATE DATABASE api OWNER doadmin",
      ]);
      await loadGenerated(other.source, { rows, seed: 2, signal: signal() });
      expect((await contents(other.source))["api.users"]).not.toBe(before["api.users"]);
    } finally {
      await other.close();
    }
  });
});

describe("a dump file", () => {
  const servers = withServers({
    databases: [
      { name: "restored", owner: "api_app" },
      { name: "broken", owner: "api_app" },
    ],
  });
  const dump = [
    "\\restrict token",
    "SET check_function_bodies = false;",
    "CREATE EXTENSION IF NOT EXISTS pg_stat_statements WITH SCHEMA public;",
    "COMMENT ON EXTENSION pg_stat_statements IS 'statistics';",
    "CREATE FUNCTION public.autoinc() RETURNS trigger LANGUAGE c AS '/usr/lib/postgresql/15/lib/autoinc.so', 'autoinc';",
    "ALTER FUNCTION public.autoinc() OWNER TO postgres;",
    "CREATE TABLE public.notes (id bigint GENERATED ALWAYS AS IDENTITY, body text);",
    "ALTER TABLE public.notes OWNER TO postgres;",
    "CREATE TABLE public.foreigners (id int);",
    "ALTER TABLE public.foreigners OWNER TO someone_else;",
    "COPY public.notes (body) FROM stdin;",
    "ALTER TABLE public.notes OWNER TO postgres;",
    "unicode ✓ tab\\there \\\\restrict",
    "\\N",
    "\\.",
    "\\unrestrict token",
    "",
  ].join("\n");

  it("is restored so that an ordinary user owns it, and its rows are left as they are", async () => {
    const { source, folder } = servers.pair;
    const file = path.join(folder, "restored.sql");
    await writeFile(file, dump);
    await loadFile(source, {
      database: "restored",
      file,
      owner: "api_app",
      admin: "doadmin",
      settings: { bytea_output: "hex" },
      signal: signal(),
    });
    await asSuperuser(source, { database: "restored", signal: signal() }, async (client) => {
      const { rows } = await client.query<Table>(tablesQuery);
      expect(rows.map(({ name, owner }) => [name, owner])).toEqual([
        ["foreigners", "someone_else"],
        ["notes", "api_app"],
      ]);
      expect((await client.query("SELECT body FROM public.notes ORDER BY id")).rows).toEqual([
        { body: "ALTER TABLE public.notes OWNER TO postgres;" },
        { body: "unicode ✓ tab\there \\restrict" },
        { body: null },
      ]);
      const owners =
        "SELECT (SELECT extowner FROM pg_extension WHERE extname = 'pg_stat_statements') AS extension, (SELECT proowner::regrole::text FROM pg_proc WHERE proname = 'autoinc') AS function";
      expect((await client.query(owners)).rows).toEqual([{ extension: 10, function: "api_app" }]);
      const left = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'rehearsal_loader%'";
      expect((await client.query(left)).rows).toEqual([]);
    });
  });

  it("that cannot be restored says so in psql's words", async () => {
    const { source, folder } = servers.pair;
    const file = path.join(folder, "broken.sql");
    await writeFile(file, "SELECT 1;\nSELECT no_such_column;\n");
    const options = { database: "broken", owner: "api_app", admin: "doadmin", signal: signal() };
    await expect(loadFile(source, { ...options, file })).rejects.toThrow(/no_such_column/);
    await expect(loadFile(source, { ...options, file: `${file}.absent` })).rejects.toThrow(
      /cannot be read/,
    );
    await expect(loadFile(source, { ...options, file, psql: "/no/such/psql" })).rejects.toThrow(
      /psql was not found/,
    );
  });
});
