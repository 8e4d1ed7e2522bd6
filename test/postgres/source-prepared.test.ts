/** What the tool may change on the source: done once, put back exactly, and nobody waits behind it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ProviderError } from "../../src/core/errors.ts";
import { asSuperuser, runAsSuperuser } from "../../src/rehearsal/postgres/index.ts";
import { sourcePrepared } from "../../src/steps/source-prepared/index.ts";
import { type KindLoop, kindLoop } from "../support/kind-loop.ts";
import { withServers } from "../support/postgres.ts";
import { codesOf, findingsOf, type Preflight, startPreflight } from "../support/preflight.ts";

const servers = withServers();
const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const tables = ["plain", "mute", "by_index", 'odd "n".ame'];
const named = tables.map((table) => `api.public.${table}`);

let preflight: Preflight;
let loop: KindLoop;

const onApi = (...statements: readonly string[]): Promise<void> =>
  runAsSuperuser(servers.pair.source, { database: "api", signal: signal() }, statements);

const preparing = (replicaIdentityFull: readonly string[]): KindLoop =>
  kindLoop(sourcePrepared, preflight.world, { replicaIdentityFull: [...replicaIdentityFull] });

/** Table to identity, as the catalog has them. */
async function identities(): Promise<{ readonly [table: string]: string }> {
  return asSuperuser(servers.pair.source, { database: "api", signal: signal() }, async (client) => {
    const { rows } = await client.query<{ name: string; identity: string }>(
      `SELECT c.relname AS name, c.relreplident::text || COALESCE(' ' || (SELECT indexrelid::regclass::text FROM pg_index i
         WHERE i.indrelid = c.oid AND i.indisreplident), '') AS identity
       FROM pg_class c WHERE c.relname = ANY ($1) ORDER BY 1`,
      [tables],
    );
    return Object.fromEntries(rows.map(({ name, identity }) => [name, identity]));
  });
}

beforeAll(async () => {
  preflight = await startPreflight(servers.pair, [{ name: "api", roles: ["api_app"] }], {}, [
    { id: "source-prepared", kind: "source-prepared", replicaIdentityFull: named },
  ]);
});
afterAll(() => preflight?.close());

beforeEach(async () => {
  await onApi(
    "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO public",
    "CREATE TABLE public.plain (a int, b text)",
    "CREATE TABLE public.mute (id int PRIMARY KEY); ALTER TABLE public.mute REPLICA IDENTITY NOTHING",
    "CREATE TABLE public.by_index (id int NOT NULL, CONSTRAINT by_index_key UNIQUE (id))",
    "ALTER TABLE public.by_index REPLICA IDENTITY USING INDEX by_index_key",
    'CREATE TABLE public."odd ""n"".ame" (a int)',
    ...tables.map(
      (table) => `ALTER TABLE public."${table.replaceAll('"', '""')}" OWNER TO api_app`,
    ),
  );
  loop = preparing(named);
});

describe("replica identity FULL", () => {
  const before = { plain: "d", mute: "n", by_index: "i by_index_key", 'odd "n".ame': "d" };

  it("is given once, and put back exactly", async () => {
    expect(await identities()).toEqual(before);
    const { applied, verdict } = await loop.pursue();
    expect(applied).toEqual(named.map((name) => `replica-identity-full ${name}`).toSorted());
    expect(verdict).toMatchObject({
      is: "satisfied",
      because: "4 tables of the source are followed by the whole row",
    });
    expect(new Set(Object.values(await identities()))).toEqual(new Set(["f"]));

    const undone = await loop.pursue("undo");
    expect(undone.applied).toHaveLength(4);
    expect(undone.verdict.is).toBe("satisfied");
    expect(await identities()).toEqual(before);
    expect((await loop.pursue("undo")).applied).toEqual([]);
  });

  it("from before the run is left as it is", async () => {
    await onApi("ALTER TABLE public.plain REPLICA IDENTITY FULL");
    await loop.pursue();
    await loop.pursue("undo");
    expect(await identities()).toEqual({ ...before, plain: "f" });
  });

  it("that was announced and never given, or given otherwise since, is not put back", async () => {
    await loop.pursue();
    await onApi(
      "ALTER TABLE public.mute REPLICA IDENTITY DEFAULT",
      "ALTER TABLE public.plain REPLICA IDENTITY DEFAULT",
      "DROP TABLE public.by_index",
    );
    expect((await loop.pursue("undo")).applied).toEqual([
      'replica-identity-back api.public.odd "n".ame',
    ]);
    expect(await identities()).toEqual({ plain: "d", mute: "d", 'odd "n".ame': "d" });
  });

  it("is what the checks take for followed; what FULL would not do for is named", async () => {
    expect(codesOf(await preflight.look())).toEqual([]);
    await onApi("ALTER TABLE public.plain ADD COLUMN doc json");
    const verdict = await preflight.look();
    expect(codesOf(verdict)).toEqual(["blocks replica-identity-incomparable"]);
    expect(findingsOf(verdict)[0]?.objects).toEqual(["api.public.plain"]);
    const { world } = preflight;
    const silent = { ...world, settingsOfKind: () => [] };
    expect(codesOf(await preflight.look({}, {}, silent))).toEqual([
      "blocks replica-identity-missing",
    ]);
  });

  it("is refused where it cannot be given, before anything is changed", async () => {
    await onApi(
      "CREATE VIEW public.looked AS SELECT 1 AS a",
      "CREATE TABLE public.parts (a int) PARTITION BY LIST (a)",
      "CREATE TABLE public.theirs (a int)",
      "CREATE TABLE public.documents (doc json)",
      "ALTER TABLE public.documents OWNER TO api_app; ALTER TABLE public.parts OWNER TO api_app",
    );
    const names = ["looked", "parts", "theirs", "documents", "absent", "plain"];
    const refused = preparing([...names.map((name) => `api.public.${name}`), "elsewhere.public.t"]);
    const { applied, verdict } = await refused.pursue();
    expect(applied).toEqual([]);
    expect(findingsOf(verdict).map(({ code, objects }) => [code, ...(objects ?? [])])).toEqual([
      ["prepared-table-missing", "api.public.absent", "elsewhere.public.t"],
      ["prepared-table-partitioned", "api.public.parts"],
      ["prepared-not-a-table", "api.public.looked"],
      ["table-owner-out-of-reach", "api.public.looked", "api.public.theirs"],
      ["replica-identity-incomparable", "api.public.documents (doc)"],
    ]);
  });
});

describe("while others use a table", () => {
  it("nobody queues: the change is given up at once, tells who has it, and is made later", async () => {
    await asSuperuser(
      servers.pair.source,
      { database: "api", signal: signal() },
      async (client) => {
        await client.query("BEGIN");
        await client.query("SELECT FROM public.plain");
        const began = performance.now();
        const error: unknown = await preparing(["api.public.plain"])
          .pursue()
          .catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(ProviderError);
        // The session's own limit is 10 s: for so long everybody else would wait behind it.
        expect(performance.now() - began).toBeLessThan(8000);
        expect(error).toMatchObject({ code: "55P03", retryable: true });
        expect((error as Error).message).toMatch(/in use by pid \d+ \(role postgres, for \d+ s\)/);
        // Not queued behind the attempt, which would hold this up until the transaction ends.
        await onApi("SELECT FROM public.plain");
        await client.query("COMMIT");
      },
    );
    expect((await identities())["plain"]).toBe("d");
    expect((await loop.pursue()).verdict.is).toBe("satisfied");
  });

  it("it keeps FULL for as long as a new publication has it, as the applications need it", async () => {
    const full = preparing(["api.public.plain"]);
    await full.pursue();
    await onApi(
      "CREATE PUBLICATION followed FOR TABLE public.plain",
      "INSERT INTO public.plain VALUES (1)",
    );
    const { applied, verdict } = await full.pursue("undo");
    expect(applied).toEqual([]);
    expect(verdict).toMatchObject({
      is: "waiting",
      reason: expect.stringContaining("while the publication followed has it"),
    });
    await onApi("UPDATE public.plain SET a = 2");
    await onApi("DROP PUBLICATION followed");
    expect((await full.pursue("undo")).applied).toEqual(["replica-identity-back api.public.plain"]);
    expect((await identities())["plain"]).toBe("d");
  });
});
