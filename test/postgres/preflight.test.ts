/** The checks before a migration: nothing to find on a good source, and every planted problem found, then gone. */
import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asSuperuser, runAsSuperuser } from "../../src/rehearsal/postgres/index.ts";
import { loadFile, loadGenerated } from "../../src/rehearsal/sample/index.ts";
import { createPostgresTools } from "../../src/providers/postgres-tools/index.ts";
import type { World } from "../../src/steps/world.ts";
import { roles, withServers } from "../support/postgres.ts";
import { codesOf, findingsOf, type Preflight, startPreflight } from "../support/preflight.ts";

const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const servers = withServers({
  databases: [
    { name: "api" },
    { name: "insights" },
    { name: "opensauced", owner: "api_app" },
    { name: "pagila", owner: "api_app" },
    { name: "employee", owner: "api_app" },
  ],
  sourceSettings: { max_prepared_transactions: "5" },
});
const databases = [
  { name: "api", roles: ["api_app", "auth_app"] },
  { name: "insights", roles: ["insights_app"] },
];
/** The generated data has these without a key. */
const acceptInsertOnly = [
  "api.public.maintainers",
  "insights.public.measurements_0",
  "insights.public.measurements_1",
];

let preflight: Preflight;

beforeAll(async () => {
  await loadGenerated(servers.pair.source, { rows: 2000, seed: 1, signal: signal() });
  // They are something to know; see preflight-objects.test.ts.
  await onSource("api", "DROP MATERIALIZED VIEW public.top_contributors");
  await onSource("insights", "DROP MATERIALIZED VIEW reports.summary");
  preflight = await startPreflight(servers.pair, databases);
});
afterAll(() => preflight?.close());

async function onSource(database: string, ...statements: readonly string[]): Promise<void> {
  await runAsSuperuser(servers.pair.source, { database, signal: signal() }, statements);
}

async function slots(): Promise<readonly unknown[]> {
  return asSuperuser(servers.pair.source, { signal: signal() }, async (client) => {
    return (await client.query("SELECT slot_name FROM pg_replication_slots")).rows;
  });
}

describe("a good source", () => {
  it("has nothing to be found, and replication is proven", async () => {
    const verdict = await preflight.look({ acceptInsertOnly, trustedSources: ["127.0.0.1"] });
    expect(codesOf(verdict)).toEqual([]);
    expect(verdict).toMatchObject({
      is: "satisfied",
      because: expect.stringMatching(/^\d\d checks passed .*proven by a temporary slot/),
    });
    expect(await slots()).toEqual([]);
  });

  it("is asked for no slot by a preview", async () => {
    const verdict = await preflight.look({ acceptInsertOnly }, { preview: true });
    expect(verdict).toMatchObject({
      is: "satisfied",
      because: expect.stringContaining("will be tried when the step runs"),
    });
  });

  it("has its table without a key named unless the plan accepts it, and offline needs none", async () => {
    const verdict = await preflight.look();
    expect(verdict.is).toBe("blocked");
    expect(findingsOf(verdict)).toEqual([
      expect.objectContaining({
        code: "replica-identity-missing",
        severity: "blocks",
        objects: acceptInsertOnly,
        remedy: expect.stringContaining(
          'ALTER TABLE "public"."maintainers" REPLICA IDENTITY FULL;',
        ) as string,
      }),
    ]);
    expect(codesOf(await preflight.look({ mode: "offline" }))).toEqual([]);
  });

  it.for(["opensauced", "pagila", "employee"])("so it is with %s.sql", async (name, { skip }) => {
    const file = path.resolve(import.meta.dirname, "../../../shared/databases", `${name}.sql`);
    if (!existsSync(file)) skip(`${name}.sql is not beside the checkout`);
    await loadFile(servers.pair.source, {
      database: name,
      file,
      owner: "api_app",
      admin: "doadmin",
      signal: signal(),
    });
    const other = await startPreflight(servers.pair, [{ name, roles: ["api_app"] }]);
    const accept = name === "opensauced" ? ["opensauced.public.maintainers"] : [];
    try {
      const verdict = await other.look({ acceptInsertOnly: accept });
      expect(findingsOf(verdict)).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

interface Planted {
  readonly plant: readonly string[];
  readonly remove: readonly string[];
  /** With their severity. */
  readonly finds: readonly string[];
  readonly objects: readonly string[];
  readonly online?: true;
}

const inApi: { readonly [what: string]: Planted } = {
  "a table whose owner the admin is not a member of": {
    plant: [
      "CREATE ROLE stranger",
      "CREATE TABLE public.theirs (id int PRIMARY KEY)",
      "ALTER TABLE public.theirs OWNER TO stranger",
    ],
    remove: ["DROP TABLE public.theirs", "DROP ROLE stranger"],
    finds: ["blocks table-owner-out-of-reach"],
    objects: ["api.public.theirs"],
  },
  "a table that the admin may not read": {
    plant: [
      "CREATE ROLE apart; GRANT apart TO doadmin; ALTER ROLE doadmin NOINHERIT",
      "CREATE TABLE public.closed (id int PRIMARY KEY)",
      "ALTER TABLE public.closed OWNER TO apart; ALTER ROLE doadmin INHERIT",
      "REVOKE SELECT ON public.closed FROM apart",
    ],
    remove: ["DROP TABLE public.closed", "DROP ROLE apart"],
    finds: ["blocks table-not-readable"],
    objects: ["api.public.closed"],
  },
  "a sequence in a schema that the admin may not use": {
    plant: [
      "CREATE SCHEMA hidden",
      "CREATE SEQUENCE hidden.numbers",
      "ALTER SEQUENCE hidden.numbers OWNER TO doadmin",
    ],
    remove: ["DROP SCHEMA hidden CASCADE"],
    finds: ["blocks table-not-readable"],
    objects: ["api.hidden.numbers"],
  },
  "row security that applies to the admin": {
    plant: [
      "CREATE TABLE public.private (id int PRIMARY KEY)",
      "ALTER TABLE public.private OWNER TO api_app",
      "ALTER TABLE public.private ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    ],
    remove: ["DROP TABLE public.private"],
    finds: ["blocks row-security-hides-rows"],
    objects: ["api.public.private"],
  },
  "replica identity NOTHING, whatever the key": {
    plant: [
      "CREATE TABLE public.mute (id int PRIMARY KEY)",
      "ALTER TABLE public.mute OWNER TO api_app",
      "ALTER TABLE public.mute REPLICA IDENTITY NOTHING",
    ],
    remove: ["DROP TABLE public.mute"],
    finds: ["blocks replica-identity-missing"],
    objects: ["api.public.mute"],
    online: true,
  },
  "a whole row as identity, with values that cannot be compared": {
    plant: [
      "CREATE DOMAIN public.places AS point[]",
      "CREATE TABLE public.shapes (id int, at public.places, name varchar, tags text[], bits varbit)",
      'CREATE TABLE public.fine (name varchar, tags text[], at tstzrange, j jsonb, n cidr, c "char", m xid8)',
      "ALTER TABLE public.shapes OWNER TO api_app; ALTER TABLE public.fine OWNER TO api_app",
      "ALTER TABLE public.shapes REPLICA IDENTITY FULL; ALTER TABLE public.fine REPLICA IDENTITY FULL",
    ],
    remove: ["DROP TABLE public.shapes, public.fine", "DROP DOMAIN public.places"],
    finds: ["blocks replica-identity-incomparable"],
    objects: ["api.public.shapes"],
    online: true,
  },
  "a primary key that is checked late": {
    plant: [
      "CREATE TABLE public.late (id int PRIMARY KEY DEFERRABLE)",
      "ALTER TABLE public.late OWNER TO api_app",
    ],
    remove: ["DROP TABLE public.late"],
    finds: ["blocks replica-identity-missing"],
    objects: ["api.public.late"],
    online: true,
  },
  "an unlogged table": {
    plant: [
      "CREATE UNLOGGED TABLE public.cache (k text)",
      "ALTER TABLE public.cache OWNER TO api_app",
    ],
    remove: ["DROP TABLE public.cache"],
    finds: ["warns unlogged-tables"],
    objects: ["api.public.cache"],
    online: true,
  },
  "a foreign table": {
    plant: [
      "CREATE FOREIGN DATA WRAPPER nowhere",
      "CREATE SERVER far FOREIGN DATA WRAPPER nowhere",
      "CREATE FOREIGN TABLE public.far_away (id int) SERVER far",
    ],
    remove: ["DROP FOREIGN DATA WRAPPER nowhere CASCADE"],
    finds: ["blocks superuser-objects", "warns foreign-tables"],
    objects: ["api.public.far_away", "api: foreign data wrapper nowhere"],
  },
  "a large object": {
    plant: ["SELECT lo_create(4711)", "ALTER LARGE OBJECT 4711 OWNER TO api_app"],
    remove: ["SELECT lo_unlink(4711)"],
    finds: ["warns large-objects"],
    objects: ["database api: 1 large objects"],
    online: true,
  },
  "an event trigger": {
    plant: [
      "CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
      "CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION public.watch()",
    ],
    remove: ["DROP EVENT TRIGGER watching", "DROP FUNCTION public.watch()"],
    finds: ["warns event-triggers"],
    objects: ["api: watching"],
  },
  "a collation of its own": {
    plant: ["CREATE COLLATION public.odd (locale = 'C')"],
    remove: ["DROP COLLATION public.odd"],
    finds: ["blocks own-collations"],
    objects: ["api: public.odd"],
  },
  "what only a superuser may create, and casts; not what comes with a type of one's own": {
    plant: [
      "CREATE FUNCTION public.inside(int, int) RETURNS bool LANGUAGE internal AS 'int4eq'",
      "CREATE FUNCTION public.tight(int) RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT $1'",
      "CREATE OPERATOR FAMILY public.odd USING btree",
      "CREATE TYPE public.unfinished",
      "CREATE TYPE public.stretch AS RANGE (subtype = float8)",
      "CREATE TYPE public.mood AS ENUM ('good'); CREATE TYPE public.two AS (a int, b public.mood)",
      "CREATE FUNCTION public.as_int(public.mood) RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "CREATE CAST (public.mood AS int) WITH FUNCTION public.as_int(public.mood)",
    ],
    remove: [
      "DROP FUNCTION public.inside, public.tight",
      "DROP OPERATOR FAMILY public.odd USING btree",
      "DROP TYPE public.mood CASCADE",
      "DROP TYPE public.two, public.unfinished, public.stretch",
    ],
    finds: ["blocks own-casts", "blocks superuser-objects"],
    objects: [
      "api: cast (public.mood AS integer)",
      "api: function public.inside(integer,integer)",
      "api: function public.tight(integer)",
      "api: operator family public.odd USING btree",
      "api: type public.unfinished",
    ],
  },
  "a generated column whose parent's is not": {
    plant: [
      "CREATE TABLE public.plain (a int PRIMARY KEY, b int)",
      "CREATE TABLE public.child (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a * 2) STORED) INHERITS (public.plain)",
      "ALTER TABLE public.plain OWNER TO api_app; ALTER TABLE public.child OWNER TO api_app",
    ],
    remove: ["DROP TABLE public.child, public.plain"],
    finds: ["blocks generated-column-of-child"],
    objects: ["api.public.child.b"],
  },
  "extensions that Azure lacks, and one that its service does not carry": {
    plant: ["CREATE EXTENSION refint", "CREATE EXTENSION postgres_fdw"],
    remove: ["DROP EXTENSION refint", "DROP EXTENSION postgres_fdw"],
    finds: ["blocks extension-not-migrated", "blocks extension-not-offered"],
    objects: ["postgres_fdw (database api)", "refint (database api)"],
  },
  "a database that the admin cannot change": {
    plant: [
      "REVOKE CREATE ON DATABASE api FROM api_app",
      "CREATE ROLE lord",
      "ALTER DATABASE api OWNER TO lord",
    ],
    remove: [
      "ALTER DATABASE api OWNER TO doadmin",
      "DROP ROLE lord",
      "GRANT CREATE ON DATABASE api TO api_app",
    ],
    finds: ["blocks create-on-database-missing", "blocks database-owner-out-of-reach"],
    objects: ["database api"],
  },
  "a read-only default of the database": {
    plant: ["ALTER DATABASE api SET default_transaction_read_only = on"],
    remove: ["ALTER DATABASE api RESET default_transaction_read_only"],
    finds: ["blocks source-read-only"],
    objects: ["database api: role api_app, auth_app"],
  },
  "a read-only default of one role": {
    plant: ["ALTER ROLE auth_app SET default_transaction_read_only = on"],
    remove: ["ALTER ROLE auth_app RESET default_transaction_read_only"],
    finds: ["blocks source-read-only"],
    objects: ["database api: role auth_app"],
  },
  "a slot that nobody reads": {
    plant: ["SELECT pg_create_logical_replication_slot('forgotten', 'test_decoding')"],
    remove: ["SELECT pg_drop_replication_slot('forgotten')"],
    finds: ["warns inactive-slots"],
    objects: ["forgotten (api)"],
    online: true,
  },
  "a right to replicate that is missing": {
    plant: ["ALTER ROLE doadmin NOREPLICATION"],
    remove: ["ALTER ROLE doadmin REPLICATION"],
    finds: ["blocks replication-right-missing"],
    objects: [],
    online: true,
  },
  "an application role whose sessions nobody but a superuser ends": {
    plant: ["ALTER ROLE auth_app SUPERUSER"],
    remove: ["ALTER ROLE auth_app NOSUPERUSER"],
    finds: ["blocks sessions-cannot-be-ended"],
    objects: ["role auth_app (superuser)"],
  },
  "sessions that cannot be seen": {
    plant: ["REVOKE pg_monitor FROM doadmin"],
    remove: ["GRANT pg_monitor TO doadmin"],
    finds: ["warns sessions-not-visible"],
    objects: [],
  },
};

describe("a planted problem is found, and then gone:", () => {
  it.for(Object.entries(inApi))("%s", async ([, { plant, remove, finds, objects, online }]) => {
    await onSource("api", ...plant);
    try {
      const verdict = await preflight.look({ acceptInsertOnly });
      expect(codesOf(verdict)).toEqual(finds);
      const named = new Set(findingsOf(verdict).flatMap((finding) => finding.objects ?? []));
      expect([...named].toSorted()).toEqual(objects);
      const offline = codesOf(await preflight.look({ acceptInsertOnly, mode: "offline" }));
      expect(offline).toEqual(online === true ? [] : finds);
    } finally {
      await onSource("api", ...remove);
    }
    expect(codesOf(await preflight.look({ acceptInsertOnly }))).toEqual([]);
  });
});

/** What is found besides nothing, with the world or the plan changed. */
async function found(...looked: Parameters<Preflight["look"]>): Promise<readonly string[]> {
  const [given, ...rest] = looked;
  return codesOf(await preflight.look({ acceptInsertOnly, ...given }, ...rest));
}

describe("who gets in:", () => {
  async function withEnvironment(
    environment: { readonly [name: string]: string },
    planned = databases,
  ) {
    const other = await startPreflight(servers.pair, planned, environment);
    try {
      const names = planned.map(({ name }) => `${name}.`);
      return await other.look({
        acceptInsertOnly: acceptInsertOnly.filter((table) =>
          names.some((name) => table.startsWith(name)),
        ),
      });
    } finally {
      await other.close();
    }
  }

  it("a wrong password of an application role blocks, and hides nothing else", async () => {
    await onSource("api", "CREATE UNLOGGED TABLE public.cache (k text PRIMARY KEY)");
    await onSource("api", "ALTER TABLE public.cache OWNER TO api_app");
    try {
      const verdict = await withEnvironment({ auth_app: "wrong-canary" });
      expect(codesOf(verdict)).toEqual(["blocks source-login-refused", "warns unlogged-tables"]);
      expect(findingsOf(verdict)[0]).toMatchObject({ objects: ["role auth_app in database api"] });
      expect(JSON.stringify(verdict)).not.toContain("wrong-canary");
    } finally {
      await onSource("api", "DROP TABLE public.cache");
    }
  });

  it("a wrong password of the source's admin is one finding, and the roles still got in", async () => {
    const verdict = await withEnvironment({ DOADMIN: "wrong" });
    expect(codesOf(verdict)).toEqual(["blocks source-login-refused"]);
    expect(findingsOf(verdict)[0]?.objects).toEqual([
      "the source's server",
      "database api",
      "database insights",
    ]);
  });

  it("a database that a broken DROP DATABASE left, and one that takes no connections", async () => {
    const mark = (limit: number) =>
      onSource("api", `UPDATE pg_database SET datconnlimit = ${limit} WHERE datname = 'insights'`);
    await mark(-2);
    try {
      const verdict = await preflight.look({ acceptInsertOnly });
      expect(codesOf(verdict)).toEqual(["blocks source-database-invalid"]);
      expect(findingsOf(verdict)[0]?.objects).toContain("database insights");
    } finally {
      await mark(-1);
    }
    await onSource("api", "ALTER DATABASE insights ALLOW_CONNECTIONS false");
    try {
      const verdict = await preflight.look({ acceptInsertOnly });
      expect(codesOf(verdict)).toContain("unknown source-unreachable");
    } finally {
      await onSource("api", "ALTER DATABASE insights ALLOW_CONNECTIONS true");
    }
  });

  it("a wrong password of the target's admin", async () => {
    const verdict = await withEnvironment({ AZUREADMIN: "wrong" });
    expect(codesOf(verdict)).toEqual(["blocks target-login-refused"]);
  });

  it("a database that is not there", async () => {
    const planned = [...databases, { name: "absent", roles: ["api_app"] }];
    const verdict = await withEnvironment({}, planned);
    expect(codesOf(verdict)).toEqual(["blocks source-database-missing"]);
    expect(findingsOf(verdict)[0]?.objects).toEqual([
      "database absent",
      "role api_app in database absent",
    ]);
  });

  it("a role that may not connect to its database", async () => {
    const planned = [{ name: "insights", roles: ["insights_app", "auth_app"] }];
    const verdict = await withEnvironment({}, planned);
    expect(codesOf(verdict)).toEqual(["blocks source-login-refused"]);
    expect(findingsOf(verdict)[0]?.objects).toEqual(["role auth_app in database insights"]);
  });
});

it("ends at once when it is stopped, with the reason", async () => {
  const stop = new AbortController();
  const looking = preflight.look({}, { signal: stop.signal });
  stop.abort(new Error("stopped by hand"));
  await expect(looking).rejects.toThrow("stopped by hand");
});

describe("the two servers:", () => {
  it("a target that is down is unknown, and blocks", async () => {
    await servers.pair.target.stop({ mode: "fast" });
    try {
      const verdict = await preflight.look({ acceptInsertOnly });
      // The stand-in for Azure asks the server for its version.
      expect(codesOf(verdict)).toEqual(["unknown azure-unreadable", "unknown target-unreachable"]);
    } finally {
      await servers.pair.target.start({ signal: signal() });
    }
  });

  it("the same server at both ends", async () => {
    const { world } = preflight;
    const target: World["target"] = { ...world.source, label: "target" };
    expect(await found({}, {}, { ...world, target })).toEqual(["blocks same-server"]);
  });

  it("an older server at the target's end", async () => {
    const { world } = preflight;
    const source: World["source"] = {
      ...world.target,
      use: (_database, { role: _role, ...options }, use) =>
        world.target.use("postgres", options, use),
    };
    const target: World["target"] = { ...world.source, label: "target" };
    const codes = await found({}, {}, { ...world, source, target });
    expect(codes).toContain("blocks version-downgrade");
    expect(codes).toContain("blocks wal-level-not-logical");
  });
});

describe("what is open on the source:", () => {
  it("a transaction for too long is named", async () => {
    await asSuperuser(
      servers.pair.source,
      { database: "insights", signal: signal() },
      async (client) => {
        await client.query("BEGIN; SELECT 1 FROM public.scores LIMIT 1");
        const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
        expect(await found()).toEqual([]);
        const verdict = await preflight.look({ acceptInsertOnly, longTransaction: 0 });
        expect(codesOf(verdict)).toEqual(["warns long-transactions"]);
        expect(findingsOf(verdict)[0]?.objects).toEqual([
          expect.stringContaining(`pid ${rows[0]?.pid}: role postgres in insights`),
        ]);
        await client.query("COMMIT");
      },
    );
    expect(await found({ longTransaction: 0 })).toEqual([]);
  });

  it("a prepared transaction is named, and the proof waits for it in vain", async () => {
    await onSource("api", "BEGIN; SELECT 1; PREPARE TRANSACTION 'left behind'");
    try {
      expect(await found()).toEqual([
        "unknown replication-not-proven",
        "warns prepared-transactions",
      ]);
      expect(await found({}, { preview: true })).toEqual(["warns prepared-transactions"]);
    } finally {
      await onSource("api", "ROLLBACK PREPARED 'left behind'");
    }
    expect(await found()).toEqual([]);
  });

  it("a transaction that has written holds up the proof, which is then unknown", async () => {
    await onSource("api", "CREATE TABLE public.held (id int PRIMARY KEY)");
    await onSource("api", "ALTER TABLE public.held OWNER TO doadmin");
    try {
      await asSuperuser(
        servers.pair.source,
        { database: "api", signal: signal() },
        async (client) => {
          await client.query("BEGIN; INSERT INTO public.held VALUES (1)");
          const verdict = await preflight.look({ acceptInsertOnly });
          expect(codesOf(verdict)).toEqual(["unknown replication-not-proven"]);
          expect(findingsOf(verdict)[0]?.message).toContain("waits for every open transaction");
          await client.query("ROLLBACK");
        },
      );
      expect(await slots()).toEqual([]);
      expect(await found()).toEqual([]);
    } finally {
      await onSource("api", "DROP TABLE public.held");
    }
  });
});

describe("DigitalOcean:", () => {
  it("trusted sources that are missing, by address or by range", async () => {
    const trustedSources = ["127.0.0.1", "198.51.100.77", "203.0.113.5"];
    const verdict = await preflight.look({ acceptInsertOnly, trustedSources });
    expect(codesOf(verdict)).toEqual(["blocks trusted-source-missing"]);
    expect(findingsOf(verdict)[0]?.objects).toEqual(["203.0.113.5"]);
  });

  it("a cluster without any is open to the world", async () => {
    const [cluster] = preflight.digitalOcean.state.clusters;
    if (cluster === undefined) throw new Error("no cluster");
    const { rules } = cluster;
    cluster.rules = [];
    try {
      expect(await found({ trustedSources: ["127.0.0.1"] })).toEqual([
        "warns cluster-open-to-the-world",
      ]);
    } finally {
      cluster.rules = rules;
    }
  });

  it("a cluster that is being resized, and one with an update due", async () => {
    const [cluster] = preflight.digitalOcean.state.clusters;
    if (cluster === undefined) throw new Error("no cluster");
    preflight.digitalOcean.faults.on("cluster-not-online");
    cluster.maintenance = { ...cluster.maintenance, pending: true };
    try {
      expect(await found()).toEqual(["blocks cluster-not-online", "warns maintenance-pending"]);
    } finally {
      preflight.digitalOcean.faults.off("cluster-not-online");
      cluster.maintenance = { ...cluster.maintenance, pending: false };
    }
    expect(await found()).toEqual([]);
  });

  it("an API that refuses the token is unknown, and the databases are still looked at", async () => {
    preflight.digitalOcean.faults.on("token-expired");
    try {
      await onSource("api", "SELECT lo_create(4711)", "ALTER LARGE OBJECT 4711 OWNER TO api_app");
      expect(await found()).toEqual(["unknown digitalocean-unreadable", "warns large-objects"]);
    } finally {
      preflight.digitalOcean.faults.off("token-expired");
      await onSource("api", "SELECT lo_unlink(4711)");
    }
  });
});

describe("Azure:", () => {
  it("high availability, and storage that is too small", async () => {
    preflight.azure.faults.on("high-availability-on");
    preflight.azure.faults.on("storage-too-small");
    try {
      expect(await found()).toEqual(["blocks high-availability-on", "blocks target-storage-short"]);
    } finally {
      preflight.azure.faults.off("high-availability-on");
      preflight.azure.faults.off("storage-too-small");
    }
    expect(await found()).toEqual([]);
  });

  it("an admin who may create nothing and is outside of Azure's group", async () => {
    const { target } = servers.pair;
    const run = (...statements: readonly string[]) =>
      runAsSuperuser(target, { signal: signal() }, statements);
    const { user } = roles.azureAdmin;
    await run(`ALTER ROLE ${user} NOCREATEROLE NOCREATEDB`, `REVOKE azure_pg_admin FROM ${user}`);
    try {
      expect(await found()).toEqual([
        "blocks target-cannot-create-databases",
        "blocks target-cannot-create-roles",
        "warns target-admin-not-in-group",
      ]);
    } finally {
      await run(
        `ALTER ROLE ${user} CREATEROLE CREATEDB`,
        `GRANT azure_pg_admin TO ${user} WITH ADMIN OPTION`,
      );
    }
    expect(await found()).toEqual([]);
  });
});

describe("this machine:", () => {
  it("without PostgreSQL's programs, and with a full disk", async () => {
    const { world } = preflight;
    const postgresTools: World["postgresTools"] = {
      ...createPostgresTools({ path: "", places: [] }),
      freeBytes: async () => 1000,
    };
    const bare = { ...world, postgresTools };
    const settingsOfKind = (kind: string) => (kind === "source-snapshotted" ? [{}] : []);
    const dumping = { ...bare, settingsOfKind };
    const both = ["blocks disk-short", "blocks postgres-tools-missing"];
    expect(await found({ snapshot: true }, {}, dumping)).toEqual(both);
    expect(await found({ snapshot: false }, {}, dumping)).toEqual([]);
    // Nobody dumps: nothing is asked, unless a folder is named for it.
    expect(await found({ snapshot: true }, {}, bare)).toEqual([]);
    expect(await found({ snapshot: true, snapshotFolder: "dumps" }, {}, bare)).toEqual(both);
  });
});
