/** The source's server as a whole: version, settings, rights of the admin, slots, open transactions. Reads only. */
import type pg from "pg";
import type { StepContext } from "../../../core/step.ts";
import { identity, type DatabaseIdentity } from "../../../providers/postgres/index.ts";
import { readSlots, type Slot } from "../../inactive-slots.ts";
import type { World } from "../../world.ts";
import { reading, readingIn, type Reading } from "../reading.ts";

export interface SourceServer {
  readonly facts: SourceFacts;
  readonly identity: Reading<DatabaseIdentity>;
  readonly slots: Reading<readonly Slot[]>;
  readonly activity: Reading<Activity>;
  readonly roles: Reading<readonly RoleReach[]>;
}

export interface SourceFacts {
  readonly admin: string;
  readonly version: string;
  readonly versionNum: number;
  readonly standby: boolean;
  readonly walLevel: string;
  readonly maxSlots: number;
  readonly maxSenders: number;
  readonly sendersInUse: number;
  /** Megabytes; undefined: no cap. */
  readonly slotWalCap: number | undefined;
  readonly superuser: boolean;
  readonly replication: boolean;
  /** May end sessions of any ordinary role. */
  readonly mayEndSessions: boolean;
  /** Sees what sessions of other roles do. */
  readonly seesSessions: boolean;
  /** Locks that all sessions together may hold; a few more fit in practice. */
  readonly lockRoom: number;
  /** max_locks_per_transaction. */
  readonly locksPerTransaction: number;
  /** Of every database of the server that could be asked: the disk in use has at least that. */
  readonly bytes: number;
  /** On average since the server counts; undefined before PostgreSQL 14, which does not. */
  readonly walBytesPerSecond: number | undefined;
}

export interface Activity {
  readonly transactions: readonly OpenTransaction[];
  readonly prepared: readonly { readonly gid: string; readonly database: string }[];
}

export interface OpenTransaction {
  readonly pid: number;
  readonly role: string | null;
  readonly database: string | null;
  readonly seconds: number;
}

/** An application role of the plan, and whether the admin may end its sessions as a member of it. */
export interface RoleReach {
  readonly name: string;
  readonly superuser: boolean;
  readonly member: boolean;
  /** Rights that this tool does not give a role on the target: `BYPASSRLS`, `member of pg_read_all_data`. */
  readonly beyond: readonly string[];
}

export async function observeSourceServer(
  world: World,
  { signal }: StepContext,
): Promise<Reading<SourceServer>> {
  const { source } = world;
  const names = world.roles.map(({ name }) => name);
  return reading("the source's server", signal, () =>
    source.use(source.maintenanceDatabase, { signal }, async (client) => ({
      facts: await readFacts(client),
      identity: await readingIn(client, "the identity of the source", signal, identity),
      slots: await readingIn(client, "replication slots of the source", signal, readSlots),
      activity: await readingIn(client, "open transactions of the source", signal, readActivity),
      roles: await readingIn(client, "roles of the source", signal, (each) =>
        readRoles(each, names),
      ),
    })),
  );
}

// Predefined roles came one by one (9.6, 10): asking pg_has_role about a missing one is an error.
async function readFacts(client: pg.Client): Promise<SourceFacts> {
  const { rows } = await client.query<
    Omit<SourceFacts, "slotWalCap" | "walBytesPerSecond"> & { readonly slotWalCap: string | null }
  >(
    `SELECT r.rolname AS admin,
       pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_version_num')::int AS "versionNum",
       pg_catalog.pg_is_in_recovery() AS standby,
       pg_catalog.current_setting('wal_level') AS "walLevel",
       pg_catalog.current_setting('max_replication_slots')::int AS "maxSlots",
       pg_catalog.current_setting('max_wal_senders')::int AS "maxSenders",
       pg_catalog.current_setting('max_locks_per_transaction')::int AS "locksPerTransaction",
       pg_catalog.current_setting('max_locks_per_transaction')::int
         * (pg_catalog.current_setting('max_connections')::int + pg_catalog.current_setting('max_prepared_transactions')::int) AS "lockRoom",
       (SELECT pg_catalog.sum(pg_catalog.pg_database_size(d.oid))::float8 FROM pg_catalog.pg_database d
         WHERE pg_catalog.has_database_privilege(d.oid, 'CONNECT')) AS bytes,
       (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_replication) AS "sendersInUse",
       (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'max_slot_wal_keep_size') AS "slotWalCap",
       r.rolsuper AS superuser,
       r.rolreplication OR r.rolsuper AS replication,
       EXISTS (SELECT FROM pg_catalog.pg_roles s
         WHERE s.rolname = 'pg_signal_backend' AND pg_catalog.pg_has_role(s.oid, 'USAGE')) AS "mayEndSessions",
       r.rolsuper OR EXISTS (SELECT FROM pg_catalog.pg_roles s
         WHERE s.rolname = 'pg_read_all_stats' AND pg_catalog.pg_has_role(s.oid, 'USAGE')) AS "seesSessions"
     FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("The server knows no role for its own session.");
  const cap = Number(row.slotWalCap ?? -1);
  const walBytesPerSecond = row.versionNum < 140_000 ? undefined : await readWalRate(client);
  return { ...row, slotWalCap: cap < 0 ? undefined : cap, walBytesPerSecond };
}

async function readWalRate(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ rate: number | null }>(
    `SELECT (w.wal_bytes / NULLIF(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - w.stats_reset), 0))::float8 AS rate
     FROM pg_catalog.pg_stat_wal w`,
  );
  return rows[0]?.rate ?? undefined;
}

async function readActivity(client: pg.Client): Promise<Activity> {
  // `backend_type` came with PostgreSQL 10.
  const { rows: transactions } = await client.query<OpenTransaction>(
    `SELECT a.pid, a.usename::text AS role, a.datname::text AS database,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8 AS seconds
     FROM pg_catalog.pg_stat_activity a
     WHERE a.xact_start IS NOT NULL AND a.pid <> pg_catalog.pg_backend_pid()
       AND a.application_name <> 'opensauced-migrate'
       AND COALESCE(pg_catalog.to_jsonb(a) ->> 'backend_type', 'client backend') = 'client backend'
       AND a.query !~ '^autovacuum:'
     ORDER BY a.xact_start`,
  );
  const { rows: prepared } = await client.query<{ gid: string; database: string }>(
    "SELECT gid, database::text FROM pg_catalog.pg_prepared_xacts ORDER BY prepared",
  );
  return { transactions, prepared };
}

async function readRoles(
  client: pg.Client,
  names: readonly string[],
): Promise<readonly RoleReach[]> {
  const { rows } = await client.query<RoleReach>(
    `SELECT r.rolname::text AS name, r.rolsuper AS superuser, pg_catalog.pg_has_role(r.oid, 'USAGE') AS member,
       ARRAY(SELECT 'REPLICATION' WHERE r.rolreplication UNION ALL SELECT 'BYPASSRLS' WHERE r.rolbypassrls
         UNION ALL (SELECT 'member of ' || g.rolname FROM pg_catalog.pg_auth_members m
           JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
           WHERE m.member = r.oid AND g.rolname ~ '^pg_' ORDER BY 1)) AS beyond
     FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ($1) ORDER BY 1`,
    [names],
  );
  return rows;
}
