/**
 * One table's replica identity, changed: the pre-image noted first, and never
 * waiting for a lock for longer than applications may be kept waiting behind it.
 */
import type pg from "pg";
import { ProviderError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { ActionContext } from "../../core/step.ts";
import { postgresErrorCode } from "../../providers/postgres/index.ts";
import {
  type Identity,
  identityStatement,
  notes,
  type PreparedTable,
  readPrepared,
} from "./identity.ts";

/**
 * ALTER TABLE wants the table for itself, and whoever comes after it queues
 * behind it, readers too. So it gives up early, and the engine tries again.
 */
const lockMs = 300;
const lockNotAvailable = "55P03";

/** Nothing to do, and nothing to note, when it is so already. */
export async function makeFull(
  client: pg.Client,
  name: string,
  context: ActionContext,
): Promise<void> {
  const table = await tableNamed(client, name);
  if (table === undefined || table.identity.kind === "f") return;
  const { identity, publications } = table;
  await context.note(notes.before(name), { identity, publications } as unknown as Json);
  await alter(client, table, { kind: "f", index: null });
}

export async function putBack(client: pg.Client, name: string, identity: Identity): Promise<void> {
  const table = await tableNamed(client, name);
  if (table === undefined || table.identity.kind !== "f") return;
  await alter(client, table, identity);
}

async function tableNamed(client: pg.Client, name: string): Promise<PreparedTable | undefined> {
  const [table] = await readPrepared(client, [name]);
  return table;
}

async function alter(client: pg.Client, table: PreparedTable, identity: Identity): Promise<void> {
  await client.query(`SET lock_timeout = ${lockMs}`);
  try {
    await client.query(identityStatement(table, identity));
  } catch (error) {
    if (postgresErrorCode(error) !== lockNotAvailable) throw error;
    const holders = await readHolders(client, table);
    throw new ProviderError(
      {
        message: `Table ${table.name} of the source is in use${holders === "" ? "" : ` by ${holders}`}; its replica identity changes at a moment without (tried for ${lockMs} ms at a time, so that nobody queues behind it).`,
        meaning: "The table is as it was, and applications were not held up.",
        remedy: "Wait for the transaction to end, or end it; then: opensauced-migrate run --resume",
        system: "PostgreSQL source",
        call: "ALTER TABLE",
        code: lockNotAvailable,
        retryable: true,
      },
      { cause: error },
    );
  }
}

async function readHolders(client: pg.Client, table: PreparedTable): Promise<string> {
  const { rows } = await client.query<{ pid: number; role: string | null; seconds: number | null }>(
    `SELECT DISTINCT l.pid, a.usename::text AS role,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::int AS seconds
     FROM pg_catalog.pg_locks l
       JOIN pg_catalog.pg_class c ON c.oid = l.relation
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.granted AND l.pid <> pg_catalog.pg_backend_pid() AND n.nspname = $1 AND c.relname = $2
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
     ORDER BY 3 DESC NULLS LAST LIMIT 3`,
    [table.schema, table.table],
  );
  return rows
    .map(({ pid, role, seconds }) => `pid ${pid} (role ${role ?? "?"}, for ${seconds ?? "?"} s)`)
    .join(", ");
}
