/**
 * Which database this really is, as PostgreSQL itself reports it: host names
 * lie (a CNAME flips, a fork takes the name over). Reads only.
 */
import type pg from "pg";
import { showEndpoint } from "../../core/endpoint.ts";
import { UnreadableError } from "../../core/errors.ts";
import { openedWith, withClient } from "./connect.ts";
import { postgresError } from "./error.ts";

export interface DatabaseIdentity {
  /** 64 bits, unique to the cluster since its initdb; a physical copy shares it. */
  readonly systemIdentifier: string;
  readonly databaseOid: number;
  /** `150018` for 15.18. */
  readonly versionNum: number;
}

const query = `SELECT d.oid::pg_catalog.int8 AS oid,
  pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version_num,
  pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS open
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

interface Row {
  readonly oid: string;
  readonly version_num: number;
  readonly open: boolean;
}

async function controlSystem(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(
    "SELECT system_identifier::pg_catalog.text AS id FROM pg_catalog.pg_control_system()",
  );
  return rows[0]?.id;
}

/** Needs the REPLICATION attribute where pg_control_system() is closed to the user. */
async function identifySystem(client: pg.Client): Promise<string | undefined> {
  const place = openedWith(client);
  if (place === undefined) return undefined;
  return withClient(
    place.endpoint,
    { ...place.options, replication: "database", call: "IDENTIFY_SYSTEM" },
    async (replication) => {
      const { rows } = await replication.query<{ systemid: string }>("IDENTIFY_SYSTEM");
      return rows[0]?.systemid;
    },
  );
}

/** Throws UnreadableError or ProviderError: an unknown identity is never a match. */
export async function identity(client: pg.Client): Promise<DatabaseIdentity> {
  const place = openedWith(client);
  let row: Row | undefined;
  let systemIdentifier: string | undefined;
  try {
    row = (await client.query<Row>(query)).rows[0];
    // Asked first: a refused call would break a transaction that the caller has open.
    systemIdentifier =
      row?.open === true ? await controlSystem(client) : await identifySystem(client);
  } catch (error) {
    place?.options.signal.throwIfAborted();
    if (place === undefined) throw error;
    throw postgresError(error, {
      server: place.options.server,
      endpoint: place.endpoint,
      call: "read the database's identity",
    });
  }
  if (row === undefined || systemIdentifier === undefined) {
    throw new UnreadableError({
      message: `The identity of ${place === undefined ? "the database" : showEndpoint(place.endpoint)} could not be read.`,
      meaning:
        "Whether this is the database that the run began with cannot be told, so nothing is done to it.",
      remedy:
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() TO the user, or ALTER ROLE ... REPLICATION.",
    });
  }
  return { systemIdentifier, databaseOid: Number(row.oid), versionNum: row.version_num };
}
