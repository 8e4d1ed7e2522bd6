import { describe, expect, it } from "vitest";
import { ProviderError, UnreadableError } from "../../src/core/errors.ts";
import { quoteIdentifier, quoteLiteral } from "../../src/core/identifier.ts";
import { Secret } from "../../src/core/secret.ts";
import {
  connect,
  type Endpoint,
  identity,
  withClient,
} from "../../src/providers/postgres/index.ts";
import { withServers } from "../support/postgres.ts";

const servers = withServers();
const never = new AbortController().signal;
const asSource = { server: "source", signal: never };
const admin = (): Endpoint => servers.pair.sourceAdmin("api");

async function refusal(endpoint: Endpoint, options = asSource): Promise<ProviderError> {
  const error: unknown = await withClient(endpoint, options, async () => "connected").catch(
    (e: unknown) => e,
  );
  if (!(error instanceof ProviderError))
    throw new Error(`expected a ProviderError, got ${String(error)}`);
  return error;
}

describe("sessions", () => {
  it("are read-only unless asked to write, whatever the database's default says", async () => {
    const create = "CREATE TABLE session_probe (a int)";
    await expect(
      withClient(admin(), asSource, (client) => client.query(create)),
    ).rejects.toMatchObject({
      code: "25006",
      system: "PostgreSQL source",
    });
    const options = { ...asSource, write: true };
    await withClient(admin(), options, async (client) => {
      await client.query("ALTER DATABASE api SET default_transaction_read_only = on");
    });
    try {
      await withClient(admin(), options, async (client) => {
        await client.query(create);
        await client.query("DROP TABLE session_probe");
      });
    } finally {
      await withClient(admin(), options, (client) =>
        client.query("ALTER DATABASE api RESET default_transaction_read_only"),
      );
    }
  });

  it("carry the settings given, blanks and backslashes included", async () => {
    const settings = { search_path: 'pg_catalog, "my \\ schema"', DateStyle: "ISO, DMY" };
    const { rows } = await withClient(admin(), { ...asSource, settings }, (client) =>
      client.query(
        "SELECT current_setting('search_path') AS path, current_setting('DateStyle') AS style, current_setting('application_name') AS name",
      ),
    );
    expect(rows).toEqual([
      { path: settings.search_path, style: settings.DateStyle, name: "opensauced-migrate" },
    ]);
  });

  it("hand out values without loss", async () => {
    const { rows } = await withClient(
      admin(),
      { ...asSource, settings: { TimeZone: "Asia/Kolkata" } },
      (client) =>
        client.query(`SELECT 9223372036854775807 AS big, 0.10000000000000000000001::numeric AS exact,
        '2026-03-29 02:30:00.123456'::timestamp AS local, '2026-03-29 02:30:00.123456+00'::timestamptz AS instant,
        '0044-03-15 BC'::date AS ides, 'infinity'::date AS never, '{2026-01-01}'::date[] AS days, '{"a":[1]}'::jsonb AS doc`),
    );
    expect(rows).toEqual([
      {
        big: "9223372036854775807",
        exact: "0.10000000000000000000001",
        local: "2026-03-29 02:30:00.123456",
        instant: "2026-03-29 08:00:00.123456+05:30",
        ides: "0044-03-15 BC",
        never: "infinity",
        days: "{2026-01-01}",
        doc: { a: [1] },
      },
    ]);
  });

  it(
    "end at once when the signal fires, and the server stops the statement",
    { timeout: 20_000 },
    async () => {
      const controller = new AbortController();
      const stopped = withClient(
        admin(),
        { server: "source", signal: controller.signal },
        async (client) => {
          const sleeping = client.query("SELECT pg_sleep(60) /* aborted */");
          setImmediate(() => controller.abort(new Error("SIGINT")));
          await sleeping;
        },
      );
      await expect(stopped).rejects.toThrow("SIGINT");
      await expect
        .poll(
          async () =>
            (
              await withClient(admin(), asSource, (client) =>
                client.query(
                  "SELECT pid FROM pg_stat_activity WHERE query LIKE '%/* aborted */' AND pid <> pg_backend_pid()",
                ),
              )
            ).rowCount,
          { timeout: 10_000 },
        )
        .toBe(0);
    },
  );

  it("say which server went away when it ends the session", async () => {
    const other = await connect(admin(), asSource);
    const killed = withClient(admin(), { ...asSource, server: "target" }, async (client) => {
      const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      await other.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
      await client.query("SELECT 1");
    });
    await expect(killed).rejects.toMatchObject({ system: "PostgreSQL target", retryable: true });
    await other.end();
  });
});

describe("refusals", () => {
  const secret = new Secret("a canary: pässword'");

  it.each([
    ["a wrong password", (e: Endpoint): Endpoint => ({ ...e, password: secret }), "28P01", false],
    [
      "a database that is not there",
      (e: Endpoint): Endpoint => ({ ...e, database: "nope" }),
      "3D000",
      false,
    ],
    [
      "a port where nothing listens",
      (e: Endpoint): Endpoint => ({ ...e, port: 1 }),
      "ECONNREFUSED",
      true,
    ],
    [
      "a CA that is not trusted",
      (e: Endpoint): Endpoint => ({ ...e, tls: { mode: "verify-full" } }),
      "SELF_SIGNED_CERT_IN_CHAIN",
      false,
    ],
    [
      "a session in the clear",
      (e: Endpoint): Endpoint => ({ ...e, tls: { mode: "disable" } }),
      "28000",
      false,
    ],
  ])("%s", async (_, change, code, retryable) => {
    const error = await refusal(change(admin()));
    expect(error).toMatchObject({ code, retryable, system: "PostgreSQL source", call: "connect" });
    expect(error.message).toContain("source 127.0.0.1:");
    expect(error.remedy).toBeTruthy();
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain("canary");
  });

  it("too many connections", async () => {
    const { pair } = servers;
    const options = { ...asSource, write: true };
    await withClient(admin(), options, (client) =>
      client.query(`ALTER DATABASE insights CONNECTION LIMIT 0`),
    );
    try {
      const error = await refusal({
        ...pair.sourceAdmin("insights"),
        user: "api_app",
        password: new Secret("api-secret"),
      });
      expect(error).toMatchObject({ code: "53300", retryable: true });
    } finally {
      await withClient(admin(), options, (client) =>
        client.query(`ALTER DATABASE insights CONNECTION LIMIT -1`),
      );
    }
  });

  it("a certificate for another name, even when the host is an address", async () => {
    // Leads to this machine, and is not in the certificate.
    const verified = { ...admin(), host: "0.0.0.0" };
    expect(await refusal(verified)).toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    const chainOnly: Endpoint = { ...verified, tls: { ...verified.tls, mode: "verify-ca" } };
    await expect(withClient(chainOnly, asSource, async () => "in")).resolves.toBe("in");
  });
});

describe("identity", () => {
  it("is the same for every database of a server but for the oid, and differs between servers", async () => {
    const { pair } = servers;
    const read = (endpoint: Endpoint) => withClient(endpoint, asSource, identity);
    const [api, insights, target] = await Promise.all([
      read(pair.sourceAdmin("api")),
      read(pair.sourceAdmin("insights")),
      read(pair.targetAdmin("postgres")),
    ]);
    expect(api.systemIdentifier).toMatch(/^\d{18,20}$/);
    expect(insights.systemIdentifier).toBe(api.systemIdentifier);
    expect(insights.databaseOid).not.toBe(api.databaseOid);
    expect(target.systemIdentifier).not.toBe(api.systemIdentifier);
    expect([Math.trunc(api.versionNum / 10_000), Math.trunc(target.versionNum / 10_000)]).toEqual([
      15, 17,
    ]);
  });

  it("falls back on IDENTIFY_SYSTEM, and is an error when that is closed too", async () => {
    const { superuser } = servers.pair.source;
    const options = { ...asSource, write: true };
    const open = await withClient(admin(), asSource, identity);
    const run = (sql: string) =>
      withClient({ ...superuser, database: "api" }, options, (client) => client.query(sql));
    await run("REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC");
    try {
      await expect(withClient(admin(), asSource, identity)).resolves.toEqual(open);
      const weak = { ...admin(), user: "api_app", password: new Secret("api-secret") };
      const error: unknown = await withClient(weak, asSource, identity).catch((e: unknown) => e);
      expect(error instanceof UnreadableError || error instanceof ProviderError).toBe(true);
    } finally {
      await run("GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() TO PUBLIC");
    }
  });
});

describe("quoting, as the server reads it", () => {
  const odd = [
    "plain",
    "Ünï cödé",
    'quo"te',
    "it's",
    "back\\slash",
    "\\'; SELECT 1; --",
    "line\nend",
    "select",
  ];

  it.each(odd)("%j", async (value) => {
    for (const conforming of ["on", "off"]) {
      const settings = { standard_conforming_strings: conforming };
      const result = await withClient(admin(), { ...asSource, settings }, (client) =>
        client.query(`SELECT ${quoteLiteral(value)} AS ${quoteIdentifier(value)}`),
      );
      expect(result.rows).toEqual([{ [value]: value }]);
    }
  });
});
