/**
 * Holds reads of the source back while its applications are busy. Owns a session
 * of its own, asked once a second at most, whoever waits.
 */
import type { Client } from "pg";
import { setTimeout as sleep } from "node:timers/promises";
import { UnreadableError } from "../../core/errors.ts";
import { uncheckedBecause } from "../failure.ts";
import type { Side } from "../side.ts";
import { type Load, paceOf, type PauseLimits } from "./decide.ts";
import { readLoad } from "./load.ts";

/** Milliseconds for which an answer counts. */
const askAgainMs = 1000;

export interface PauseOptions {
  readonly side: Side;
  readonly limits: PauseLimits;
  readonly signal: AbortSignal;
  /** Process ids of the comparison's own sessions. */
  readonly ours: () => readonly number[];
  /** Why it waits; undefined when it goes on. */
  readonly tell: (reason: string | undefined) => void;
}

export class Pauses {
  readonly #options: PauseOptions;
  #client: Client | undefined;
  #turn: Promise<void> | undefined;
  #askedAt = -Infinity;

  constructor(options: PauseOptions) {
    this.#options = options;
  }

  /** Before a read: returns when it may begin. Throws UnreadableError when that takes too long, and the signal's reason. */
  async turn(): Promise<void> {
    if (performance.now() - this.#askedAt < askAgainMs) return;
    this.#turn ??= this.#wait().finally(() => {
      this.#turn = undefined;
    });
    await this.#turn;
  }

  async close(): Promise<void> {
    await this.#client?.end().catch(() => undefined);
  }

  async #wait(): Promise<void> {
    const { limits, signal, tell } = this.#options;
    const since = performance.now();
    for (let waits = 0; ; waits++) {
      signal.throwIfAborted();
      // oxlint-disable-next-line no-await-in-loop -- asked again and again
      const pace = paceOf(await this.#ask(), limits, performance.now() - since);
      if (pace.is === "go") {
        this.#askedAt = performance.now();
        if (waits > 0) tell(undefined);
        return;
      }
      if (pace.is === "stop") throw this.#tooLong(pace);
      tell(pace.reason);
      // oxlint-disable-next-line no-await-in-loop -- a second between two questions
      await sleep(askAgainMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  /** A session that is lost is no answer; the next question opens another. */
  async #ask(): Promise<Load> {
    const { side, signal, ours, limits } = this.#options;
    try {
      this.#client ??= await this.#connected();
      return await readLoad(this.#client, ours(), limits.bounds);
    } catch (error) {
      signal.throwIfAborted();
      void this.close();
      this.#client = undefined;
      const { code, reason } = uncheckedBecause(side.label, "how busy it is", error);
      // A refusal is for good; a connection that broke is not.
      return { unknown: reason, lasting: code === "not-admitted" || code === "permission-denied" };
    }
  }

  async #connected(): Promise<Client> {
    const client = await this.#options.side.connect(this.#options.signal);
    client.on("error", () => undefined);
    return client;
  }

  #tooLong({ reason, remedy }: { reason: string; remedy?: string | undefined }): UnreadableError {
    return new UnreadableError({
      message: `The comparison waited in vain: ${reason}`,
      meaning: "Nothing was changed, and nothing that was compared so far is an answer.",
      remedy:
        remedy ??
        "Compare when the source is less busy, or pause above a higher figure (verify: --pause-above, --pause-behind; copy-agrees: pauseAbove, pauseBehind).",
    });
  }
}
