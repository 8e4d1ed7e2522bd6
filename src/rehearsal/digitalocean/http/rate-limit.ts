/**
 * The two limits of a token: 5,000 requests an hour and 250 a minute, both
 * over a sliding window. Pure but for the clock that is handed in.
 */

export interface Limits {
  readonly hourly: number;
  readonly burst: number;
}

export const publishedLimits: Limits = { hourly: 5000, burst: 250 };

export interface Allowance {
  /** `retryAfter` in seconds, only for the burst limit: the API is silent about the other. */
  readonly refused: { readonly retryAfter?: number } | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export function rateHeaders(
  limit: number,
  remaining: number,
  resetSeconds: number,
): Record<string, string> {
  return {
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(Math.max(0, remaining)),
    "ratelimit-reset": String(resetSeconds),
  };
}

export class RateLimit {
  readonly #limits: Limits;
  readonly #taken = new Map<string, number[]>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Counts one request of the token at `now` (ms), unless it is refused. */
  take(token: string, now: number): Allowance {
    const { hourly, burst } = this.#limits;
    const hour = (this.#taken.get(token) ?? []).filter((at) => at > now - 3_600_000);
    const minute = hour.filter((at) => at > now - 60_000);
    const full = hour.length >= hourly;
    const crowded = !full && minute.length >= burst;
    if (!full && !crowded) hour.push(now);
    this.#taken.set(token, hour);
    const reset = Math.ceil(((hour[0] ?? now) + 3_600_000) / 1000);
    const headers = rateHeaders(hourly, hourly - hour.length, reset);
    if (full) return { refused: {}, headers };
    if (!crowded) return { refused: undefined, headers };
    const retryAfter = Math.max(1, Math.ceil(((minute[0] ?? now) + 60_000 - now) / 1000));
    return { refused: { retryAfter }, headers };
  }
}
