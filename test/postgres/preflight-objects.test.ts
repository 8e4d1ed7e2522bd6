/**
 * Shapes of a source that a copy leaves out, alters or stops at: each planted
 * on a real server, found by its name, solved by the remedy as it is printed,
 * and gone.
 */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asSuperuser, runAsSuperuser, type Server } from "../../src/rehearsal/postgres/index.ts";
import { withServers } from "../support/postgres.ts";
import { codesOf, findingsOf, type Preflight, startPreflight } from "../support/preflight.ts";
import { runAsPrinted } from "../support/printed-remedy.ts";

const servers = withServers({ databases: [{ name: "api" }, { name: "insights" }] });
const signal = (): AbortSignal => AbortSignal.timeout(60_000);
let preflight: Preflight;

beforeAll(async () => {
  await runAsSuperuser(servers.pair.source, { database: "api", signal: signal() }, [
    "CREATE TABLE public.users (id int PRIMARY KEY, name text)",
    "INSERT INTO public.users VALUES (1, 'a')",
    "ALTER TABLE public.users OWNER TO api_app",
  ]);
  preflight = await startPreflight(servers.pair, [
    { name: "api", roles: ["api_app"] },
    { name: "insights", roles: ["insights_app"] },
  ]);
});
afterAll(() => preflight?.close());

const onSource = (...statements: readonly string[]): Promise<void> =>
  runAsSuperuser(servers.pair.source, { database: "api", signal: signal() }, statements);

/** An extension without a library, as its two files. */
async function installExtension(server: Server, name: string, version: string, sql: string) {
  const file = (suffix: string) => path.join(server.extensionFolder, `${name}${suffix}`);
  await writeFile(file(".control"), `default_version = '${version}'\nrelocatable = true\n`);
  await writeFile(file(`--${version}.sql`), sql);
}

interface Planted {
  readonly plant: readonly string[];
  /** What the remedy leaves behind, or all of it where the remedy is not for the source. */
  readonly remove?: readonly string[];
  /** Code, with its severity, to the objects. */
  readonly finds: { readonly [code: string]: readonly string[] };
  /** Found in online mode only. */
  readonly online?: true;
  /** The remedy is for the target or for a person's choice, and changes nothing here. */
  readonly told?: true;
}

const owned = (...tables: readonly string[]): string =>
  tables.map((table) => `ALTER TABLE public.${table} OWNER TO api_app`).join("; ");

const planted: { readonly [what: string]: Planted } = {
  "objects that only a superuser makes": {
    plant: [
      "CREATE FUNCTION public.absolute(int) RETURNS int LANGUAGE internal AS 'int4abs'",
      "CREATE OPERATOR CLASS public.numbers FOR TYPE int4 USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int4, int4)",
      "CREATE FOREIGN DATA WRAPPER nowhere",
      "CREATE TEXT SEARCH TEMPLATE public.plain (LEXIZE = dsimple_lexize)",
    ],
    finds: {
      "blocks superuser-objects": [
        "api: foreign data wrapper nowhere",
        "api: function public.absolute(integer)",
        "api: operator class public.numbers USING btree",
        "api: operator family public.numbers USING btree",
        "api: text search template public.plain",
      ],
    },
  },
  "a cast": {
    plant: [
      "CREATE TYPE public.pair AS (a int, b int)",
      "CREATE FUNCTION public.shown(public.pair) RETURNS text LANGUAGE sql AS $$ SELECT 'x'::text $$",
      "CREATE CAST (public.pair AS text) WITH FUNCTION public.shown(public.pair)",
    ],
    remove: ["DROP TYPE public.pair CASCADE"],
    finds: { "blocks own-casts": ["api: cast (public.pair AS pg_catalog.text)"] },
  },
  "an index that is not valid": {
    plant: [
      "CREATE INDEX users_name ON public.users (name)",
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.users_name'::regclass",
    ],
    remove: ["DROP INDEX public.users_name"],
    finds: { "blocks invalid-indexes": ["api: public.users_name on public.users"] },
  },
  "a partition that is half detached": {
    plant: [
      "CREATE TABLE public.logs (id int PRIMARY KEY) PARTITION BY RANGE (id)",
      "CREATE TABLE public.logs_1 PARTITION OF public.logs FOR VALUES FROM (1) TO (9)",
      owned("logs", "logs_1"),
      "UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'public.logs_1'::regclass",
    ],
    remove: ["DROP TABLE public.logs, public.logs_1"],
    finds: { "blocks partition-detach-pending": ["api: public.logs_1 of public.logs"] },
  },
  "a large object of somebody else": {
    plant: [
      "CREATE ROLE stranger",
      "SELECT lo_create(4711)",
      "ALTER LARGE OBJECT 4711 OWNER TO stranger",
    ],
    remove: ["SELECT lo_unlink(4711)", "DROP ROLE stranger"],
    finds: {
      "blocks large-objects-out-of-reach": ["api: 1 of role stranger"],
      "warns large-objects": ["database api: 1 large objects"],
    },
    told: true,
  },
  "a subscription that is at work": {
    plant: [
      "CREATE PUBLICATION ours FOR TABLE public.users",
      "CREATE SUBSCRIPTION theirs CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false, slot_name = 's')",
      "ALTER SUBSCRIPTION theirs ENABLE",
    ],
    finds: {
      "blocks subscriptions-enabled": ["api: theirs"],
      "warns publications-not-carried": ["api: ours"],
    },
  },
  "a table and an index in a tablespace": {
    plant: [
      "SET allow_in_place_tablespaces = on",
      "CREATE TABLESPACE extra LOCATION ''",
      "CREATE TABLE public.apart (id int PRIMARY KEY USING INDEX TABLESPACE extra) TABLESPACE extra",
      owned("apart"),
    ],
    remove: ["DROP TABLE public.apart", "DROP TABLESPACE extra"],
    finds: {
      "warns custom-tablespaces": ["api: public.apart (extra)", "api: public.apart_pkey (extra)"],
    },
  },
  "a trigger that fires for what is followed": {
    plant: [
      "CREATE FUNCTION public.look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
      'CREATE TRIGGER "Looks" AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION public.look()',
      'ALTER TABLE public.users ENABLE ALWAYS TRIGGER "Looks"',
    ],
    remove: ['DROP TRIGGER "Looks" ON public.users', "DROP FUNCTION public.look()"],
    finds: { "warns triggers-on-replica": ['api: "Looks" on public.users'] },
    online: true,
  },
  "a materialized view with rows": {
    plant: [
      "CREATE MATERIALIZED VIEW public.counted AS SELECT count(*) FROM public.users",
      "CREATE MATERIALIZED VIEW public.empty AS SELECT 1 AS a WITH NO DATA",
      "ALTER MATERIALIZED VIEW public.counted OWNER TO api_app",
    ],
    remove: ["DROP MATERIALIZED VIEW public.counted, public.empty"],
    finds: { "warns materialized-views": ["api: public.counted"] },
    online: true,
    told: true,
  },
  "columns that name things by their number": {
    plant: [
      'CREATE TABLE public.named (id int PRIMARY KEY, what regproc, "Who" regrole, fine regclass)',
      `INSERT INTO public.named VALUES (1, 'pg_catalog.now', 'api_app', 'public.users')`,
      owned("named"),
    ],
    remove: ["DROP TABLE public.named"],
    finds: {
      "warns reg-columns": [
        'api: public.named ALTER COLUMN "Who" (regrole)',
        "api: public.named ALTER COLUMN what (regproc)",
      ],
    },
  },
  "settings that the target's admin may not give": {
    plant: [
      "ALTER DATABASE api SET log_min_duration_statement = 1000",
      "ALTER ROLE api_app SET log_statement = 'all'",
      "ALTER DATABASE api SET work_mem = '8MB'",
      "ALTER DATABASE api SET app.secret = 'canary'",
      "ALTER ROLE doadmin SET log_statement = 'all'",
    ],
    remove: [
      "ALTER DATABASE api RESET ALL",
      "ALTER ROLE doadmin RESET log_statement",
      "ALTER ROLE api_app RESET ALL",
    ],
    finds: {
      "warns settings-refused": [
        "api: log_min_duration_statement",
        "api: log_statement of role api_app",
      ],
    },
  },
  "a key with a generated column": {
    plant: [
      "CREATE TABLE public.made (a int NOT NULL, b int GENERATED ALWAYS AS (a * 2) STORED PRIMARY KEY, UNIQUE (a))",
      owned("made"),
    ],
    remove: ["DROP TABLE public.made"],
    finds: { "blocks replica-identity-generated": ["api.public.made"] },
    online: true,
    told: true,
  },
  "tables without a key, whose names must be quoted": {
    plant: [
      'CREATE SCHEMA "Odd ""x"" é"; GRANT USAGE ON SCHEMA "Odd ""x"" é" TO doadmin',
      `CREATE TABLE "Odd ""x"" é"."${"ñ".repeat(31)}" ("Id;--" int)`,
      `ALTER TABLE "Odd ""x"" é"."${"ñ".repeat(31)}" OWNER TO api_app`,
      "CREATE TEMP TABLE passing (a int)",
    ],
    remove: ['DROP SCHEMA "Odd ""x"" é" CASCADE'],
    finds: { "blocks replica-identity-missing": [`api.Odd "x" é.${"ñ".repeat(31)}`] },
    online: true,
  },
  "rights of a role that are not given on the target": {
    plant: ["ALTER ROLE api_app BYPASSRLS", "GRANT pg_read_all_data TO api_app"],
    remove: ["ALTER ROLE api_app NOBYPASSRLS", "REVOKE pg_read_all_data FROM api_app"],
    finds: {
      "warns role-rights-not-carried": ["role api_app: BYPASSRLS, member of pg_read_all_data"],
    },
    told: true,
  },
  "a collation that the target lacks": {
    plant: [
      "SET allow_system_table_mods = on",
      "CREATE COLLATION pg_catalog.sauced (locale = 'C')",
      "CREATE TABLE public.sorted (id text COLLATE pg_catalog.sauced PRIMARY KEY)",
      owned("sorted"),
    ],
    remove: [
      "SET allow_system_table_mods = on",
      "DROP TABLE public.sorted",
      "DROP COLLATION pg_catalog.sauced",
    ],
    finds: { "blocks collation-missing-on-target": ['api: "sauced"'] },
    told: true,
  },
};

/** Codes with severity, to the objects named. */
async function look(mode: "online" | "offline" = "online") {
  const verdict = await preflight.look({ mode });
  const named = findingsOf(verdict).map(
    ({ severity, code, objects }) => [`${severity} ${code}`, objects ?? []] as const,
  );
  return { verdict, found: Object.fromEntries(named) };
}

describe("a planted shape is found, and gone by the remedy as it is printed:", () => {
  it("nothing was found before", async () => {
    expect((await look()).found).toEqual({});
  });

  it.for(Object.entries(planted))("%s", async ([, { plant, remove = [], finds, online, told }]) => {
    await onSource(...plant);
    try {
      const { verdict, found } = await look();
      expect(found).toEqual(finds);
      const offline = (await look("offline")).found;
      const both = Object.keys(finds).filter((code) => !code.endsWith(" large-objects"));
      expect(Object.keys(offline)).toEqual(online === true ? [] : both);
      if (told === true) {
        for (const { code, remedy } of findingsOf(verdict)) expect(remedy, code).toBeTruthy();
      } else {
        await untilSolved();
      }
    } finally {
      await onSource(...remove);
    }
    // The remedies have left nothing; what is removed by hand must not either.
    if (told === true) expect((await look()).found).toEqual({});
  });

  /** One remedy may lay bare the next: a subscription is stopped, then dropped. */
  async function untilSolved(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      // oxlint-disable-next-line no-await-in-loop -- each round depends on the one before
      const { verdict } = await look();
      if (codesOf(verdict).length === 0) return;
      // oxlint-disable-next-line no-await-in-loop
      for (const finding of findingsOf(verdict)) await runAsPrinted(servers.pair.source, finding);
    }
    expect((await look()).found).toEqual({});
  }
});

describe("extensions:", () => {
  const script = `CREATE TABLE own (a int); CREATE TABLE kept (a int, mine bool);
    INSERT INTO kept VALUES (1, false); SELECT pg_extension_config_dump('kept', 'WHERE mine');`;

  it("of another version, absent, or with rows of their own", async () => {
    const { source, target } = servers.pair;
    await installExtension(source, "semver", "2.0", script);
    await onSource("CREATE EXTENSION semver");
    try {
      expect((await look()).found).toEqual({
        "blocks extension-not-on-target": ["semver 2.0 (database api)"],
      });
      await installExtension(target, "semver", "1.10", "");
      expect((await look()).found).toEqual({
        "warns extension-older-on-target": ["semver 2.0 (database api): 1.10 there"],
      });
      await installExtension(target, "semver", "2.0.1", "");
      expect((await look()).found).toEqual({});
      await onSource("INSERT INTO kept VALUES (2, true)", "INSERT INTO own VALUES (1)");
      await onSource("GRANT SELECT ON own, kept TO doadmin");
      expect((await look()).found).toEqual({
        "warns extension-rows-not-carried": ["api: public.own (extension semver)"],
        "warns extension-rows-not-followed": ["api: public.kept (extension semver)"],
      });
    } finally {
      await onSource("DROP EXTENSION semver");
    }
    expect((await look()).found).toEqual({});
  });

  it("that an online copy or another major version does not take", async () => {
    const { source, target } = servers.pair;
    for (const [name, version] of [
      ["pg_cron", "1.6"],
      ["pg_partman", "4.7.4"],
      ["timescaledb", "2.19"],
    ] as const) {
      await installExtension(source, name, version, "");
      await installExtension(target, name, name === "pg_partman" ? "5.2.4" : version, "");
    }
    await onSource(
      "CREATE EXTENSION pg_cron; CREATE EXTENSION pg_partman; CREATE EXTENSION timescaledb",
    );
    try {
      expect((await look()).found).toEqual({
        "blocks extension-offline-only": ["timescaledb (database api)"],
        "blocks extension-version-not-migrated": ["pg_partman 4.7.4 (database api)"],
        "warns extension-of-one-database": ["pg_cron (database api)"],
      });
    } finally {
      await onSource(
        "DROP EXTENSION pg_cron; DROP EXTENSION pg_partman; DROP EXTENSION timescaledb",
      );
    }
  });
});

it("a disk that the log of a copy may fill is told with the largest tables", async () => {
  const [cluster] = preflight.digitalOcean.state.clusters;
  if (cluster === undefined) throw new Error("no cluster");
  const { storageMib } = cluster.setup;
  await onSource(
    "INSERT INTO public.users SELECT i, 'x' FROM generate_series(2, 2000) i",
    "ANALYZE public.users",
  );
  Object.assign(cluster.setup, { storageMib: 1 });
  try {
    const { verdict, found } = await look();
    expect(found).toEqual({
      "warns source-disk-may-fill": [expect.stringMatching(/^api\.public\.users: \d/)],
    });
    expect(findingsOf(verdict)[0]?.remedy).toContain("--storage-size-mib");
  } finally {
    Object.assign(cluster.setup, { storageMib });
  }
  expect((await look()).found).toEqual({});
});

it("applications' subscriptions write through a freeze, which is why they block", async () => {
  // A read-only default is what the freeze sets; the apply worker of a subscription is not held by it.
  await asSuperuser(
    servers.pair.source,
    { database: "insights", signal: signal() },
    async (client) => {
      await client.query("CREATE TABLE public.fed (id int PRIMARY KEY)");
      await client.query("ALTER DATABASE insights SET default_transaction_read_only = on");
    },
  );
  const { source } = servers.pair;
  try {
    await onSource(
      "CREATE TABLE public.fed (id int PRIMARY KEY)",
      "CREATE PUBLICATION feeding FOR TABLE public.fed",
    );
    await onSource("SELECT pg_create_logical_replication_slot('feeding', 'pgoutput')");
    await asSuperuser(source, { database: "insights", signal: signal() }, async (client) => {
      const { host, port, user, password } = source.superuser;
      await client.query(
        `CREATE SUBSCRIPTION feeding CONNECTION 'host=${host} port=${port} user=${user} password=${password.reveal()} dbname=api' PUBLICATION feeding WITH (create_slot = false, copy_data = false)`,
      );
      await onSource("INSERT INTO public.fed VALUES (1)");
      await expect
        .poll(async () => (await client.query("SELECT FROM public.fed")).rowCount, {
          timeout: 20_000,
        })
        .toBe(1);
      await client.query("DROP SUBSCRIPTION feeding");
    });
  } finally {
    await runAsSuperuser(source, { database: "insights", signal: signal() }, [
      "ALTER DATABASE insights RESET default_transaction_read_only",
      "DROP TABLE public.fed",
    ]);
    await onSource("DROP PUBLICATION IF EXISTS feeding", "DROP TABLE IF EXISTS public.fed");
  }
});
