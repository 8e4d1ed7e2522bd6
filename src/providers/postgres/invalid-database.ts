/**
 * Databases that a DROP DATABASE which did not end left behind. PostgreSQL
 * (15.4, 16 and newer) marks them with datconnlimit -2: nobody can connect to
 * them, and all that can be done is to drop them. To us they count as absent.
 */
import type pg from "pg";
import { type Endpoint, showEndpoint } from "../../core/endpoint.ts";
import { ProviderError } from "../../core/errors.ts";
import { type ConnectOptions, withClient } from "./connect.ts";

/** The code of a connection that was refused because of that, which PostgreSQL does not tell apart. */
export const invalidDatabase = "invalid-database";

export interface DatabasesThere {
  /** In the order of their names, as the other. */
  readonly whole: readonly string[];
  readonly invalid: readonly string[];
}

/** Which of these databases the server has. */
export async function readDatabasesThere(
  client: pg.Client,
  names: readonly string[],
): Promise<DatabasesThere> {
  const { rows } = await client.query<{ name: string; invalid: boolean }>(
    `SELECT d.datname::text AS name, d.datconnlimit = -2 AS invalid
     FROM pg_catalog.pg_database d WHERE d.datname = ANY ($1) ORDER BY 1`,
    [names],
  );
  const which = (invalid: boolean) =>
    rows.filter((row) => row.invalid === invalid).map(({ name }) => name);
  return { whole: which(false), invalid: which(true) };
}

/** No such database, or one that can only be dropped. */
export function isDatabaseAbsent(error: unknown): boolean {
  return (
    error instanceof ProviderError && (error.code === "3D000" || error.code === invalidDatabase)
  );
}

/**
 * The same error, or one that says what is really the matter. 55000 at the
 * connection is also what a database with ALLOW_CONNECTIONS false answers; the
 * catalog, asked from another database, tells which.
 */
export async function refusedConnection(
  error: unknown,
  endpoint: Endpoint,
  maintenanceDatabase: string,
  options: ConnectOptions,
): Promise<unknown> {
  const { server } = options;
  if (!(error instanceof ProviderError) || error.call !== "connect" || error.code !== "55000") {
    return error;
  }
  if (!(await isInvalid(endpoint, maintenanceDatabase, options))) return error;
  return new ProviderError({
    message: `${server} ${showEndpoint(endpoint)}, connect: the database is invalid (55000): a DROP DATABASE of it did not end`,
    meaning: "Nothing in it can be read any more; PostgreSQL only lets it be dropped.",
    remedy:
      server === "target"
        ? "opensauced-migrate run --resume   (makes it anew and copies again)"
        : "Restore it from a backup, or take it out of the plan.",
    system: error.system,
    call: error.call,
    code: invalidDatabase,
    retryable: false,
  });
}

/** Where nobody answers it is not known, and the refusal stands as it was said. */
async function isInvalid(
  { database, ...server }: Endpoint,
  maintenanceDatabase: string,
  options: ConnectOptions,
): Promise<boolean> {
  try {
    return await withClient(
      { ...server, database: maintenanceDatabase },
      { server: options.server, signal: options.signal },
      async (client) => (await readDatabasesThere(client, [database])).invalid.length > 0,
    );
  } catch {
    options.signal.throwIfAborted();
    return false;
  }
}
