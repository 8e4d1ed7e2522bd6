/**
 * One side of a comparison, reached by a typed connection. Which host and which
 * TLS setting is tried out once, as libpq would; every session of the comparison
 * then goes there, because a snapshot is of one server.
 */
import type pg from "pg";
import { showEndpoint, type Endpoint } from "../core/endpoint.ts";
import { ProviderError } from "../core/errors.ts";
import type { ConnectionWay, Place } from "../providers/libpq/index.ts";
import { connect, postgresError, type ConnectOptions } from "../providers/postgres/index.ts";
import type { Side } from "../verification/index.ts";
import type { TypedSide } from "./typed-connection.ts";

export interface ReachedSide {
  readonly side: Side;
  /** `host:port/database`. */
  readonly place: string;
  /** The same text for the same database of the same running server, and for no other. */
  readonly identity: string;
}

interface Reached {
  readonly client: pg.Client;
  readonly endpoint: Endpoint;
}

/** The moment of a start has microseconds, and everybody may ask for it. */
const identitySql = `SELECT pg_catalog.concat_ws(' ', d.oid,
    pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time())::pg_catalog.numeric,
    pg_catalog.current_setting('server_version_num')) AS identity
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

/** Throws ProviderError where no place lets it in; the signal's reason when it fires. */
export async function reachSide(
  label: TypedSide,
  way: ConnectionWay,
  signal: AbortSignal,
): Promise<ReachedSide> {
  const options = (given: AbortSignal): ConnectOptions => ({
    server: label,
    signal: given,
    startup: way.options,
    timeouts: {
      statementMs: 0,
      ...(way.connectMs === undefined ? {} : { connectMs: way.connectMs }),
    },
  });
  const { client, endpoint } = await reach(way.places, options(signal));
  try {
    const { rows } = await client.query<{ identity: string }>(identitySql);
    return {
      identity: rows[0]?.identity ?? "",
      place: showEndpoint(endpoint),
      side: {
        label,
        database: way.database,
        connect: (given) => connect(endpoint, options(given)),
      },
    };
  } catch (error) {
    signal.throwIfAborted();
    throw postgresError(error, { server: label, endpoint, call: "read the identity" });
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function reach(places: readonly Place[], options: ConnectOptions): Promise<Reached> {
  let last: unknown;
  for (const { attempts } of places) {
    for (const endpoint of attempts) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one place after the other, as libpq
        return { client: await connect(endpoint, options), endpoint };
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        // The first refusal says more than that of the fallback, which often is "no TLS, no entry";
        // unless it was only that the server has no TLS: then it did not hear who wants in.
        if (endpoint === attempts[0] || isWithoutTls(last)) last = error;
        if (!mayDoWithOtherTls(error)) break;
      }
    }
    if (!mayDoElsewhere(last)) break;
  }
  throw last;
}

function isWithoutTls(error: unknown): boolean {
  return error instanceof ProviderError && error.code === "TLS_NOT_OFFERED";
}

/** libpq's `prefer` and `allow`: the server offers no TLS, or its pg_hba.conf wants it the other way. */
function mayDoWithOtherTls({ code }: ProviderError): boolean {
  return code === "TLS_NOT_OFFERED" || code === "28000";
}

/** libpq tries the next host when a server is not there or not up, and never because it was refused. */
function mayDoElsewhere(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return false;
  const { code = "" } = error;
  return code === "57P03" || /^E[A-Z]+(?:_AGAIN)?$/.test(code);
}
