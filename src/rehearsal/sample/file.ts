/**
 * Restores a plain pg_dump file into an empty database of the source so that
 * it looks like one of DigitalOcean's: extensions belong to the superuser, all
 * else to an ordinary user. Dumps may need a superuser to be restored (C
 * functions, operator classes), so a passing one does it and hands over.
 */
import { randomBytes } from "node:crypto";
import { access } from "node:fs/promises";
import { Readable } from "node:stream";
import { execa } from "execa";
import type pg from "pg";
import { ActionError, UsageError } from "../../core/errors.ts";
import { quoteIdentifier, quoteLiteral } from "../../core/identifier.ts";
import { Secret } from "../../core/secret.ts";
import { asSuperuser, type Server } from "../postgres/index.ts";
import { type DumpNeeds, dumpNeeds, fittedDump } from "./dump-text.ts";

export interface FileOptions {
  /** Exists and is empty. */
  readonly database: string;
  /** A plain pg_dump file. */
  readonly file: string;
  /** Exists; gets every object that the file does not give to somebody else. */
  readonly owner: string;
  /** A member of every role that had to be made for the file: `doadmin`. */
  readonly admin: string;
  /** `ALTER DATABASE SET` for the database, which a plain dump does not hold. */
  readonly settings?: { readonly [name: string]: string };
  /** psql; the one on PATH when absent. */
  readonly psql?: string;
  readonly signal: AbortSignal;
}

const statementMs = 10 * 60_000;

interface Loader {
  readonly user: string;
  readonly password: Secret;
}

/** Run by libpq's environment: the loader's password lasts as long as the restore. */
async function restore(server: Server, options: FileOptions, loader: Loader): Promise<void> {
  const { file, database, signal } = options;
  const result = await execa(
    options.psql ?? "psql",
    ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"],
    {
      input: Readable.from(fittedDump(file, signal)),
      env: {
        PGHOST: server.host,
        PGPORT: String(server.port),
        PGDATABASE: database,
        PGUSER: loader.user,
        PGPASSWORD: loader.password.reveal(),
        PGSSLMODE: "verify-full",
        PGSSLROOTCERT: server.caFile,
        PGOPTIONS: "",
        PGSERVICE: undefined,
      },
      reject: false,
      cancelSignal: signal,
      stdout: "ignore",
    },
  );
  signal.throwIfAborted();
  if (result.code === "ENOENT") {
    throw new UsageError({
      message: "psql was not found, and a dump file is restored by it.",
      remedy: "Install PostgreSQL's client programs: apt-get install postgresql-client",
    });
  }
  if (result.failed) {
    throw new ActionError({
      message: `psql could not restore ${file} into the rehearsal's database "${database}": ${result.stderr.trim().split("\n").slice(-5).join(" ")}`,
      meaning: "Only the rehearsal is affected; nothing outside this machine was touched.",
      remedy:
        "The file must be a plain pg_dump of PostgreSQL 15 or older that restores without errors.",
    });
  }
}

async function makeReady(client: pg.Client, needs: DumpNeeds, options: FileOptions): Promise<void> {
  for (const owner of needs.owners) {
    const { rowCount } = await client.query(
      "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1",
      [owner],
    );
    if (rowCount === 0) await client.query(`CREATE ROLE ${quoteIdentifier(owner)}`);
    await client.query(`GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(options.admin)}`);
  }
  for (const { name, schema } of needs.extensions) {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`);
    await client.query(
      `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} SCHEMA ${quoteIdentifier(schema)}`,
    );
  }
}

/** Only a superuser may own these. */
const superusersOwn = `SELECT pg_catalog.format('ALTER FOREIGN DATA WRAPPER %I OWNER TO %I', fdwname, current_user) AS sql
  FROM pg_catalog.pg_foreign_data_wrapper WHERE fdwowner = $1::regrole
  UNION ALL SELECT pg_catalog.format('ALTER EVENT TRIGGER %I OWNER TO %I', evtname, current_user)
  FROM pg_catalog.pg_event_trigger WHERE evtowner = $1::regrole`;

async function handOver(client: pg.Client, loader: Loader, options: FileOptions): Promise<void> {
  const user = quoteIdentifier(loader.user);
  const { rows } = await client.query<{ sql: string }>(superusersOwn, [loader.user]);
  for (const { sql } of rows) await client.query(sql);
  await client.query(`REASSIGN OWNED BY ${user} TO ${quoteIdentifier(options.owner)}`);
  // Grants that the loader gave in its own name, which would keep it from going.
  await client.query(`DROP OWNED BY ${user}`);
  for (const [name, value] of Object.entries(options.settings ?? {})) {
    await client.query(
      `ALTER DATABASE ${quoteIdentifier(options.database)} SET ${quoteIdentifier(name)} TO ${quoteLiteral(value)}`,
    );
  }
  await client.query("ANALYZE");
}

/** Throws ActionError with psql's last words; UsageError when there is no psql or no file. */
export async function loadFile(server: Server, options: FileOptions): Promise<void> {
  const { database, signal, file } = options;
  await access(file).catch((cause: unknown) => {
    throw new UsageError({ message: `The dump file ${file} cannot be read.` }, { cause });
  });
  const needs = await dumpNeeds(file, signal);
  const loader: Loader = {
    user: `rehearsal_loader_${randomBytes(4).toString("hex")}`,
    password: new Secret(randomBytes(16).toString("hex")),
  };
  const user = quoteIdentifier(loader.user);
  await asSuperuser(server, { database, statementMs, signal }, async (client) => {
    await makeReady(client, needs, options);
    await client.query(
      `CREATE ROLE ${user} LOGIN SUPERUSER PASSWORD ${quoteLiteral(loader.password.reveal())}`,
    );
    try {
      await restore(server, options, loader);
      await handOver(client, loader, options);
    } finally {
      // A failed restore leaves it as an owner; without LOGIN it is at least no way in.
      await client.query(`ALTER ROLE ${user} NOLOGIN`);
      await client.query(`DROP ROLE ${user}`).catch(() => undefined);
    }
  });
}
