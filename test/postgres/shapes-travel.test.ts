/**
 * Shapes that look as if they could not be moved, and can: nothing is found on
 * them, an online copy by ordinary roles carries them, and both sides are equal.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { onDatabase } from "../../src/core/endpoint.ts";
import { asSuperuser, runAsSuperuser } from "../../src/rehearsal/postgres/index.ts";
import { accessCarried } from "../../src/steps/access-carried/index.ts";
import { refusedDifferences } from "../../src/steps/access-carried/refused.ts";
import { known } from "../../src/steps/data-equal/accepted.ts";
import { roleNaming } from "../../src/steps/role-map.ts";
import { sourcePrepared } from "../../src/steps/source-prepared/index.ts";
import { compareDatabases } from "../../src/verification/index.ts";
import {
  azureNames,
  type Clients,
  migrationOf,
  startAzure,
  untilMigration,
} from "../support/azure.ts";
import { kindLoop } from "../support/kind-loop.ts";
import { roles, withServers } from "../support/postgres.ts";
import { findingsOf, type Preflight, startPreflight } from "../support/preflight.ts";
import { sideOf } from "../support/verification.ts";

const servers = withServers({ databases: [{ name: "shapes" }] });
const signal = (): AbortSignal => AbortSignal.timeout(100_000);
const { group, server } = azureNames;

const longName = "ñ".repeat(31);
const odd = `"Odd ""x"" é.z"."${longName}"`;

/** What it is, what makes it, and what is done to it while the copy follows. */
const shapes: readonly (readonly [
  what: string,
  plant: readonly string[],
  meanwhile?: readonly string[],
])[] = [
  [
    "a constraint that is not validated, and rows that break it",
    [
      "CREATE TABLE public.unsure (id int PRIMARY KEY, v int)",
      "INSERT INTO public.unsure VALUES (1, -1), (2, -2)",
      "ALTER TABLE public.unsure ADD CONSTRAINT positive CHECK (v > 0) NOT VALID",
      "CREATE TABLE public.orphans (id int PRIMARY KEY, unsure_id int)",
      "INSERT INTO public.orphans VALUES (1, 99)",
      "ALTER TABLE public.orphans ADD FOREIGN KEY (unsure_id) REFERENCES public.unsure NOT VALID",
    ],
    ["DELETE FROM public.unsure WHERE id = 2", "UPDATE public.unsure SET v = 5 WHERE id = 1"],
  ],
  [
    "generated columns",
    [
      "CREATE TABLE public.made (id int PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) STORED)",
      "INSERT INTO public.made VALUES (1, 1)",
    ],
    ["UPDATE public.made SET a = 7", "INSERT INTO public.made VALUES (2, 2)"],
  ],
  [
    "children of a table",
    [
      "CREATE TABLE public.parents (id int PRIMARY KEY, a text)",
      "CREATE TABLE public.children (b text, PRIMARY KEY (id)) INHERITS (public.parents)",
      "INSERT INTO public.parents VALUES (1, 'x'); INSERT INTO public.children VALUES (2, 'y', 'z')",
    ],
    ["UPDATE public.parents SET a = 'q'", "INSERT INTO public.children VALUES (3, 'y', 'z')"],
  ],
  [
    "partitions: attached with columns in another order, and detached",
    [
      "CREATE TABLE public.logs (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
      "CREATE TABLE public.logs_20 PARTITION OF public.logs FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
      "CREATE TABLE public.logs_21 (at date NOT NULL, gone int, id int NOT NULL); ALTER TABLE public.logs_21 DROP COLUMN gone",
      "ALTER TABLE public.logs ATTACH PARTITION public.logs_21 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')",
      "CREATE TABLE public.logs_22 PARTITION OF public.logs FOR VALUES FROM ('2022-01-01') TO ('2023-01-01')",
      "INSERT INTO public.logs VALUES (1, '2020-05-05'), (2, '2021-05-05'), (3, '2022-05-05')",
      "ALTER TABLE public.logs DETACH PARTITION public.logs_22",
    ],
    [
      "UPDATE public.logs SET at = '2021-06-06' WHERE id = 1",
      "INSERT INTO public.logs_22 VALUES (9, '2030-01-01')",
    ],
  ],
  [
    "a domain over an array of an enum",
    [
      "CREATE TYPE public.mood AS ENUM ('sad', 'ok')",
      "CREATE DOMAIN public.moods AS public.mood[] CHECK (cardinality(VALUE) < 5)",
      "CREATE TABLE public.felt (id int PRIMARY KEY, m public.moods)",
      "INSERT INTO public.felt VALUES (1, '{sad,ok}')",
    ],
    ["UPDATE public.felt SET m = '{ok}'", "INSERT INTO public.felt VALUES (2, '{sad}')"],
  ],
  [
    "columns that name tables, types, functions and configurations",
    [
      "CREATE FUNCTION public.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "CREATE TABLE public.named (id int PRIMARY KEY, c regclass, t regtype, p regprocedure, n regnamespace, g regconfig)",
      "INSERT INTO public.named VALUES (1, 'public.named', 'public.mood', 'public.f(int)', 'public', 'english')",
    ],
    [
      "INSERT INTO public.named VALUES (2, 'public.felt', 'int', 'public.f(int)', 'public', 'simple')",
    ],
  ],
  [
    "names that must be quoted, as long as they may be",
    [
      'CREATE SCHEMA "Odd ""x"" é.z" AUTHORIZATION doadmin',
      `CREATE TABLE ${odd} ("Id;--" int PRIMARY KEY, "select" text)`,
      `INSERT INTO ${odd} VALUES (1, 'x')`,
      `CREATE TABLE public."${"x".repeat(63)}" (id serial PRIMARY KEY)`,
      `INSERT INTO public."${"x".repeat(63)}" DEFAULT VALUES`,
    ],
    [`UPDATE ${odd} SET "select" = 'y'`],
  ],
  [
    "a table with 1,600 columns",
    [
      "DO $$ BEGIN EXECUTE 'CREATE TABLE public.wide (id int PRIMARY KEY,' || (SELECT string_agg(format('c%s bool', i), ',') FROM generate_series(1, 1599) i) || ')'; END $$",
      "INSERT INTO public.wide (id, c7) VALUES (1, true)",
    ],
    ["UPDATE public.wide SET c1599 = true"],
  ],
  [
    "operators, aggregates, ranges and statistics of one's own",
    [
      "CREATE FUNCTION public.same(int, text) RETURNS bool LANGUAGE sql AS 'SELECT true'",
      "CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = text, FUNCTION = public.same)",
      "CREATE AGGREGATE public.total (int) (SFUNC = int4pl, STYPE = int)",
      "CREATE TYPE public.span AS RANGE (subtype = float8)",
      "CREATE STATISTICS public.both ON id, a FROM public.made",
    ],
  ],
  [
    "a key with a generated column, where another index is what rows are found by",
    [
      "CREATE TABLE public.doubled (a int NOT NULL, b int GENERATED ALWAYS AS (a * 2) STORED PRIMARY KEY, t text)",
      "CREATE UNIQUE INDEX doubled_a ON public.doubled (a)",
      "ALTER TABLE public.doubled REPLICA IDENTITY USING INDEX doubled_a",
      "INSERT INTO public.doubled VALUES (1, DEFAULT, 'x'), (2, DEFAULT, 'y')",
    ],
    ["UPDATE public.doubled SET t = 'z' WHERE a = 1", "DELETE FROM public.doubled WHERE a = 2"],
  ],
  [
    "a table without a key that is followed by the whole row",
    [
      "CREATE TABLE public.keyless (a int, b text)",
      "INSERT INTO public.keyless VALUES (1, 'a'), (1, 'a'), (2, 'b')",
    ],
    [
      "UPDATE public.keyless SET b = 'c' WHERE a = 2",
      "DELETE FROM public.keyless WHERE ctid = (SELECT min(ctid) FROM public.keyless)",
    ],
  ],
];

const own = `DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT c.oid::regclass AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  LOOP EXECUTE format('ALTER TABLE %s OWNER TO doadmin', r.t); END LOOP; END $$`;

const onSource = (statements: readonly string[]): Promise<void> =>
  runAsSuperuser(servers.pair.source, { database: "shapes", signal: signal() }, statements);

let preflight: Preflight;
let clients: Clients;

beforeAll(async () => {
  const { pair } = servers;
  const full = { replicaIdentityFull: ["shapes.public.keyless"] };
  preflight = await startPreflight(pair, [{ name: "shapes", roles: ["api_app"] }], {}, [
    { id: "source-prepared", kind: "source-prepared", ...full },
  ]);
  clients = await startAzure(pair);
  await onSource([...shapes.flatMap(([, plant]) => plant), own]);
});
afterAll(async () => {
  await preflight?.close();
  await clients?.azure.close();
});

it("nothing is found on them", async () => {
  expect(findingsOf(await preflight.look())).toEqual([]);
});

it("and they are equal on both sides after an online copy, replica identity included", async () => {
  const { pair } = servers;
  const { verdict } = await kindLoop(sourcePrepared, preflight.world, {
    replicaIdentityFull: ["shapes.public.keyless"],
  }).pursue();
  expect(verdict.is).toBe("satisfied");
  await clients.postgres.migrations.create(group, server, "shapes1", migrationOf(pair, ["shapes"]));
  const state = (word: string) =>
    untilMigration(
      clients,
      "shapes1",
      (seen) => ![undefined, word].includes(seen.currentStatus?.state),
      signal(),
    );
  const waiting = await state("InProgress");
  expect([waiting.currentStatus?.state, waiting.currentStatus?.error]).toEqual([
    "WaitingForUserAction",
    undefined,
  ]);
  await onSource(shapes.flatMap(([, , meanwhile = []]) => meanwhile));
  await clients.postgres.migrations.update(group, server, "shapes1", { triggerCutover: "True" });
  const ended = await untilMigration(
    clients,
    "shapes1",
    (seen) => !["InProgress", "WaitingForUserAction"].includes(seen.currentStatus?.state ?? ""),
    signal(),
  );
  expect([ended.currentStatus?.state, ended.currentStatus?.error]).toEqual([
    "Succeeded",
    undefined,
  ]);

  const comparison = await compareDatabases({
    source: sideOf("source", onDatabase(pair.source.superuser, "shapes")),
    target: sideOf("target", onDatabase(pair.target.superuser, "shapes")),
    signal: signal(),
    options: {},
  });
  expect(comparison.differences).toEqual([]);
  expect(comparison.unchecked).toEqual([]);
  expect(comparison.equality).toBe("equal");
  expect(comparison.tables.length).toBeGreaterThan(12);
});

const compare = async () =>
  compareDatabases({
    source: sideOf("source", onDatabase(servers.pair.source.superuser, "shapes")),
    target: sideOf("target", onDatabase(servers.pair.target.superuser, "shapes")),
    signal: signal(),
    options: { roles: roleNaming(preflight.world) },
  });

it("and a role's own settings, for this database and for all, go with them", async () => {
  const { source, target } = servers.pair;
  const { user } = roles.azureAdmin;
  await onSource([
    "ALTER ROLE api_app SET search_path = app, public",
    "ALTER ROLE api_app IN DATABASE shapes SET work_mem = '8MB'",
    `ALTER TABLE ${odd} OWNER TO api_app`,
  ]);
  await runAsSuperuser(target, { signal: signal() }, [
    "CREATE ROLE api_app",
    `GRANT api_app TO ${user} WITH ADMIN TRUE, INHERIT TRUE, SET TRUE`,
  ]);
  const { applied, verdict } = await kindLoop(accessCarried, preflight.world, {}).pursue();
  expect(applied).toEqual(["carry-access shapes"]);
  expect(verdict).toMatchObject({ is: "satisfied", warnings: [] });
  const read = (from: typeof source) =>
    asSuperuser(from, { database: "shapes", signal: signal() }, async (client) => {
      const { rows } = await client.query(
        `SELECT setdatabase = 0 AS everywhere, setconfig, (SELECT tableowner FROM pg_tables WHERE tablename = $1) AS owner
         FROM pg_db_role_setting WHERE setrole = 'api_app'::regrole ORDER BY 1`,
        [longName],
      );
      return rows as unknown[];
    });
  expect(await read(target)).toEqual(await read(source));
});

it("and owners, grants and settings differ until they are carried, and then do not", async () => {
  await onSource([
    "ALTER TABLE public.keyless OWNER TO api_app",
    "ALTER FUNCTION public.same(int, text) OWNER TO api_app",
    'ALTER SCHEMA "Odd ""x"" é.z" OWNER TO api_app',
    "GRANT SELECT, INSERT ON public.made TO api_app; GRANT UPDATE (v) ON public.unsure TO api_app",
    "REVOKE EXECUTE ON FUNCTION public.f(int) FROM PUBLIC; REVOKE USAGE ON TYPE public.mood FROM PUBLIC",
    "GRANT CREATE ON DATABASE shapes TO api_app WITH GRANT OPTION",
    "ALTER DEFAULT PRIVILEGES FOR ROLE doadmin IN SCHEMA public GRANT SELECT ON TABLES TO api_app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE api_app REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    "ALTER DATABASE shapes SET work_mem = '16MB'",
    "CREATE EXTENSION hstore; GRANT EXECUTE ON FUNCTION hstore(text, text) TO api_app",
  ]);
  await runAsSuperuser(servers.pair.target, { database: "shapes", signal: signal() }, [
    "CREATE EXTENSION hstore",
    `GRANT EXECUTE ON FUNCTION hstore(text, text) TO ${roles.azureAdmin.user} WITH GRANT OPTION`,
  ]);
  const before = await compare();
  const codes = new Set(before.differences.map(({ code }) => code));
  expect([...codes].toSorted()).toEqual([
    "default-privilege-missing",
    "function-owner-differs",
    "grant-missing",
    "grant-only-on-target",
    "schema-owner-differs",
    "setting-missing",
    "table-owner-differs",
  ]);
  const { verdict } = await kindLoop(accessCarried, preflight.world, {}).pursue();
  expect(verdict).toMatchObject({ is: "satisfied", warnings: [] });
  expect((await compare()).differences).toEqual([]);
});

it("and what the target refuses is known by the name that a comparison gives it", async () => {
  await onSource([
    "ALTER DATABASE shapes SET log_min_messages = 'error'",
    "ALTER ROLE api_app IN DATABASE shapes SET log_statement = 'ddl'",
    "ALTER ROLE ALL SET idle_in_transaction_session_timeout = '1h'",
    // Who does not own the function is only warned: https://www.postgresql.org/docs/current/sql-revoke.html
    "REVOKE EXECUTE ON FUNCTION hstore(text, text) FROM PUBLIC",
  ]);
  const loop = kindLoop(accessCarried, preflight.world, {});
  const { verdict } = await loop.pursue();
  expect(verdict).toMatchObject({ is: "satisfied", warnings: [{ code: "access-refused" }] });
  const { differences } = await compare();
  expect(differences.map(({ code, object }) => `${code} ${object}`).toSorted()).toEqual([
    'grant-missing PUBLIC on "public"."hstore"(text, text)',
    'setting-missing "idle_in_transaction_session_timeout" of all roles in every database',
    'setting-missing "log_min_messages"',
    'setting-missing "log_statement" of "api_app"',
  ]);
  const knowing = { accept: [], refused: refusedDifferences(loop.notes) };
  expect(new Set(differences.map((each) => known(knowing, "shapes", each)))).toEqual(
    new Set(["refused by the target"]),
  );
});
