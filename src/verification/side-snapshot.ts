/**
 * One side, read by several sessions: in one snapshot, or as `side-live.ts` has
 * it. Owns connecting, sharing the snapshot, handing out sessions, and ending
 * them all at once on abort. Knows nothing of what is read.
 */
import type { Client } from "pg";
import { quoteLiteral } from "../core/identifier.ts";
import { endsSession } from "./failure.ts";
import { openStream, StreamBroken } from "./session-stream.ts";
import { pinSettingsSql } from "./session-settings.ts";
import { backToMark, end, mark, Sessions } from "./sessions.ts";
import type { Cursors, Reader, RowStream, Side, SideLabel, TextRow } from "./side.ts";
import { queryText } from "./text-query.ts";
import { UntilAborted } from "./until-aborted.ts";

export interface SideSnapshot extends Reader, Cursors {
  readonly label: SideLabel;
  /** Rows of one query, some at a time, however many they are. Holds one session until it ends. */
  stream(sql: string): AsyncGenerator<readonly TextRow[], void, void>;
  /** Sessions that share the snapshot; fewer than asked when the server gave no more. */
  readonly sessions: number;
  /** The server's processes behind them. */
  readonly pids: () => readonly number[];
  /** Asks every session that is free for a sign of life, so that nothing in between takes it for dead. */
  pulse(): Promise<void>;
  /** Ends those beyond so many; the others hold the same snapshot. */
  keep(sessions: number): Promise<void>;
  close(): Promise<void>;
}

const begin = "begin isolation level repeatable read read only";

async function exportSnapshot(client: Client, lockMs?: number): Promise<string> {
  const rows = await queryText(client, `${begin}; select pg_catalog.pg_export_snapshot() as id`);
  await queryText(client, `${pinSettingsSql(lockMs)}; ${mark}`);
  const id = rows[0]?.["id"];
  if (id === null || id === undefined) throw new TypeError("pg_export_snapshot() gave no row");
  return id;
}

/** SET TRANSACTION SNAPSHOT must come before any query of the transaction, the settings too. */
async function importSnapshot(client: Client, id: string, lockMs?: number): Promise<void> {
  await queryText(client, `${begin}; set transaction snapshot ${quoteLiteral(id)}`);
  await queryText(client, `${pinSettingsSql(lockMs)}; ${mark}`);
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
      await sessions.giveBack(client, error);
      throw error;
    }
    sessions.lose(client, error);
    // The other sessions see the same snapshot, so the same question has the same answer there.
    if (sessions.size === 0) throw error;
  }
  return readWith(sessions, sql, values);
}

/** A session that is lost under it loses the place, too. */
async function* partsOf(
  cursor: Promise<RowStream>,
): AsyncGenerator<readonly TextRow[], void, void> {
  const stream = await cursor;
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a cursor is read in order
      const rows = await stream.next();
      if (rows.length === 0) return;
      yield rows;
    }
  } catch (error) {
    throw error instanceof StreamBroken ? error.cause : error;
  } finally {
    await stream.close();
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

async function shareSnapshot(clients: readonly Client[], { lockMs }: Side): Promise<Client[]> {
  const [leader, ...others] = clients;
  if (leader === undefined) return [];
  const id = await exportSnapshot(leader, lockMs);
  const joined = await Promise.all(
    others.map(async (client) => {
      try {
        await importSnapshot(client, id, lockMs);
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

function until(aborted: UntilAborted, stream: RowStream): RowStream {
  return { next: () => aborted.wait(stream.next()), close: () => stream.close() };
}

/** In a transaction that is over, and lets go of its own snapshot, before the one to share is taken. */
async function askBefore(
  [client]: readonly Client[],
  before: (reader: Reader) => Promise<void>,
): Promise<void> {
  if (client === undefined) return;
  await queryText(client, `begin read only; ${pinSettingsSql()}`);
  await before({ read: (sql, values) => queryText(client, sql, values) });
  await queryText(client, "rollback");
}

/**
 * `before`: what is asked before the snapshot is taken, in one of its sessions: another
 * one would cost a connection. Throws as `openSide` does.
 */
export function openSideSnapshot(
  side: Side,
  wanted: number,
  signal: AbortSignal,
  before?: (reader: Reader) => Promise<void>,
): Promise<SideSnapshot> {
  return openSide(side, wanted, signal, async (clients) => {
    if (before !== undefined) await askBefore(clients, before);
    return shareSnapshot(clients, side);
  });
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
  const aborted = new UntilAborted(signal);
  const opened = openSessions(side, wanted, signal);
  const endOpened = (): void => {
    void opened.then((clients) => Promise.all(clients.map(end))).catch(() => undefined);
  };
  signal.addEventListener("abort", endOpened, { once: true });
  try {
    const clients = await aborted.wait(opened);
    const sessions = new Sessions(await aborted.wait(enter(clients)));
    const cursor = async (sql: string): Promise<RowStream> =>
      until(aborted, await aborted.wait(openStream(sessions, sql)));
    return {
      label: side.label,
      sessions: sessions.size,
      pids: () => sessions.pids,
      read: (sql, values) => aborted.wait(readWith(sessions, sql, values)),
      cursor,
      stream: (sql) => partsOf(cursor(sql)),
      pulse: () => sessions.pulse(),
      keep: (most) => sessions.keep(most),
      close: async () => {
        aborted.stop();
        signal.removeEventListener("abort", endOpened);
        await sessions.endAll();
      },
    };
  } catch (error) {
    endOpened();
    aborted.stop();
    signal.removeEventListener("abort", endOpened);
    throw error;
  }
}
