/**
 * Reads what a query gives a part at a time, so that it need not fit into
 * memory. A cursor of the server, which holds one session until it is closed.
 */
import type { Client } from "pg";
import { endsSession } from "./failure.ts";
import type { Sessions } from "./sessions.ts";
import type { RowStream, TextRow } from "./side.ts";
import { queryText } from "./text-query.ts";

/** The session is lost, and others hold the same snapshot: who read the stream begins it anew. */
export class StreamBroken extends Error {}

const firstRows = 1000;
const mostRows = 5000;
const fewestRows = 20;
/** Characters of one part, about: a round trip's worth, and little memory. */
const partLength = 100_000;

/** Rows differ in length from name to definition, so the next part is sized by the last. Pure. */
export function rowsOfNextPart(rows: readonly TextRow[]): number {
  const length = rows.reduce(
    (sum, row) => Object.values(row).reduce((whole, value) => whole + (value?.length ?? 0), sum),
    0,
  );
  if (rows.length === 0 || length === 0) return firstRows;
  const fitting = Math.floor((partLength * rows.length) / length);
  return Math.max(fewestRows, Math.min(mostRows, fitting));
}

async function failed(sessions: Sessions, client: Client, error: unknown): Promise<unknown> {
  if (!endsSession(error)) {
    await sessions.giveBack(client, error);
    return error;
  }
  sessions.lose(client, error);
  return sessions.size === 0 ? error : new StreamBroken("a session was lost", { cause: error });
}

class CursorStream implements RowStream {
  readonly #sessions: Sessions;
  readonly #client: Client;
  /** Set when the session is given back or lost. */
  #closed: Promise<void> | undefined;
  #wanted = firstRows;
  #first: readonly TextRow[] | undefined;

  constructor(sessions: Sessions, client: Client) {
    this.#sessions = sessions;
    this.#client = client;
  }

  /** Until the server has run the query, or said why it cannot. */
  async open(sql: string): Promise<this> {
    this.#first = await this.#fetch(`declare compared_rows no scroll cursor for ${sql};\n`);
    return this;
  }

  async next(): Promise<readonly TextRow[]> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    return this.#closed === undefined ? this.#fetch("") : [];
  }

  close(): Promise<void> {
    this.#closed ??= this.#sessions.giveBack(this.#client);
    return this.#closed;
  }

  async #fetch(before: string): Promise<readonly TextRow[]> {
    const wanted = this.#wanted;
    let rows: readonly TextRow[];
    try {
      rows = await queryText(this.#client, `${before}fetch forward ${wanted} from compared_rows`);
    } catch (error) {
      this.#closed = Promise.resolve();
      throw await failed(this.#sessions, this.#client, error);
    }
    // The server has no more: that much is known without asking.
    if (rows.length < wanted) void this.close();
    this.#wanted = rowsOfNextPart(rows);
    return rows;
  }
}

/** Has run the query when it resolves. Throws what the server said; a part of it may also throw StreamBroken. */
export async function openStream(sessions: Sessions, sql: string): Promise<RowStream> {
  const stream = new CursorStream(sessions, await sessions.take());
  try {
    return await stream.open(sql);
  } catch (error) {
    if (!(error instanceof StreamBroken)) throw error;
  }
  // Nothing was given yet, so the next session may as well.
  return openStream(sessions, sql);
}
