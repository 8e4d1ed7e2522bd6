/**
 * What the service checks of one source database: that it is there, who owns
 * its tables, how rows can be told apart, extensions and collations.
 */
import type pg from "pg";
import type { ValidationItem } from "../migrations/migration.ts";
import { needsPreload } from "../postgresql/azure-parameters.ts";
import { type Access, withSession } from "../postgresql/session.ts";
import { failed, item, type Message, warning } from "./check.ts";
import { keylessTables } from "../moving/tables.ts";

export interface AllowedOnTarget {
  readonly extensions: readonly string[];
  readonly skippedExtensions: readonly string[];
  readonly preloaded: readonly string[];
}

const foreignTables = `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT pg_catalog.pg_has_role(c.relowner, 'MEMBER')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'
                    AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
 ORDER BY 1`;

const extensionNames =
  "SELECT e.extname AS name FROM pg_catalog.pg_extension e WHERE e.extname <> 'plpgsql' ORDER BY 1";

const ownCollations = `SELECT c.collname AS name FROM pg_catalog.pg_collation c
 WHERE c.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'
   AND d.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass) ORDER BY 1`;

async function names(client: pg.Client, sql: string): Promise<readonly string[]> {
  return (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name);
}

async function schemaMessages(client: pg.Client, online: boolean): Promise<readonly Message[]> {
  if (!online) return [];
  const foreign = await names(client, foreignTables);
  const keyless = await keylessTables(client);
  const mayCreate = await names(
    client,
    "SELECT 'yes' AS name WHERE pg_catalog.has_database_privilege(current_database(), 'CREATE')",
  );
  return [
    ...(mayCreate.length > 0
      ? []
      : [failed("603110", "The source user does not have the CREATE privilege on the database.")]),
    ...(foreign.length === 0
      ? []
      : [failed("603110", `The source user is not the owner of: ${foreign.join(", ")}.`)]),
    ...(keyless.length === 0
      ? []
      : [
          warning(
            `Tables without a primary key or replica identity, of which only inserts are replicated: ${keyless.map(({ name }) => name).join(", ")}.`,
          ),
        ]),
  ];
}

async function extensionMessages(
  client: pg.Client,
  allowed: AllowedOnTarget,
): Promise<readonly Message[]> {
  const used = (await names(client, extensionNames)).filter(
    (name) => !allowed.skippedExtensions.includes(name),
  );
  const refused = used.filter((name) => !allowed.extensions.includes(name));
  const unloaded = used.filter(
    (name) => needsPreload.includes(name) && !allowed.preloaded.includes(name),
  );
  return [
    ...(refused.length === 0
      ? []
      : [
          failed(
            "603108",
            `Extensions not allowed on the target by azure.extensions: ${refused.join(", ")}.`,
          ),
        ]),
    ...(unloaded.length === 0
      ? []
      : [
          failed(
            "603109",
            `Extensions that must be in shared_preload_libraries of the target: ${unloaded.join(", ")}.`,
          ),
        ]),
  ];
}

async function collationMessages(client: pg.Client): Promise<readonly Message[]> {
  const own = await names(client, ownCollations);
  return own.length === 0
    ? []
    : [failed("603403", `User-defined collations are not supported: ${own.join(", ")}.`)];
}

/** One summary; of a missing database only the item that says so. */
export async function checkDatabase(
  source: Access,
  database: string,
  online: boolean,
  allowed: AllowedOnTarget,
  signal: AbortSignal,
): Promise<readonly ValidationItem[]> {
  try {
    return await withSession(
      source,
      database,
      async (client) => [
        item("SchemaValidation", await schemaMessages(client, online)),
        item("ExtensionsValidation", await extensionMessages(client, allowed)),
        item("CollationsValidation", await collationMessages(client)),
      ],
      { signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = error as { code?: string; message: string };
    const text =
      code === "3D000"
        ? failed("603102", `The database '${database}' does not exist on the source.`)
        : failed("603000", message);
    return [item("SchemaValidation", [text])];
  }
}
