/** Statements as the server's superuser, whom neither cloud gives to its customers. */
import type pg from "pg";
import { onDatabase } from "../../core/endpoint.ts";
import { withClient } from "../../providers/postgres/index.ts";
import type { Server } from "./server.ts";

export interface SuperuserSession {
  /** `postgres` when absent. */
  readonly database?: string;
  /** Milliseconds for one statement; a minute when absent. */
  readonly statementMs?: number;
  readonly signal: AbortSignal;
}

/** Throws ProviderError with the SQLSTATE. */
export async function asSuperuser<T>(
  server: Server,
  session: SuperuserSession,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const endpoint = onDatabase(server.superuser, session.database ?? "postgres");
  const options = {
    server: server.name,
    signal: session.signal,
    write: true,
    applicationName: "rehearsal",
    timeouts: { statementMs: session.statementMs ?? 60_000 },
  };
  return withClient(endpoint, options, use);
}

/** One after the other, each in a transaction of its own: CREATE DATABASE insists on that. */
export async function runAsSuperuser(
  server: Server,
  session: SuperuserSession,
  statements: readonly string[],
): Promise<void> {
  await asSuperuser(server, session, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}
