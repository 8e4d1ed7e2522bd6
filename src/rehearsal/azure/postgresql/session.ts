/**
 * Connections to the two real servers, short-lived, with the ssl mode that a
 * migration names. Runs no statements of its own besides the session's settings.
 */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";
import type { Secret } from "../../../core/secret.ts";

export interface Access {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  /** libpq's words. `require` checks no certificate, as in the service. */
  readonly sslMode: "disable" | "prefer" | "require";
}

export interface SessionOptions {
  /** A walsender that takes SQL as well. */
  readonly replication?: "database";
  readonly signal?: AbortSignal;
  /** Milliseconds after which a query is given up; a server that stands still must not hold us. */
  readonly queryMs?: number;
}

const connectMs = 10_000;

function configuration(
  access: Access,
  database: string,
  options: SessionOptions,
  tls: boolean,
): ClientConfig {
  return {
    host: access.host,
    port: access.port,
    user: access.user,
    password: access.password.reveal(),
    database,
    ssl: tls ? { rejectUnauthorized: false } : false,
    connectionTimeoutMillis: connectMs,
    application_name: "azure-migration-service",
    ...(options.queryMs === undefined ? {} : { query_timeout: options.queryMs }),
    // What a freeze sets as a default must not stop the service's own clean-up.
    ...(options.replication === undefined
      ? { options: "-c default_transaction_read_only=off" }
      : {}),
    // Known to pg, missing in its types.
    ...(options.replication === undefined ? {} : { replication: options.replication }),
  };
}

async function connected(
  access: Access,
  database: string,
  options: SessionOptions,
  tls: boolean,
): Promise<Client> {
  const client = new Client(configuration(access, database, options, tls));
  // A server that goes away is reported by the next query; without this it would end the process.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

function refusesTls(error: unknown): boolean {
  return error instanceof Error && error.message.includes("does not support SSL");
}

/** The caller ends it. */
export async function openSession(
  access: Access,
  database: string,
  options: SessionOptions = {},
): Promise<Client> {
  options.signal?.throwIfAborted();
  if (access.sslMode === "disable") return connected(access, database, options, false);
  try {
    return await connected(access, database, options, true);
  } catch (error) {
    if (access.sslMode !== "prefer" || !refusesTls(error)) throw error;
    return connected(access, database, options, false);
  }
}

/** A server that stands still never says goodbye; then the connection is dropped. */
export async function endSession(client: Client): Promise<void> {
  const waiting = new AbortController();
  const patience = sleep(1000, undefined, { signal: waiting.signal }).catch(() => undefined);
  await Promise.race([client.end().catch(() => undefined), patience]);
  waiting.abort();
  // Public in pg, missing in its types.
  (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
}

/** Ends the session whatever happens; an abort ends it at once. */
export async function withSession<T>(
  access: Access,
  database: string,
  work: (client: Client) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  const client = await openSession(access, database, options);
  const end = (): void => void endSession(client);
  options.signal?.addEventListener("abort", end, { once: true });
  try {
    return await work(client);
  } finally {
    options.signal?.removeEventListener("abort", end);
    await endSession(client);
  }
}

/** There is no such database, or what is there can only be dropped (an invalid one: 55000 as it is entered). */
export function isDatabaseGone(error: unknown): boolean {
  const { code, severity } = error as { readonly code?: string; readonly severity?: string };
  return code === "3D000" || (code === "55000" && severity === "FATAL");
}

/** One value of the first row; undefined when there is no row. */
export async function oneValue<T>(
  client: Client,
  sql: string,
  values: readonly unknown[] = [],
): Promise<T | undefined> {
  const { rows } = await client.query<{ value: T }>(sql, [...values]);
  return rows[0]?.value;
}
