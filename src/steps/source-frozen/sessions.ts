/**
 * Sessions of a database: which are old enough to still be writable, and
 * ending them. A session takes its read-only default when it starts, so those
 * from before the freeze must go (and, at the thaw, those from within it).
 */
import { setTimeout } from "node:timers/promises";
import type pg from "pg";

export interface SessionCount {
  /** Client backends that started at or before the moment, ours left out. */
  readonly old: number;
  /** `app (api_app, 10.0.0.4): idle`, the first few. */
  readonly examples: readonly string[];
  readonly preparedTransactions: number;
}

/** The server's clock, ISO 8601 with microseconds: never compared with ours. */
export async function serverNow(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ now: string }>(
    `SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("The server did not tell its time.");
  return row.now;
}

/**
 * `backend_type` keeps the service's WAL sender and the server's own workers
 * apart from clients (PostgreSQL 10). A role without pg_monitor sees null
 * there and in the start time: such a session counts as old.
 */
const oldSessions = `backend_type IS DISTINCT FROM 'walsender'
  AND (backend_type = 'client backend' OR backend_type IS NULL)
  AND datname = $1
  AND pid <> pg_catalog.pg_backend_pid()
  AND application_name IS DISTINCT FROM 'opensauced-migrate'
  AND (backend_start IS NULL OR backend_start <= $2::timestamptz)`;

export async function countOld(
  client: pg.Client,
  database: string,
  moment: string,
): Promise<SessionCount> {
  const { rows } = await client.query<{ old: number; examples: string[] | null; prepared: number }>(
    `SELECT (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity WHERE ${oldSessions}) AS old,
       (SELECT pg_catalog.array_agg(who) FROM (
          SELECT pg_catalog.format('%s (%s, %s): %s', COALESCE(NULLIF(application_name, ''), 'unnamed'),
                   usename, COALESCE(pg_catalog.host(client_addr), 'local'), state) AS who
          FROM pg_catalog.pg_stat_activity WHERE ${oldSessions} ORDER BY backend_start LIMIT 3) AS first) AS examples,
       (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_prepared_xacts WHERE database = $1) AS prepared`,
    [database, moment],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("The server did not count its sessions.");
  return { old: row.old, examples: row.examples ?? [], preparedTransactions: row.prepared };
}

/** How long sessions may take to end once told to, in milliseconds. */
const patienceMs = 2000;

/** Ends them and waits until they are gone. A refusal of the server raises 42501. */
export async function endOld(
  client: pg.Client,
  database: string,
  moment: string,
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const { rowCount } = await client.query(
      `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE ${oldSessions}`,
      [database, moment],
    );
    if (rowCount === 0 || performance.now() > until) return;
    await setTimeout(20, undefined, { signal });
  }
}
