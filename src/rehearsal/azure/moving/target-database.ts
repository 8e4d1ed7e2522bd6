/**
 * The database on the target before anything is restored into it: dropped
 * and made anew for the target user, with its extensions, which the user may
 * not create themselves.
 */
import type pg from "pg";
import { quoteIdentifier, quoteLiteral } from "../../../core/identifier.ts";
import { type Access, withSession } from "../postgresql/session.ts";
import type { Job } from "./job.ts";
import { unsubscribe } from "./subscription.ts";

interface Shape {
  readonly encoding: string;
  readonly collation: string;
  readonly ctype: string;
}

interface Extension {
  readonly name: string;
  readonly schema: string;
}

const shapeQuery = `SELECT pg_catalog.pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collation, d.datctype AS ctype
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

// In the order of their making, so that one that needs another comes after it.
const extensionsQuery = `SELECT e.extname AS name, n.nspname AS schema FROM pg_catalog.pg_extension e
  JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY e.oid`;

export async function existingDatabases(
  superuser: Access,
  names: readonly string[],
): Promise<readonly string[]> {
  return withSession(superuser, "postgres", async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT datname AS name FROM pg_catalog.pg_database WHERE datname = ANY ($1) ORDER BY 1",
      [[...names]],
    );
    return rows.map(({ name }) => name);
  });
}

export async function dropDatabase(superuser: Access, database: string): Promise<void> {
  await unsubscribe(superuser, database);
  await withSession(superuser, "postgres", (client) =>
    client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(database)} WITH (FORCE)`),
  );
}

/** As a server that dies within DROP DATABASE leaves it. */
export async function leaveInvalid(superuser: Access, database: string): Promise<void> {
  await unsubscribe(superuser, database);
  await withSession(superuser, "postgres", (client) =>
    client.query("UPDATE pg_catalog.pg_database SET datconnlimit = -2 WHERE datname = $1", [
      database,
    ]),
  );
}

/** The target lives on the same kind of machine; a locale it lacks falls back to template0's. */
async function create(
  client: pg.Client,
  database: string,
  owner: string,
  shape: Shape,
): Promise<void> {
  const plain = `CREATE DATABASE ${quoteIdentifier(database)} OWNER ${quoteIdentifier(owner)} TEMPLATE template0 ENCODING ${quoteLiteral(shape.encoding)}`;
  try {
    await client.query(
      `${plain} LC_COLLATE ${quoteLiteral(shape.collation)} LC_CTYPE ${quoteLiteral(shape.ctype)}`,
    );
  } catch (error) {
    // 42809: no such locale; 22023: it does not fit the encoding.
    if (!["42809", "22023"].includes((error as { code?: string }).code ?? "")) throw error;
    await client.query(plain);
  }
}

async function createExtensions(
  client: pg.Client,
  extensions: readonly Extension[],
  owner: string,
): Promise<readonly string[]> {
  const made: string[] = [];
  for (const { name, schema } of extensions) {
    const present = await client.query("SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1", [
      schema,
    ]);
    if (present.rowCount === 0) {
      await client.query(
        `CREATE SCHEMA ${quoteIdentifier(schema)} AUTHORIZATION ${quoteIdentifier(owner)}`,
      );
      made.push(schema);
    }
    await client.query(
      `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} SCHEMA ${quoteIdentifier(schema)} CASCADE`,
    );
  }
  return made;
}

/** Returns the schemas that were made for extensions. */
export async function makeDatabase(job: Job, database: string): Promise<readonly string[]> {
  const seen = await withSession(job.source, database, async (client) => ({
    shape: (await client.query<Shape>(shapeQuery)).rows[0],
    extensions: (await client.query<Extension>(extensionsQuery)).rows,
  }));
  const { shape } = seen;
  if (shape === undefined) throw new Error(`the source does not describe the database ${database}`);
  await dropDatabase(job.superuser, database);
  await withSession(job.superuser, "postgres", (client) =>
    create(client, database, job.target.user, shape),
  );
  const skipped = job.configurations.words("azure.migration_skip_extensions");
  const wanted = seen.extensions.filter(({ name }) => !skipped.includes(name));
  return withSession(job.superuser, database, (client) =>
    createExtensions(client, wanted, job.target.user),
  );
}
