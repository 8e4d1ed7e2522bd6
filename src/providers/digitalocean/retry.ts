/**
 * Whether a call may be made again, and after how long. Pure. What may have
 * had an effect is repeated only where repeating changes nothing: a POST that
 * was perhaps received is not, since DigitalOcean has no idempotency key.
 */
import type { HttpAnswer, HttpRequest } from "./transport.ts";

export type Outcome =
  | { readonly is: "answered"; readonly answer: HttpAnswer }
  | {
      readonly is: "broken";
      /** The socket's, TLS's or undici's. */
      readonly code: string;
      readonly message: string;
    };

export interface Attempt {
  readonly method: HttpRequest["method"];
  readonly outcome: Outcome;
  /** From 0. */
  readonly attempt: number;
  /** Milliseconds, before the second try. */
  readonly pauseMs: number;
  /** Milliseconds, this machine's clock. */
  readonly now: number;
  /** 0 to 1, so that many clients do not come back at the same moment. */
  readonly jitter: number;
}

/** No connection was made, so nothing can have been received. */
const beforeSending = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"];

/** The certificate is refused today and will be in a second. */
export const certificateCodes = [
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

/** 409 passes when what holds the resource has ended: for the engine to look again, not for a quick repeat. */
const transientStatuses = [408, 409, 429, 500, 502, 503, 504];

/** May the same call succeed later? Says nothing about whether it is safe to repeat. */
export function isTransient(outcome: Outcome): boolean {
  if (outcome.is === "answered") return transientStatuses.includes(outcome.answer.status);
  return !certificateCodes.includes(outcome.code);
}

/** May the call have had an effect that is not known? */
export function isInDoubt(method: HttpRequest["method"], outcome: Outcome): boolean {
  if (method === "GET") return false;
  if (outcome.is === "broken") {
    return !beforeSending.includes(outcome.code) && !certificateCodes.includes(outcome.code);
  }
  return outcome.answer.status >= 500;
}

/** Milliseconds that a 429 asks for: `retry-after` for the burst limit, else the window's end. */
export function rateLimitWait(
  headers: ReadonlyMap<string, string>,
  now: number,
): number | undefined {
  const after = Number(headers.get("retry-after"));
  if (headers.has("retry-after") && Number.isFinite(after) && after >= 0) return after * 1000;
  const reset = Number(headers.get("ratelimit-reset"));
  if (headers.has("ratelimit-reset") && Number.isFinite(reset))
    return Math.max(1000, reset * 1000 - now);
  return undefined;
}

/** Doubling, at most 30 s, plus up to half of it again. */
function backoff(pauseMs: number, attempt: number, jitter: number): number {
  return Math.min(30_000, pauseMs * 2 ** attempt) * (1 + jitter / 2);
}

/** Milliseconds to wait before the next try; undefined: do not repeat it. */
export function nextTry({
  method,
  outcome,
  attempt,
  pauseMs,
  now,
  jitter,
}: Attempt): number | undefined {
  if (!isTransient(outcome)) return undefined;
  if (outcome.is === "answered" && outcome.answer.status === 409) return undefined;
  if (method === "POST" && isInDoubt(method, outcome)) return undefined;
  const pause = backoff(pauseMs, attempt, jitter);
  if (outcome.is === "answered" && outcome.answer.status === 429) {
    return rateLimitWait(outcome.answer.headers, now) ?? pause;
  }
  return pause;
}
