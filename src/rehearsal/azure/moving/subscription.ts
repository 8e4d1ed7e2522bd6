/**
 * The target's end of the replication: a subscription that goes on from the
 * slot's snapshot. Made by the superuser, since on Azure the service does it.
 */
import type pg from "pg";
import { quoteIdentifier, quoteLiteral } from "../../../core/identifier.ts";
import { type Access, isDatabaseGone, oneValue, withSession } from "../postgresql/session.ts";
import type { Job } from "./job.ts";
import type { ReplicationNames } from "./names.ts";

/** libpq quotes with single quotes and backslashes. */
function connectionText(access: Access, database: string): string {
  const fields = {
    host: access.host,
    port: String(access.port),
    dbname: database,
    user: access.user,
    password: access.password.reveal(),
    sslmode: access.sslMode,
    application_name: "azure-migration-service",
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}='${value.replaceAll(/['\\]/g, (char) => `\\${char}`)}'`)
    .join(" ");
}

/** The statement carries a password: it must not reach the target's log. */
async function silenceLog(client: pg.Client): Promise<void> {
  await client.query("SET log_statement = 'none'");
  await client.query("SET log_min_error_statement = 'panic'");
  await client.query("SET log_min_duration_statement = -1");
}

export async function subscribe(
  job: Job,
  database: string,
  names: ReplicationNames,
): Promise<void> {
  await withSession(job.superuser, database, async (client) => {
    await silenceLog(client);
    const publications = [names.keyed, names.keyless].map(quoteIdentifier).join(", ");
    await client.query(
      `CREATE SUBSCRIPTION ${quoteIdentifier(names.slot)} CONNECTION ${quoteLiteral(connectionText(job.source, database))}` +
        ` PUBLICATION ${publications} WITH (create_slot = false, copy_data = false, streaming = on, slot_name = ${quoteLiteral(names.slot)})`,
    );
  });
}

export async function setEnabled(
  client: pg.Client,
  names: ReplicationNames,
  enabled: boolean,
): Promise<void> {
  await client.query(
    `ALTER SUBSCRIPTION ${quoteIdentifier(names.slot)} ${enabled ? "ENABLE" : "DISABLE"}`,
  );
}

export interface AppliedChanges {
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
}

/** Rows changed in the database's own tables since its statistics began. */
export async function countChanges(client: pg.Client): Promise<AppliedChanges> {
  const { rows } = await client.query<Record<keyof AppliedChanges, string>>(
    `SELECT coalesce(pg_catalog.sum(s.n_tup_ins), 0) AS inserts, coalesce(pg_catalog.sum(s.n_tup_upd), 0) AS updates,
        coalesce(pg_catalog.sum(s.n_tup_del), 0) AS deletes FROM pg_catalog.pg_stat_user_tables s`,
  );
  const row = rows[0];
  return {
    inserts: Number(row?.inserts ?? 0),
    updates: Number(row?.updates ?? 0),
    deletes: Number(row?.deletes ?? 0),
  };
}

/** Errors of the apply worker so far; it tries again for ever by itself. */
export async function countErrors(client: pg.Client, names: ReplicationNames): Promise<number> {
  const errors = await oneValue<string>(
    client,
    "SELECT s.apply_error_count AS value FROM pg_catalog.pg_stat_subscription_stats s WHERE s.subname = $1",
    [names.slot],
  );
  return Number(errors ?? 0);
}

/**
 * Safe to repeat; leaves the slot to whoever drops it on the source. Without
 * `names` all that the database has: one that a target which was down kept from
 * being dropped would keep the database from being dropped too.
 */
export async function unsubscribe(
  superuser: Access,
  database: string,
  names?: ReplicationNames,
): Promise<void> {
  try {
    await withSession(superuser, database, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `SELECT s.subname AS name FROM pg_catalog.pg_subscription s
          JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
          WHERE d.datname = pg_catalog.current_database() AND ($1::text IS NULL OR s.subname = $1)`,
        [names?.slot],
      );
      for (const row of rows) {
        const name = quoteIdentifier(row.name);
        await client.query(`ALTER SUBSCRIPTION ${name} DISABLE`);
        await client.query(`ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`);
        await client.query(`DROP SUBSCRIPTION ${name}`);
      }
    });
  } catch (error) {
    if (!isDatabaseGone(error)) throw error;
  }
}
