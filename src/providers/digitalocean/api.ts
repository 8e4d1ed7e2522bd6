/**
 * Calls to the API: tries, waits, deadline, and answers checked by a schema.
 * Everything that goes out of here as an error is redacted.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { MigrationError } from "../../core/errors.ts";
import { callFailed, type FailedCall, notUnderstood } from "./failure.ts";
import { nextTry, type Outcome } from "./retry.ts";
import {
  type HttpAnswer,
  type HttpRequest,
  openTransport,
  type Transport,
  type TransportSettings,
} from "./transport.ts";

export interface ApiSettings extends TransportSettings {
  /** For one call with all its tries. Default 120,000. */
  readonly deadlineMs?: number;
  /** For one try. Default 20,000. */
  readonly tryMs?: number;
  /** Before the second try; it doubles from there. Default 500. */
  readonly pauseMs?: number;
  /**
   * For one call while the one before was not answered in all its time.
   * Default: as long as any. For who only looks, and asks many things.
   */
  readonly unansweredMs?: number;
}

export interface ApiCall extends HttpRequest {
  /** As the documentation writes it: `GET /v2/databases/{id}`. */
  readonly call: string;
  readonly subject: string;
  /** Statuses that are answers and no failures, besides 2xx. */
  readonly expected?: readonly number[];
}

const defaultDeadlineMs = 120_000;
const defaultTryMs = 20_000;
const defaultPauseMs = 500;

/** fetch says "fetch failed" and hides what happened in a chain of causes. */
function deepest(error: unknown): { readonly code: string; readonly message: string } {
  let at: unknown = error;
  let code: string | undefined;
  let message = error instanceof Error ? error.message : String(error);
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    const own = (at as { code?: unknown }).code;
    if (typeof own === "string") {
      code = own;
      message = at.message === "" ? own : at.message;
    }
    // Happy eyeballs: one error for each address, all of which mostly say the same.
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return { code: code ?? "CONNECTION_BROKEN", message };
}

export class Api {
  readonly #settings: ApiSettings;
  readonly #transport: Transport;
  /** The latest call got no answer in all its time. */
  #unanswered = false;

  constructor(settings: ApiSettings) {
    this.#settings = settings;
    this.#transport = openTransport(settings);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #once(call: ApiCall, signal: AbortSignal, leftMs: number): Promise<Outcome> {
    // Whole milliseconds: AbortSignal.timeout takes no others.
    const tryMs = Math.ceil(Math.max(1, Math.min(leftMs, this.#settings.tryMs ?? defaultTryMs)));
    const patience = AbortSignal.timeout(tryMs);
    try {
      const answer = await this.#transport.exchange(call, AbortSignal.any([signal, patience]));
      return { is: "answered", answer };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof MigrationError) throw error;
      if (patience.aborted)
        return { is: "broken", code: "ETIMEDOUT", message: `no answer in ${tryMs} ms` };
      return { is: "broken", ...deepest(error) };
    }
  }

  #patienceMs(): number {
    const { deadlineMs = defaultDeadlineMs, unansweredMs = deadlineMs } = this.#settings;
    return this.#unanswered ? unansweredMs : deadlineMs;
  }

  #failed(call: ApiCall, tries: number): FailedCall {
    const { method, subject } = call;
    return { method, call: call.call, subject, tries, secrets: [this.#settings.token] };
  }

  /** Throws ProviderError, or the signal's reason. */
  async send(call: ApiCall, signal: AbortSignal): Promise<HttpAnswer> {
    const deadline = performance.now() + this.#patienceMs();
    for (let attempt = 0; ; attempt += 1) {
      signal.throwIfAborted();
      const outcome = await this.#once(call, signal, deadline - performance.now());
      this.#unanswered &&= outcome.is === "broken";
      if (outcome.is === "answered") {
        const { status } = outcome.answer;
        if ((status >= 200 && status < 300) || call.expected?.includes(status) === true)
          return outcome.answer;
      }
      const wait = nextTry({
        method: call.method,
        outcome,
        attempt,
        pauseMs: this.#settings.pauseMs ?? defaultPauseMs,
        now: Date.now(),
        jitter: Math.random(),
      });
      // A wait that would outlast the deadline is not begun: an hourly limit may be an hour away.
      if (wait === undefined || performance.now() + wait >= deadline) {
        this.#unanswered = outcome.is === "broken";
        throw callFailed(outcome, this.#failed(call, attempt + 1));
      }
      try {
        await sleep(wait, undefined, { signal });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    }
  }

  /** Throws UnreadableError when the answer is not as the schema says. */
  read<T>(schema: z.ZodType<T>, call: ApiCall, answer: HttpAnswer): T {
    const failed = this.#failed(call, 1);
    let body: unknown;
    try {
      body = JSON.parse(answer.text);
    } catch {
      throw notUnderstood(failed, "it is not JSON");
    }
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    // Paths and kinds only; a value in there could be a password.
    const places = parsed.error.issues.map(({ path, code }) => `${path.join(".")}: ${code}`);
    throw notUnderstood(failed, places.slice(0, 3).join("; "));
  }

  /** For calls whose answer has no content: a page of something in between is no yes. */
  accepted(call: ApiCall, { text }: HttpAnswer): void {
    if (text.trim().startsWith("<")) throw notUnderstood(this.#failed(call, 1), "it is not JSON");
  }

  async get<T>(
    schema: z.ZodType<T>,
    call: Omit<ApiCall, "method">,
    signal: AbortSignal,
  ): Promise<T> {
    const whole: ApiCall = { ...call, method: "GET" };
    return this.read(schema, whole, await this.send(whole, signal));
  }
}
