/**
 * Connections to PostgreSQL: read-only unless asked to write, with a deadline
 * for everything, gone at once when the signal fires. Runs no queries of its
 * own besides the session's settings.
 */
import net from "node:net";
import { Client } from "pg";
import type { Endpoint } from "../../core/endpoint.ts";
import { UsageError } from "../../core/errors.ts";
import { tlsOptions } from "./tls.ts";
import { postgresError, postgresErrorCode } from "./error.ts";
import { answerLimit, giveUpWithServer, sayGoodbyeInTime } from "./patience.ts";
import { valueTypes } from "./values.ts";

/** Milliseconds. Zero turns a limit off, as in PostgreSQL. */
export interface Timeouts {
  readonly connectMs?: number;
  readonly statementMs?: number;
  /** On this side, for one answer; the server's own limit and some more, when absent. */
  readonly answerMs?: number;
  /** Without a limit for statements: silence after which the server is asked whether it is there. */
  readonly silenceMs?: number;
  readonly lockMs?: number;
  readonly idleInTransactionMs?: number;
}

export interface ConnectOptions {
  /** `source` or `target`: which server, in every message. */
  readonly server: string;
  readonly signal: AbortSignal;
  /** Without it every transaction of the session is read-only. */
  readonly write?: boolean;
  /** Leaves that to the server, as an application does: to see what one may do. */
  readonly asApplication?: boolean;
  readonly applicationName?: string;
  readonly timeouts?: Timeouts;
  /** Server parameters for the session: `search_path`, `DateStyle`. */
  readonly settings?: { readonly [name: string]: string };
  /** libpq's `options`, from a connection string; what this program sets counts before it. */
  readonly startup?: string;
  /** Opens a connection that takes replication commands as well. */
  readonly replication?: "database";
}

interface Opened {
  readonly endpoint: Endpoint;
  readonly options: ConnectOptions;
}

const opened = new WeakMap<Client, Opened>();

/** How the connection was opened; undefined for a client that is not from here. */
export function openedWith(client: Client): Opened | undefined {
  return opened.get(client);
}

const settingName = /^[A-Za-z_][\w.]*$/;

const connectMs = 10_000;
const statementMs = 60_000;

function sessionSettings(options: ConnectOptions): string {
  const timeouts = options.timeouts ?? {};
  const settings: Record<string, string> = {
    // Said either way: it overrides what a freeze set for the database.
    ...(options.asApplication === true
      ? {}
      : { default_transaction_read_only: options.write === true ? "off" : "on" }),
    // Statements here are written so; a database or a role may still say otherwise.
    standard_conforming_strings: "on",
    statement_timeout: String(timeouts.statementMs ?? statementMs),
    lock_timeout: String(timeouts.lockMs ?? 10_000),
    idle_in_transaction_session_timeout: String(timeouts.idleInTransactionMs ?? 0),
    ...options.settings,
  };
  return Object.entries(settings)
    .map(([name, value]) => {
      if (!settingName.test(name)) {
        throw new UsageError({ message: `"${name}" is not the name of a server parameter.` });
      }
      return `-c ${name}=${value.replaceAll(/[\\\s]/g, (char) => `\\${char}`)}`;
    })
    .join(" ");
}

/**
 * Called when the server asks for one. Without it the driver looks for a
 * password by itself, and writes on standard error about it.
 */
function passwordOf({ user, password }: Endpoint): () => string {
  return () => {
    const text = password.reveal();
    if (text !== "") return text;
    const asked = `the server asks for the password of "${user}", and none was given`;
    throw Object.assign(new Error(asked), { code: "28P01" });
  };
}

/**
 * A server whose client is gone notices only when it next sends; asked to, it
 * looks (PostgreSQL 14), and an aborted count of a large table ends soon.
 */
const noticeOurEnd = `SELECT pg_catalog.set_config(s.name, '2000', false)
  FROM pg_catalog.pg_settings s WHERE s.name = 'client_connection_check_interval'`;

/** A refusal is an answer: only a server that says nothing is not there. */
async function isThere(endpoint: Endpoint, options: ConnectOptions): Promise<boolean> {
  const { server, signal } = options;
  const patience = options.timeouts?.connectMs ?? connectMs;
  const timeouts = { connectMs: patience, statementMs: 5000, answerMs: patience };
  try {
    await withClient(endpoint, { server, signal, timeouts }, (client) => client.query("SELECT 1"));
    return true;
  } catch (error) {
    return /^(?!EPIPE)[0-9A-Z]{5}$/.test(postgresErrorCode(error) ?? "");
  }
}

/**
 * Throws ProviderError, with the SQLSTATE or the socket's code; the signal's
 * reason when it fires. The caller ends the client (or uses withClient).
 */
export async function connect(endpoint: Endpoint, options: ConnectOptions): Promise<Client> {
  const { signal } = options;
  signal.throwIfAborted();
  const socket = new net.Socket();
  const ssl = tlsOptions(endpoint);
  const limit =
    options.timeouts?.answerMs ?? answerLimit(options.timeouts?.statementMs ?? statementMs);
  const client = new Client({
    host: endpoint.address ?? endpoint.host,
    port: endpoint.port,
    database: endpoint.database,
    user: endpoint.user,
    password: passwordOf(endpoint),
    ssl,
    stream: () => socket,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: options.timeouts?.connectMs ?? connectMs,
    ...(limit === undefined ? {} : { query_timeout: limit }),
    application_name: options.applicationName ?? "opensauced-migrate",
    // The last that sets a parameter counts.
    options: [options.startup ?? "", sessionSettings(options)].join(" ").trim(),
    types: valueTypes,
    ...(options.replication === undefined ? {} : { replication: options.replication }),
  });
  opened.set(client, { endpoint, options });
  sayGoodbyeInTime(client, socket);
  if (limit === undefined) {
    giveUpWithServer(client, socket, () => isThere(endpoint, options), options.timeouts?.silenceMs);
  }

  const abort = (): void => {
    socket.destroy(new Error("aborted"));
  };
  signal.addEventListener("abort", abort, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", abort));
  // A connection that breaks between two queries says so by the next query; without a listener it would end the process.
  client.on("error", () => undefined);

  try {
    await client.connect();
    if (options.replication === undefined) await client.query(noticeOurEnd);
    return client;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw postgresError(error, { server: options.server, endpoint, call: "connect" });
  }
}

/**
 * One connection for one use, ended whatever happens. Errors of the driver
 * come out as ProviderError, an abort as the signal's reason.
 */
export async function withClient<T>(
  endpoint: Endpoint,
  options: ConnectOptions & { readonly call?: string },
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connect(endpoint, options);
  try {
    return await use(client);
  } catch (error) {
    options.signal.throwIfAborted();
    throw postgresError(error, { server: options.server, endpoint, call: options.call ?? "query" });
  } finally {
    // It may itself find the connection broken.
    await client.end().catch(() => undefined);
  }
}
