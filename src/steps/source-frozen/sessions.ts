/**
 * Sessions of the frozen databases: which of them can still write, and ending
 * those. A session takes its read-only default when it starts, so those from
 * before the freeze must go (and, at the thaw, those from within it).
 */
import { setTimeout } from "node:timers/promises";
import type pg from "pg";
import { postgresErrorCode } from "../../providers/postgres/index.ts";

export interface Session {
  readonly database: string;
  readonly pid: number;
  /** `app (api_app, 10.0.0.4): idle`. */
  readonly who: string;
  /** Began at or before the moment asked for, or nobody may see when. */
  readonly old: boolean;
  /** A superuser's, or the server's own worker: only a superuser may end it. */
  readonly beyond: boolean;
  /** Holds a transaction that has written something. Undefined: nobody may see it. */
  readonly writing: boolean | undefined;
  /** Since then it did nothing, in milliseconds; undefined: it is at work, or nobody may see it. */
  readonly idleMs: number | undefined;
  /** Applies changes that another server sends, past every read-only default. */
  readonly subscription: boolean;
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

/** The moment up to which a session of that database is old. */
export interface Moment {
  readonly database: string;
  readonly moment: string;
}

/**
 * Clients, and workers that run for somebody (pg_cron, a subscription's); not
 * Azure's WAL sender, and not the server's own upkeep. A role without pg_monitor
 * sees nulls of others: such a session counts as old, and as nobody knows what.
 */
const sessionsQuery = `SELECT a.datname::text AS database, a.pid,
    pg_catalog.format('%s (%s, %s): %s', COALESCE(NULLIF(a.application_name, ''), 'unnamed'),
      COALESCE(a.usename::text, a.backend_type), COALESCE(pg_catalog.host(a.client_addr), 'local'),
      COALESCE(a.state, 'state not visible')) AS who,
    (a.backend_start IS NULL OR a.backend_start <= m.moment::timestamptz) AS old,
    COALESCE(r.rolsuper, true) AS beyond,
    CASE WHEN a.backend_xid IS NOT NULL THEN true WHEN a.backend_type IS NOT NULL THEN false END AS writing,
    CASE WHEN a.state = 'idle' THEN
      (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.state_change) * 1000)::float8 END AS "idleMs",
    COALESCE(a.backend_type LIKE 'logical replication%', false) AS subscription
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS m(database, moment)
    JOIN pg_catalog.pg_stat_activity a ON a.datname = m.database
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
  WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.application_name IS DISTINCT FROM 'opensauced-migrate'
    AND (a.backend_type IS NULL OR a.backend_type NOT IN ('walsender', 'autovacuum worker', 'parallel worker'))
  ORDER BY a.backend_start`;

export async function readSessions(
  client: pg.Client,
  moments: readonly Moment[],
): Promise<readonly Session[]> {
  const { rows } = await client.query<{
    [K in keyof Session]: Exclude<Session[K], undefined> | null;
  }>(sessionsQuery, [moments.map(({ database }) => database), moments.map(({ moment }) => moment)]);
  return rows.map((row) => ({
    ...(row as Session),
    writing: row.writing ?? undefined,
    idleMs: row.idleMs ?? undefined,
  }));
}

/** What else can write without a session of its own, by database. */
export interface OtherWriters {
  readonly database: string;
  readonly preparedTransactions: number;
  /** Enabled subscriptions: their workers come again when they are ended. */
  readonly subscriptions: readonly string[];
}

export async function readOtherWriters(
  client: pg.Client,
  databases: readonly string[],
): Promise<readonly OtherWriters[]> {
  const { rows } = await client.query<OtherWriters>(
    `SELECT d.datname::text AS database,
       (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_prepared_xacts p WHERE p.database = d.datname) AS "preparedTransactions",
       ARRAY(SELECT s.subname::text FROM pg_catalog.pg_subscription s
         WHERE s.subdbid = d.oid AND s.subenabled ORDER BY 1) AS subscriptions
     FROM pg_catalog.pg_database d WHERE d.datname = ANY ($1)`,
    [databases],
  );
  return rows;
}

/** How long sessions may take to end once told to, in milliseconds. */
const patienceMs = 2000;

/**
 * Ends those that `which` chooses, and waits until they are gone. A superuser's
 * is tried too and left where it is refused; of others a refusal raises 42501.
 */
export async function endSessions(
  client: pg.Client,
  moments: readonly Moment[],
  which: (session: Session) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + patienceMs;
  const refused = new Set<number>();
  for (;;) {
    const there = (await readSessions(client, moments)).filter(
      (session) => which(session) && !refused.has(session.pid),
    );
    if (there.length === 0 || performance.now() > until) return;
    await endOrdinary(client, there);
    for (const { pid } of there.filter(({ beyond }) => beyond)) {
      if (!(await mayEnd(client, pid))) refused.add(pid);
    }
    await setTimeout(10, undefined, { signal });
  }
}

async function endOrdinary(client: pg.Client, sessions: readonly Session[]): Promise<void> {
  const pids = sessions.filter(({ beyond }) => !beyond).map(({ pid }) => pid);
  if (pids.length === 0) return;
  await client.query(
    "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.unnest($1::int[]) AS pid",
    [pids],
  );
}

/** One refusal fails its whole statement, so each is a statement of its own. */
async function mayEnd(client: pg.Client, pid: number): Promise<boolean> {
  try {
    await client.query("SELECT pg_catalog.pg_terminate_backend($1)", [pid]);
    return true;
  } catch (error) {
    if (postgresErrorCode(error) !== "42501") throw error;
    return false;
  }
}
