/**
 * One call to Azure: a deadline, an abort that counts at once, the raw body
 * (the SDK drops fields that it does not know), errors made ours.
 */
import { ProviderError, UnreadableError } from "../../core/errors.ts";
import { showDuration } from "../../core/duration.ts";
import { type AzureOptions, type Client, type Clients, makeClients } from "./client.ts";
import {
  azureFailure,
  type CallPlace,
  inDoubt,
  isThrottledChange,
  lookAgain,
  nothingKnown,
  retryAfterMs,
} from "./failure.ts";

export interface CallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for the whole, repetitions and polling included. */
  readonly deadlineMs?: number;
}

export interface Where extends Omit<CallPlace, "secrets" | "changes"> {
  readonly secrets?: CallPlace["secrets"];
  /** Milliseconds, unless the caller says otherwise. */
  readonly deadlineMs?: number;
}

type OperationOptions = NonNullable<Parameters<Client["servers"]["get"]>[2]>;

interface Poller {
  pollUntilDone(options: { abortSignal: AbortSignal }): Promise<unknown>;
}

export type Bodies = readonly unknown[];

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { setTimeout: sleep } = await import("node:timers/promises");
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

export class Calls {
  readonly options: AzureOptions;
  #clients: Promise<Clients> | undefined;

  constructor(options: AzureOptions) {
    this.options = options;
  }

  /** Reads, and writes that may be repeated. Gives the body of every page. */
  read(
    where: Where,
    options: CallOptions,
    use: (client: Client, operation: OperationOptions) => Promise<unknown>,
  ): Promise<Bodies> {
    return this.#call(where, options, async ({ repeating }, operation) =>
      use(repeating, operation),
    );
  }

  /** Sent once; again only when Azure said 429 before doing anything. */
  once(
    where: Where,
    options: CallOptions,
    use: (client: Client, operation: OperationOptions) => Promise<unknown>,
  ): Promise<Bodies> {
    return this.#call({ ...where, changes: true }, options, ({ once }, operation, signal) =>
      this.#unlessThrottled(signal, () => use(once, operation)),
    );
  }

  /**
   * Waits until the operation has ended, well or badly. What says the whole
   * state is sent again when its answer is lost; the rest is `sentOnce`.
   */
  async finish(
    where: Where & { readonly sentOnce?: true },
    options: CallOptions,
    begin: (
      client: Client,
      operation: OperationOptions & { updateIntervalInMs: number },
    ) => Promise<Poller>,
  ): Promise<void> {
    await this.#call(
      { deadlineMs: 15 * 60_000, ...where, changes: true },
      options,
      async ({ once, repeating }, operation, signal) => {
        const client = where.sentOnce === true ? once : repeating;
        const poller = await this.#unlessThrottled(signal, () =>
          begin(client, { ...operation, updateIntervalInMs: this.options.pollMs ?? 5000 }),
        );
        await poller.pollUntilDone({ abortSignal: signal });
      },
    );
  }

  /** Sends it again when Azure said 429 to the change itself: then it did nothing. */
  async #unlessThrottled<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        if (!isThrottledChange(error) || attempt === 4) throw error;
        const pauseMs = 2 * attempt * (this.options.retryDelayMs ?? 1000);
        await pause(retryAfterMs(error) ?? pauseMs, signal);
      }
    }
  }

  async #call(
    where: Where & { readonly changes?: true },
    options: CallOptions,
    use: (clients: Clients, operation: OperationOptions, signal: AbortSignal) => Promise<unknown>,
  ): Promise<Bodies> {
    options.signal.throwIfAborted();
    const { credential } = this.options;
    const secrets = [
      ...(where.secrets ?? []),
      ...(this.options.secrets ?? []),
      ...(credential === "default" ? [] : [credential.token]),
    ];
    const deadlineMs = options.deadlineMs ?? where.deadlineMs ?? 120_000;
    const deadline = AbortSignal.timeout(deadlineMs);
    const signal = AbortSignal.any([options.signal, deadline]);
    const bodies: string[] = [];
    this.#clients ??= makeClients(this.options);
    try {
      await use(
        await this.#clients,
        {
          abortSignal: signal,
          requestOptions: { timeout: this.options.requestMs ?? 30_000 },
          onResponse: (response) => {
            if (response.status < 300) bodies.push(response.bodyAsText ?? "");
          },
        },
        signal,
      );
    } catch (error) {
      options.signal.throwIfAborted();
      throw deadline.aborted
        ? notInTime(where, deadlineMs)
        : azureFailure(error, { ...where, secrets });
    }
    return bodies.map((body) => parseBody(body, where));
  }
}

/** The long wait that was given up, whatever the SDK made of it. */
function notInTime(
  { call, meaning, changes }: Where & { readonly changes?: true },
  ms: number,
): ProviderError {
  return new ProviderError({
    message: `Azure, ${call}: not finished within ${showDuration(ms)}.`,
    meaning: changes === true ? (meaning ?? "It may still be going on at Azure.") : nothingKnown,
    remedy: lookAgain,
    system: "Azure",
    call,
    code: "TIMEOUT",
    retryable: true,
  });
}

function parseBody(text: string, { call, changes }: Where & { readonly changes?: true }): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UnreadableError({
      message: `Azure, ${call}: the answer is not JSON.`,
      meaning: changes === true ? inDoubt : nothingKnown,
      remedy: `Something between here and Azure may have answered (a proxy, a login page).\n${lookAgain}`,
    });
  }
}
