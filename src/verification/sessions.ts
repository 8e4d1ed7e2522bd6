/**
 * The sessions of one side that hold its snapshot: which are free, who waits for
 * one, and how one that failed goes on or is given up.
 */
import type { Client } from "pg";
import { codeOf, ConnectionLost, lockNotHad } from "./failure.ts";

/**
 * An error aborts the transaction and would end the snapshot; back at the
 * savepoint the session goes on reading it. It also lets go of the locks on
 * tables that have been read: one per table, thousands would not fit. And it
 * closes what a stream has opened.
 */
export const mark = "savepoint compared";
export const backToMark = "rollback to savepoint compared";

/**
 * A session that has waited for a lock to the end waits no such time again: its table is
 * not checked in any case, and stands before its constraints, its indexes and its views
 * as well. Before the savepoint, or going back to it would undo the setting.
 */
const waitLess = `release savepoint compared; set local lock_timeout = '1s'; ${mark}`;

/** Ending a client in the middle of a query closes its socket at once. */
export function end(client: Client): Promise<void> {
  return client.end().catch(() => undefined);
}

export class Sessions {
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

  /** Of the server's processes; on a direct connection the driver knows them. */
  get pids(): number[] {
    return [...this.#all].flatMap((client) =>
      "processID" in client && typeof client.processID === "number" ? [client.processID] : [],
    );
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

  /** Back to the savepoint, and free for the next; without it the session is lost. `after`: what went wrong. */
  async giveBack(client: Client, after?: unknown): Promise<void> {
    try {
      await client.query(backToMark);
      if (codeOf(after) === lockNotHad) await client.query(waitLess);
    } catch (error) {
      return this.lose(client, error);
    }
    return this.give(client);
  }

  /** The others hold the same snapshot themselves and go on. */
  lose(client: Client, failure: unknown): void {
    this.#lastFailure = failure;
    this.#all.delete(client);
    void end(client);
    if (this.#all.size > 0) return;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#gone());
  }

  /** A session that does not answer is given up, as in any other use. */
  async pulse(): Promise<void> {
    await Promise.all(
      this.#free.splice(0).map(async (client) => {
        await this.giveBack(client);
      }),
    );
  }

  /** Of those that are free: one that is in use is left to its user. */
  async keep(most: number): Promise<void> {
    const spare = this.#free.splice(0, Math.max(0, this.size - Math.max(1, most)));
    for (const client of spare) this.#all.delete(client);
    await Promise.all(spare.map(end));
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
