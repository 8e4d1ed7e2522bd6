/**
 * The freeze on a real PostgreSQL 15 whose `doadmin` is no superuser: who can
 * still log in, write, or be ended, and who is found to have written.
 */
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ProviderError } from "../../src/core/errors.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { asSuperuser, type Role, runAsSuperuser } from "../../src/rehearsal/postgres/index.ts";
import type { World } from "../../src/steps/world.ts";
import { readRoles } from "../../src/steps/target-prepared/roles.ts";
import { observePrepared } from "../../src/steps/target-prepared/observe.ts";
import { settings as prepareSettings } from "../../src/steps/target-prepared/settings.ts";
import { Freezing } from "../support/freeze.ts";
import {
  codesOf,
  contextOf,
  findingsOf,
  startPreflight,
  type Preflight,
} from "../support/preflight.ts";
import { roles, withServers } from "../support/postgres.ts";

const servers = withServers({ sourceSettings: { max_connections: "20" } });
const within = () => AbortSignal.timeout(30_000);

let preflight: Preflight;
let world: World;
let freezing: Freezing;
const clients: Client[] = [];

beforeAll(async () => {
  const { pair } = servers;
  preflight = await startPreflight(pair, [
    { name: "api", roles: ["api_app", "auth_app"] },
    { name: "insights", roles: ["insights_app"] },
  ]);
  world = preflight.world;
  const statements = [
    "CREATE TABLE public.notes (id int PRIMARY KEY, text text)",
    "INSERT INTO public.notes VALUES (1, 'one')",
    "ALTER TABLE public.notes OWNER TO api_app",
    "GRANT SELECT, INSERT, UPDATE ON public.notes TO doadmin",
  ];
  await runAsSuperuser(pair.source, { database: "api", signal: within() }, statements);
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)));
  // Whatever a test left: the next begins with an open source.
  await freezing.thaw();
});

afterAll(async () => {
  await preflight.close();
});

/** A session of an application, by the plain driver. */
async function session(role: Role, database = "api", options?: string): Promise<Client> {
  const { host, port } = servers.pair.source.endpoint({ ...roles.doadmin, database });
  const client = new Client({
    host,
    port,
    database,
    user: role.user,
    password: role.password.reveal(),
    ssl: { ca: servers.pair.authority.ca, servername: "localhost" },
    application_name: "shop",
    ...(options === undefined ? {} : { options }),
  });
  client.on("error", () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

const superuser = () => ({
  user: "postgres",
  password: servers.pair.source.superuser.password,
});

const write = "INSERT INTO public.notes VALUES (pg_catalog.txid_current()::int, 'late')";

const logins = () =>
  world.source.hold(within(), async (client) =>
    Object.fromEntries((await readRoles(client)).map(({ name, login }) => [name, login])),
  );

function satisfied(verdict: Verdict): string {
  if (verdict.is !== "satisfied") throw new Error(JSON.stringify(verdict));
  return verdict.because;
}

describe("log-ins", () => {
  it("of the plan's roles are refused, proven by trying, and given back exactly", async () => {
    freezing = new Freezing(world);
    const app = await session(roles.apiApp);
    const because = satisfied(await freezing.freeze());
    expect(freezing.applied).toEqual(["refuse-writes", "end-sessions"]);
    expect(because).toContain("a log-in of api_app, auth_app, insights_app was refused");
    await expect(app.query("SELECT 1")).rejects.toThrow();
    await expect(session(roles.apiApp)).rejects.toThrow("not permitted to log in");
    expect(await logins()).toMatchObject({ doadmin: true, api_app: false, insights_app: false });
    satisfied(await freezing.thaw());
    expect(await logins()).toMatchObject({ api_app: true, auth_app: true, insights_app: true });
    const back = await session(roles.apiApp);
    expect((await back.query(write)).rowCount).toBe(1);
  });

  it("never travel: the target's roles are made as they were before", async () => {
    freezing = new Freezing(world);
    await freezing.freeze();
    const seen = (notes = freezing.notes) =>
      observePrepared(world, prepareSettings.parse({}), contextOf({ notes }));
    const api = (await seen()).carried.find(({ name }) => name === "api_app");
    expect(api?.login).toBe(true);
    const withoutNote = (await seen([])).carried.find(({ name }) => name === "api_app");
    expect(withoutNote?.login).toBe(false);
  });

  it("of a role that another database uses too stay, and the run is told", async () => {
    freezing = new Freezing(world);
    const elsewhere = await session(roles.authApp, "defaultdb");
    const verdict = await freezing.freeze();
    expect(satisfied(verdict)).toContain("a write in a fresh session of auth_app was refused");
    expect(findingsOf(verdict)).toContainEqual(
      expect.objectContaining({
        code: "logins-not-refused",
        objects: ["role auth_app: it is used in defaultdb as well, outside of the plan"],
      }),
    );
    expect((await elsewhere.query("SELECT 1")).rowCount).toBe(1);
    expect(await logins()).toMatchObject({ auth_app: true, api_app: false });
  });

  it("that the admin may not refuse stay, and so does every one where the plan says so", async () => {
    const { source } = servers.pair;
    // Before PostgreSQL 16 only a superuser alters a role with REPLICATION.
    await runAsSuperuser(source, { signal: within() }, ["ALTER ROLE auth_app REPLICATION"]);
    freezing = new Freezing(world);
    const verdict = await freezing.freeze();
    await runAsSuperuser(source, { signal: within() }, ["ALTER ROLE auth_app NOREPLICATION"]);
    expect(findingsOf(verdict)[0]?.objects).toEqual([
      "role auth_app: the admin may not alter it (42501)",
    ]);
    await freezing.thaw();
    freezing = new Freezing(world, { refuseLogins: false });
    satisfied(await freezing.freeze());
    expect(Object.values(await logins())).not.toContain(false);
  });

  it("that a crash left half refused are refused by the next process, and all given back", async () => {
    freezing = new Freezing(world);
    const first = await freezing.look();
    if (first.is !== "unmet") throw new Error(first.is);
    await freezing.apply(first.actions[0]);
    await runAsSuperuser(servers.pair.source, { signal: within() }, ["ALTER ROLE api_app LOGIN"]);
    satisfied(await freezing.freeze());
    expect(await logins()).toMatchObject({ api_app: false });
    await freezing.thaw();
    expect(await logins()).toMatchObject({ api_app: true, auth_app: true, insights_app: true });
  });
});

describe("a superuser's session, as the provider's monitoring has", () => {
  it("stays, and is told by name; the freeze goes on without it", async () => {
    freezing = new Freezing(world);
    await session(superuser());
    const app = await session(roles.apiApp);
    const verdict = await freezing.freeze();
    satisfied(verdict);
    await expect(app.query("SELECT 1")).rejects.toThrow();
    expect(findingsOf(verdict)).toEqual([
      expect.objectContaining({
        code: "superuser-sessions-stay",
        severity: "warns",
        objects: [expect.stringContaining("shop (postgres")],
      }),
    ]);
  });

  it("that has written is waited for, and does not count as frozen", async () => {
    freezing = new Freezing(world);
    const monitor = await session(superuser());
    await monitor.query("BEGIN");
    await monitor.query(write);
    const verdict = await freezing.freeze();
    expect(verdict).toMatchObject({ is: "waiting", reason: expect.stringContaining("shop") });
    await monitor.query("ROLLBACK");
    satisfied(await freezing.freeze());
  });
});

describe("who writes past the freeze after the comparison began", () => {
  const late = { user: "late_app", password: roles.apiApp.password } as const;

  beforeAll(async () => {
    await runAsSuperuser(servers.pair.source, { database: "api", signal: within() }, [
      `CREATE ROLE late_app LOGIN PASSWORD '${late.password.reveal()}'`,
      "GRANT late_app TO doadmin",
      "GRANT INSERT, SELECT, TRUNCATE ON public.notes TO late_app",
    ]);
  });

  async function frozenAndCompared(): Promise<void> {
    freezing = new Freezing(world);
    satisfied(await freezing.freeze());
    await freezing.countWrites();
    expect(satisfied(await freezing.look())).toContain("nothing was written since");
  }

  it.each([
    [
      "by SET",
      async (client: Client) =>
        void (await client.query("SET default_transaction_read_only = off")),
    ],
    [
      "by BEGIN READ WRITE",
      async (client: Client) => void (await client.query("BEGIN READ WRITE")),
    ],
  ])("is found %s, while its session lives and counts nothing yet", async (_, open) => {
    await frozenAndCompared();
    const client = await session(late);
    await open(client);
    await client.query(write);
    await client.query("COMMIT");
    const verdict = await freezing.freeze();
    expect(freezing.applied).toContain("end-late-sessions");
    expect(codesOf(verdict)).toEqual(["blocks written-past-the-freeze"]);
    expect(findingsOf(verdict)[0]?.message).toContain("1 row was written");
  });

  it.each([
    ["a startup option", "INSERT INTO public.notes VALUES (-1, 'x')"],
    ["a truncation", "TRUNCATE public.notes"],
    ["a table", "CREATE TEMP TABLE t (a int); CREATE TABLE public.more (a int)"],
    [
      "a large object, which no read-only default refuses before 16",
      "SELECT lo_from_bytea(0, 'x')",
    ],
  ])("is found by %s, though its session has ended", async (what, sql) => {
    await frozenAndCompared();
    const { source } = servers.pair;
    const as = what === "a table" ? superuser() : late;
    const client = await session(as, "api", "-c default_transaction_read_only=off");
    await client.query(sql);
    await client.end();
    expect(codesOf(await freezing.freeze())).toEqual(["blocks written-past-the-freeze"]);
    await runAsSuperuser(source, { database: "api", signal: within() }, [
      "DROP TABLE IF EXISTS public.more",
    ]);
  });

  it("is ended while it writes, which leaves nothing written", async () => {
    await frozenAndCompared();
    const client = await session(late);
    await client.query("BEGIN READ WRITE");
    await client.query("SELECT pg_catalog.txid_current()");
    satisfied(await freezing.freeze());
    expect(freezing.applied).toContain("end-late-sessions");
    await expect(client.query("COMMIT")).rejects.toThrow();
  });

  it("is not taken for one who reads, nor for ids given out elsewhere, nor for our own marker", async () => {
    await frozenAndCompared();
    const reader = await session(late);
    await reader.query("SELECT * FROM public.notes");
    await asSuperuser(servers.pair.source, { signal: within() }, (client) =>
      client.query("CREATE TABLE elsewhere AS SELECT 1; DROP TABLE elsewhere"),
    );
    await runAsSuperuser(servers.pair.source, { database: "api", signal: within() }, ["ANALYZE"]);
    satisfied(await freezing.freeze());
    // A session that may not have counted yet is asked to, by ending it; once.
    expect(freezing.applied.filter((id) => id === "end-late-sessions")).toHaveLength(1);
    expect(satisfied(await freezing.look())).toContain("nothing was written since");
  });

  it("after the point of no return no longer stops the run, and is told", async () => {
    await frozenAndCompared();
    const client = await session(late, "api", "-c default_transaction_read_only=off");
    await client.query(write);
    await client.end();
    const verdict = await freezing.look({ crossed: true });
    satisfied(verdict);
    expect(codesOf(verdict)).toContain("warns written-past-the-freeze");
  });
});

describe("a server without a free slot at the thaw", () => {
  it("is thawed over the connection that was held since before the freeze", async () => {
    // Logs in as the admin, so that nobody can refuse it.
    freezing = new Freezing(world);
    satisfied(await freezing.freeze());
    const crowd = await fillSlots();
    await expect(
      world.source.use("api", { signal: within() }, () => Promise.resolve()),
    ).rejects.toThrow(ProviderError);
    const began = performance.now();
    satisfied(await freezing.thaw());
    expect(performance.now() - began).toBeLessThan(3_000);
    // Those that began read-only were ended, so that they come back writable.
    await expect(crowd.at(-1)?.query("SELECT 1")).rejects.toThrow();
  });

  it("gives a new process the next slot that is free", async () => {
    freezing = new Freezing(world);
    satisfied(await freezing.freeze());
    const crowd = await fillSlots();
    const other = await startPreflight(servers.pair, [
      { name: "api", roles: ["api_app", "auth_app"] },
      { name: "insights", roles: ["insights_app"] },
    ]);
    try {
      const undoing = new Freezing(other.world);
      undoing.notes.push(...freezing.notes);
      const thawed = undoing.thaw();
      await crowd[0]?.end();
      satisfied(await thawed);
      freezing = undoing;
    } finally {
      await other.close();
    }
  });

  async function fillSlots(): Promise<readonly Client[]> {
    const crowd: Client[] = [];
    for (;;) {
      try {
        crowd.push(await session(roles.doadmin));
      } catch (error) {
        expect((error as { code?: string }).code).toBe("53300");
        return crowd;
      }
    }
  }
});
