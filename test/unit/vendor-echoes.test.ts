/**
 * Vendors that repeat what they were given, before each provider's border:
 * nothing of a secret gets through, also where a message is cut to what a
 * person can read.
 */
import { describe, expect, it } from "vitest";
import { ProviderError } from "../../src/core/errors.ts";
import { Secret } from "../../src/core/secret.ts";
import { azureDnsFailure } from "../../src/providers/azure-dns/failure.ts";
import { azureFailure } from "../../src/providers/azure/failure.ts";
import { readMigration, withoutSecrets } from "../../src/providers/azure/migration.ts";
import { postgresError } from "../../src/providers/postgres/error.ts";
import { pulumiFailure } from "../../src/providers/pulumi/failure.ts";
import { run } from "../../src/providers/postgres-tools/run.ts";
import { everything } from "../support/provider-calls.ts";

/** Longer than what is shown of any message, with all that quoting gets wrong. */
const value = `canary'"\\ %41$é漢🍕 ${"canary0123456789".repeat(80)}`;
const secret = new Secret(value);
const spellings: readonly (readonly [string, string])[] = [
  ["as it is", value],
  ["in a URL", `postgresql://u:${encodeURIComponent(value)}@h/db`],
  ["in JSON", JSON.stringify({ password: value })],
  ["for libpq", `password='${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`],
  ["in SQL", `PASSWORD '${value.replaceAll("'", "''")}'`],
  ["in base64", Buffer.from(value).toString("base64")],
  ["in a header", `Basic ${Buffer.from(`doadmin:${value}`).toString("base64")}`],
  ["over several lines", value.replaceAll(/[^]{70}/gu, "$&\n    ")],
];

/** Anything that began at the secret's own beginning, or went on in the middle of it. */
function expectNothing(error: unknown): void {
  if (!(error instanceof ProviderError)) throw error;
  const all = everything(error);
  expect(error.message).toContain("[secret]");
  for (const part of ["canary", "Y2FuYXJ5", "NhbmFyeT", "jYW5hcn", "0123456"]) {
    expect(all).not.toContain(part);
  }
}

const errorWith = (message: string, more: object) => Object.assign(new Error(message), more);

describe.each(spellings)("a secret %s", (_how, echo) => {
  const said = `something: ${"x".repeat(500)} ${echo} and so on`;

  it("in Azure's error, whose request holds it too", () => {
    const error = errorWith(said, {
      statusCode: 400,
      code: "InvalidRequestContent",
      request: { method: "PUT", body: echo },
    });
    expectNothing(azureFailure(error, { call: "create migration m", secrets: [secret] }));
    expectNothing(azureDnsFailure(error, "write TXT db", [secret]));
  });

  it("in what Azure says of a migration", () => {
    const told = {
      name: "m",
      properties: {
        dbsToMigrate: ["api"],
        currentStatus: {
          state: "Failed",
          error: said,
          currentSubStateDetails: {
            dbDetails: { api: { databaseName: "api", message: said } },
            validationDetails: {
              status: "Failed",
              dbLevelValidationDetails: [
                { databaseName: "api", summary: [{ type: "T", messages: [{ message: said }] }] },
              ],
            },
          },
        },
      },
    };
    const migration = withoutSecrets(readMigration(told), [secret, new Secret("api")]);
    expect(JSON.stringify(migration)).not.toMatch(/canary|0123456|Y2FuYXJ5/);
    // What is decided on stays, whatever a password is called.
    expect(migration.databaseNames).toEqual(["api"]);
    expect(migration.databases[0]?.name).toBe("api");
  });

  it("in PostgreSQL's error", () => {
    const endpoint = {
      host: "h",
      port: 5432,
      database: "db",
      user: "u",
      password: secret,
      tls: { mode: "verify-full" },
    } as const;
    const error = errorWith(said, { code: "08006" });
    expectNothing(postgresError(error, { server: "source", endpoint, call: "connect" }));
  });

  it("in what the Pulumi CLI complains of, on either stream", () => {
    const ended = { call: "pulumi up", exitCode: 255, ended: undefined, secrets: [secret] };
    const complaint = `error: first\n  ${said}\nlast`;
    expectNothing(pulumiFailure({ ...ended, stdout: "", stderr: complaint }));
    expectNothing(pulumiFailure({ ...ended, stdout: complaint, stderr: "" }));
  });

  it("in what a program of PostgreSQL's complains of", async () => {
    const script = "process.stderr.write(process.env.SAID, () => process.exit(3))";
    const env = { SAID: `pg_dump: error: first\npg_dump: error: ${said}\n` };
    const signal = AbortSignal.timeout(20_000);
    const ended = run(process.execPath, ["-e", script], { env, signal, secrets: [secret] });
    expectNothing(await ended.catch((error: unknown) => error));
  });
});
