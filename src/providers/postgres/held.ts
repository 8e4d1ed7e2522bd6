/**
 * One connection that is kept open. It is made before the sessions of the
 * applications are ended, so that whatever they do afterwards, even take every
 * slot that the server has, the thaw has one. Its uses wait for each other.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import type { Endpoint } from "../../core/endpoint.ts";
import { ProviderError } from "../../core/errors.ts";
import { connect } from "./connect.ts";
import { postgresError } from "./error.ts";

interface Opened {
  readonly client: Client;
  readonly endpoint: Endpoint;
  /** Closes the socket at once. */
  readonly drop: () => void;
  lost: boolean;
}

/** All in milliseconds. */
const longestUseMs = 30_000;
/** After an abort a statement may still end, because the thaw needs this very connection. */
const graceMs = 1_000;
/** How long a slot is fought for, and how often. */
const slotMs = 100_000;
const slotPauseMs = 25;

export class HeldConnection {
  readonly #server: string;
  readonly #locate: (signal: AbortSignal) => Promise<Endpoint>;
  #opened: Opened | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(server: string, locate: (signal: AbortSignal) => Promise<Endpoint>) {
    this.#server = server;
    this.#locate = locate;
  }

  /** A writable session of the admin, in no transaction. Throws what `withClient` throws. */
  use<T>(signal: AbortSignal, use: (client: Client) => Promise<T>): Promise<T> {
    const mine = this.#turn.then(() => this.#useNow(signal, use));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined || opened.lost) return;
    await opened.client.end().catch(() => undefined);
  }

  async #useNow<T>(signal: AbortSignal, use: (client: Client) => Promise<T>): Promise<T> {
    const opened = await this.#open(signal);
    const { client, endpoint } = opened;
    const limit = patience(signal, () => opened.drop());
    try {
      return await Promise.race([use(client), limit.over]);
    } catch (error) {
      // A connection for one use would take its failed transaction with it; this one goes on.
      if (!opened.lost) await client.query("ROLLBACK").catch(() => opened.drop());
      signal.throwIfAborted();
      throw postgresError(error, { server: this.#server, endpoint, call: "query" });
    } finally {
      limit.end();
    }
  }

  async #open(signal: AbortSignal): Promise<Opened> {
    signal.throwIfAborted();
    if (this.#opened?.lost === false) return this.#opened;
    const endpoint = await this.#locate(signal);
    const until = performance.now() + slotMs;
    for (;;) {
      try {
        this.#opened = await open(this.#server, endpoint, signal);
        return this.#opened;
      } catch (error) {
        // Clients that come back at once may hold every slot: the next free one is ours.
        const full = error instanceof ProviderError && error.code === "53300";
        if (!full || performance.now() > until) throw error;
        await sleep(slotPauseMs, undefined, { signal });
      }
    }
  }
}

/** The signal ends the opening only: a thaw comes after an abort. */
async function open(server: string, endpoint: Endpoint, signal: AbortSignal): Promise<Opened> {
  const own = new AbortController();
  const abort = (): void => own.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    const client = await connect(endpoint, { server, signal: own.signal, write: true });
    const opened: Opened = {
      client,
      endpoint,
      drop: () => {
        opened.lost = true;
        own.abort();
      },
      lost: false,
    };
    client.once("end", () => {
      opened.lost = true;
    });
    client.once("error", () => opened.drop());
    return opened;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Drops the connection when a use takes too long, or goes on long after it was told to end. */
function patience(
  signal: AbortSignal,
  drop: () => void,
): { readonly over: Promise<never>; readonly end: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const expire = (): void => {
    drop();
    reject(new Error("timeout expired"));
  };
  let timer = setTimeout(expire, longestUseMs);
  const abort = (): void => {
    clearTimeout(timer);
    timer = setTimeout(expire, graceMs);
  };
  signal.addEventListener("abort", abort, { once: true });
  return {
    over: promise,
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    },
  };
}
