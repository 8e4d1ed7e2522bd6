/**
 * What the service checks of the two servers before it copies: that it can
 * log in, the versions, the parameters and the role that replication needs.
 * Reads only. Codes are those of the service's troubleshooting page.
 */
import type pg from "pg";
import type { ValidationItem } from "../migrations/migration.ts";
import { type Access, oneValue, withSession } from "../postgresql/session.ts";
import { failed, item, type Message, warning } from "./check.ts";

export interface ServerChecks {
  readonly source: Access;
  readonly target: Access;
  readonly databases: readonly string[];
  readonly online: boolean;
  readonly verifiesCertificate: boolean;
  readonly targetVersion: string;
  readonly signal: AbortSignal;
}

interface Refusal {
  readonly code?: string;
  readonly message: string;
}

/** A missing database has let us in as far as passwords go. */
const missingDatabase = "3D000";

function refusalMessage(end: string, error: Refusal): Message | undefined {
  if (error.code === missingDatabase) return undefined;
  if (error.code === "28P01" || error.code === "28000") {
    return failed("603100", `Authentication failed on the ${end} server. ${error.message}`);
  }
  if (/SSL|TLS|certificate/i.test(error.message)) {
    return failed("603001", `SSL connection to the ${end} server failed. ${error.message}`);
  }
  return failed("603000", `Connection to the ${end} server failed. ${error.message}`);
}

async function reach(
  end: string,
  access: Access,
  database: string,
  signal: AbortSignal,
): Promise<Message | undefined> {
  try {
    await withSession(access, database, (client) => client.query("SELECT 1"), { signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return refusalMessage(end, error as Refusal);
  }
}

/** The first of the databases that exists, to log in to. */
export async function entrance(
  access: Access,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  for (const database of [...databases, "postgres", "defaultdb"]) {
    const opened = await withSession(access, database, async () => true, { signal }).catch(
      () => false,
    );
    if (opened) return database;
  }
  return databases[0] ?? "postgres";
}

async function connectivity(checks: ServerChecks): Promise<ValidationItem> {
  const messages = await Promise.all([
    reach("source", checks.source, checks.databases[0] ?? "postgres", checks.signal),
    reach("target", checks.target, "postgres", checks.signal),
  ]);
  const tls = checks.verifiesCertificate
    ? [
        failed(
          "603001",
          "SSL connection to the source server failed: the certificate authority of the source is not known to the service. Use the SSL mode Prefer or Require.",
        ),
      ]
    : [];
  return item("AuthenticationAndConnectivityValidation", [
    ...messages.filter((message) => message !== undefined),
    ...tls,
  ]);
}

function versionMessages(source: number, target: number): readonly Message[] {
  if (source < 90_500)
    return [
      failed(
        "603400",
        "The source server's version is not supported; PostgreSQL 9.5 is the oldest.",
      ),
    ];
  const major = Math.floor(source / 10_000);
  if (major > target) {
    return [
      failed(
        "603400",
        `Migration from PostgreSQL ${major} to the lower version ${target} is not supported.`,
      ),
    ];
  }
  return [];
}

async function parameter(client: pg.Client, name: string): Promise<string> {
  return (
    (await oneValue<string>(client, "SELECT pg_catalog.current_setting($1) AS value", [name])) ?? ""
  );
}

async function replicationMessages(
  client: pg.Client,
  databases: number,
): Promise<readonly Message[]> {
  const level = await parameter(client, "wal_level");
  const slots = Number(await parameter(client, "max_replication_slots"));
  const senders = Number(await parameter(client, "max_wal_senders"));
  const used = Number(
    await oneValue<string>(
      client,
      "SELECT pg_catalog.count(*) AS value FROM pg_catalog.pg_replication_slots",
    ),
  );
  const may = await oneValue<boolean>(
    client,
    "SELECT r.rolreplication OR r.rolsuper AS value FROM pg_catalog.pg_roles r WHERE r.rolname = current_user",
  );
  const timeout = await parameter(client, "wal_sender_timeout");
  return [
    ...(level === "logical"
      ? []
      : [
          failed(
            "603107",
            `The parameter wal_level is '${level}' on the source; it must be 'logical'.`,
          ),
        ]),
    ...(slots - used >= databases
      ? []
      : [
          failed(
            "603105",
            `The source has ${slots - used} free replication slots; ${databases} are needed. Raise max_replication_slots or drop inactive slots.`,
          ),
        ]),
    ...(senders >= databases + used
      ? []
      : [
          failed(
            "603106",
            `max_wal_senders is ${senders} on the source; at least ${databases + used} are needed.`,
          ),
        ]),
    ...(may === true
      ? []
      : [failed("603104", "The source user does not have the REPLICATION privilege.")]),
    ...(timeout === "0"
      ? []
      : [
          warning(
            `wal_sender_timeout is ${timeout} on the source; 0 is recommended for the time of the migration.`,
          ),
        ]),
  ];
}

async function sourceMessages(
  client: pg.Client,
  checks: ServerChecks,
): Promise<readonly Message[]> {
  const readOnly = await oneValue<string>(
    client,
    // Our own session overrides it; reset_val would show that override too.
    `SELECT s.setting AS value FROM pg_catalog.pg_db_role_setting d
       CROSS JOIN LATERAL pg_catalog.unnest(d.setconfig) AS s (setting)
      WHERE s.setting = 'default_transaction_read_only=on'
        AND d.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
        AND d.setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)) LIMIT 1`,
  );
  return [
    ...(checks.databases.length > 8
      ? [
          failed(
            "603000",
            `${checks.databases.length} databases were given; a migration takes at most 8.`,
          ),
        ]
      : []),
    ...(readOnly === undefined
      ? []
      : [failed("603112", "default_transaction_read_only is on on the source.")]),
    ...(checks.online ? await replicationMessages(client, checks.databases.length) : []),
  ];
}

async function targetMessages(checks: ServerChecks): Promise<readonly Message[]> {
  return withSession(
    checks.target,
    "postgres",
    async (client) => {
      const may = await oneValue<boolean>(
        client,
        "SELECT r.rolcreaterole OR r.rolsuper AS value FROM pg_catalog.pg_roles r WHERE r.rolname = current_user",
      );
      return may === true
        ? []
        : [failed("603116", "The target user does not have the CREATEROLE privilege.")];
    },
    { signal: checks.signal },
  );
}

export interface ServerVerdict {
  readonly items: readonly ValidationItem[];
  /** Major version; undefined when it could not be read. */
  readonly sourceVersion: string | undefined;
}

/** Stops at connectivity: without it there is nothing else to say. */
export async function checkServers(checks: ServerChecks): Promise<ServerVerdict> {
  const connected = await connectivity(checks);
  if (connected.state === "Failed") return { items: [connected], sourceVersion: undefined };
  const { signal, source, databases } = checks;
  const database = await entrance(source, databases, signal);
  const seen = await withSession(
    source,
    database,
    async (client) => ({
      version: Number(await parameter(client, "server_version_num")),
      messages: await sourceMessages(client, checks),
    }),
    { signal },
  );
  const items = [
    connected,
    item("SourceVersionValidation", versionMessages(seen.version, Number(checks.targetVersion))),
    item("ServerParametersValidation", [...seen.messages, ...(await targetMessages(checks))]),
  ];
  return { items, sourceVersion: String(Math.floor(seen.version / 10_000)) };
}
