/**
 * One side, read by several sessions: in one snapshot, or as `side-live.ts` has
 * it. Owns connecting, sharing the snapshot, handing out sessions, and ending
 * them all at once on abort. Knows nothing of what is read.
 */
import type { Client } from "pg";
import { quoteLiteral } from "../core/identifier.ts";
import { ConnectionLost, endsSession } from "./failure.ts";
import { pinSettingsSql } from "./session-settings.ts";
import type { Reader, Side, SideLabel, TextRow } from "./side.ts";
import { queryText } from "./text-query.ts";

export interface SideSnapshot extends Reader {
  readonly label: SideLabel;
  /** Rows of one query, so many at a time, however many they are. Holds one session until it ends. */
  stream(sql: string, rowsAtOnce: number): AsyncGenerator<readonly TextRow[], void, void>;
  /** Sessions that share the snapshot; fewer than asked when the server gave no more. */
  readonly sessions: number;
  close(): Promise<void>;
}

const begin = "begin isolation level repeatable read read only";

/**
 * An error aborts the transaction and would end the snapshot; back at the
 * savepoint the session goes on reading it. It also lets go of the locks on
 * tables that have been read: one per table, thousands would not fit.
 */
export const mark = "savepoint compared";
const backToMark = "rollback to savepoint compared";

async function exportSnapshot(client: Client): Promise<string> {
  const rows = await queryText(client, `${begin}; select pg_catalog.pg_export_snapshot() as id`);
  await queryText(client, `${pinSettingsSql()}; ${mark}`);
  const id = rows[0]?.["id"];
  if (id === null || id === undefined) throw new TypeError("pg_export_snapshot() gave no row");
  return id;
}

/** SET TRANSACTION SNAPSHOT must come before any query of the transaction, the settings too. */
async function importSnapshot(client: Client, id: string): Promise<void> {
  await queryText(client, `${begin}; set transaction snapshot ${quoteLiteral(id)}`);
  await queryText(client, `${pinSettingsSql()}; ${mark}`);
}

/** Ending a client in the middle of a query closes its socket at once. */
function end(client: Client): Promise<void> {
  return client.end().catch(() => undefined);
}

/** Sessions that are free, and readers that wait for one. */
class Sessions {
  readonly #free: Client[];
  readonly #all: Set<Client>;
  readonly #waiting: PromiseWithResolvers<Client>[] = [];
  #lastFailure: unknown;

  constructor(clients: readonly Client[]) {
    this.#free = [...clients];
    this.#all = new Set(clients);
  }

  get size(): number {
    return this.#all.size;
  }

  take(): Promise<Client> {
    const client = this.#free.shift();
    if (client !== undefined) return Promise.resolve(client);
    if (this.#all.size === 0) return Promise.reject(this.#gone());
    const waiting = Promise.withResolvers<Client>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  give(client: Client): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#free.push(client);
    else waiting.resolve(client);
  }

  /** The others hold the same snapshot themselves and go on. */
  lose(client: Client, failure: unknown): void {
    this.#lastFailure = failure;
    this.#all.delete(client);
    void end(client);
    if (this.#all.size > 0) return;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#gone());
  }

  async endAll(): Promise<void> {
    const clients = [...this.#all];
    this.#all.clear();
    await Promise.all(clients.map(end));
  }

  #gone(): Error {
    const last = this.#lastFailure;
    const because = last instanceof Error ? `: ${last.message}` : "";
    return new ConnectionLost(`no session is left that holds the snapshot${because}`);
  }
}

async function readWith(
  sessions: Sessions,
  sql: string,
  values?: readonly (string | null)[],
): Promise<readonly TextRow[]> {
  const client = await sessions.take();
  try {
    const rows = await queryText(
      client,
      values === undefined ? `${sql};\n${backToMark}` : sql,
      values,
    );
    // With values a text is one statement. Whoever waits for our lock on a table holds up all others.
    if (values !== undefined) await queryText(client, backToMark);
    sessions.give(client);
    return rows;
  } catch (error) {
    if (!endsSession(error)) {
      await recover(sessions, client);
      throw error;
    }
    sessions.lose(client, error);
    // The other sessions see the same snapshot, so the same question has the same answer there.
    if (sessions.size === 0) throw error;
  }
  return readWith(sessions, sql, values);
}

/** A cursor lives in one session: a session that is lost under it loses the place, too. */
async function* streamWith(
  sessions: Sessions,
  sql: string,
  rowsAtOnce: number,
): AsyncGenerator<readonly TextRow[], void, void> {
  const client = await sessions.take();
  let lost = false;
  try {
    await queryText(client, `declare streamed no scroll cursor for ${sql}`);
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a cursor is read in order
      const rows = await queryText(client, `fetch ${rowsAtOnce} from streamed`);
      if (rows.length > 0) yield rows;
      if (rows.length < rowsAtOnce) return;
    }
  } catch (error) {
    lost = endsSession(error);
    if (lost) sessions.lose(client, error);
    throw error;
  } finally {
    if (!lost) await recover(sessions, client);
  }
}

async function recover(sessions: Sessions, client: Client): Promise<void> {
  try {
    await client.query(backToMark);
    sessions.give(client);
  } catch (error) {
    sessions.lose(client, error);
  }
}

/** The first session must be had; further ones are a matter of speed. */
async function openSessions(side: Side, wanted: number, signal: AbortSignal): Promise<Client[]> {
  const opening = Array.from({ length: Math.max(1, wanted) }, () => side.connect(signal));
  const settled = await Promise.allSettled(opening);
  const clients = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  // A connection that breaks between two queries says so by the next one; unheard, it would end the process.
  for (const client of clients) client.on("error", () => undefined);
  const refused = settled.find((one) => one.status === "rejected");
  if (clients.length === 0 && refused !== undefined) throw refused.reason;
  return clients;
}

async function shareSnapshot(clients: readonly Client[]): Promise<Client[]> {
  const [leader, ...others] = clients;
  if (leader === undefined) return [];
  const id = await exportSnapshot(leader);
  const joined = await Promise.all(
    others.map(async (client) => {
      try {
        await importSnapshot(client, id);
        return [client];
      } catch {
        // Behind a transaction pooler it fails; the one session alone is as exact, only slower.
        await end(client);
        return [];
      }
    }),
  );
  return [leader, ...joined.flat()];
}

function rejectOnAbort(signal: AbortSignal): { aborted: Promise<never>; stop: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  promise.catch(() => undefined);
  return { aborted: promise, stop: () => signal.removeEventListener("abort", abort) };
}

/** Throws as `openSide` does. */
export function openSideSnapshot(
  side: Side,
  wanted: number,
  signal: AbortSignal,
): Promise<SideSnapshot> {
  return openSide(side, wanted, signal, shareSnapshot);
}

/**
 * `enter` begins a transaction in each session, and gives those that can be
 * used. Throws what `connect` threw when no session could be had, and the
 * signal's reason at once when it fires; every session is then ended.
 */
export async function openSide(
  side: Side,
  wanted: number,
  signal: AbortSignal,
  enter: (clients: readonly Client[]) => Promise<Client[]>,
): Promise<SideSnapshot> {
  signal.throwIfAborted();
  const { aborted, stop } = rejectOnAbort(signal);
  const opened = openSessions(side, wanted, signal);
  const endOpened = (): void => {
    void opened.then((clients) => Promise.all(clients.map(end))).catch(() => undefined);
  };
  signal.addEventListener("abort", endOpened, { once: true });
  try {
    const clients = await Promise.race([opened, aborted]);
    const sessions = new Sessions(await Promise.race([enter(clients), aborted]));
    return {
      label: side.label,
      sessions: sessions.size,
      read: (sql, values) => Promise.race([readWith(sessions, sql, values), aborted]),
      stream: (sql, rowsAtOnce) => streamWith(sessions, sql, rowsAtOnce),
      close: async () => {
        stop();
        signal.removeEventListener("abort", endOpened);
        await sessions.endAll();
      },
    };
  } catch (error) {
    endOpened();
    stop();
    signal.removeEventListener("abort", endOpened);
    throw error;
  }
}
