/** When no write was acknowledged, and what was said meanwhile. Pure. */

export interface CountedError {
  /** `25006 cannot execute INSERT in a read-only transaction`. */
  readonly error: string;
  readonly count: number;
}

/** From the last acknowledged write before to the first one after. */
export interface Outage {
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly ms: number;
  /** False: the record ends before a write was acknowledged again. */
  readonly ended: boolean;
  readonly errors: readonly CountedError[];
}

class Histogram {
  readonly #counts = new Map<string, number>();

  count(error: string): void {
    this.#counts.set(error, (this.#counts.get(error) ?? 0) + 1);
  }

  clear(): void {
    this.#counts.clear();
  }

  /** The most frequent first. */
  sorted(): readonly CountedError[] {
    return [...this.#counts]
      .map(([error, count]) => ({ error, count }))
      .toSorted((a, b) => b.count - a.count || a.error.localeCompare(b.error));
  }
}

/** Told of every answer in order of time; keeps the outages alone. */
export class OutageTracker {
  readonly #thresholdMs: number;
  readonly #outages: Outage[] = [];
  readonly #all = new Histogram();
  readonly #within = new Histogram();
  #longest: Outage | undefined;
  #lastMs: number | undefined;
  #failedSinceMs: number | undefined;

  /** Shorter gaps are the pace of the client, not an outage. */
  constructor(thresholdMs: number) {
    this.#thresholdMs = thresholdMs;
  }

  acknowledged(at: number): void {
    if (this.#lastMs !== undefined) this.#gap(this.#lastMs, at);
    this.#lastMs = at;
    this.#failedSinceMs = undefined;
    this.#within.clear();
  }

  failed(at: number, error: string): void {
    this.#failedSinceMs = at;
    this.#all.count(error);
    this.#within.count(error);
  }

  /** With the one that the record ends in, if it does. */
  outages(): readonly Outage[] {
    const open = this.#open();
    return open !== undefined && open.ms >= this.#thresholdMs
      ? [...this.#outages, open]
      : this.#outages;
  }

  longest(): Outage | undefined {
    const open = this.#open();
    return open !== undefined && open.ms > (this.#longest?.ms ?? -1) ? open : this.#longest;
  }

  errors(): readonly CountedError[] {
    return this.#all.sorted();
  }

  #gap(fromMs: number, toMs: number): void {
    const ms = toMs - fromMs;
    const kept = ms >= this.#thresholdMs;
    const longer = ms > (this.#longest?.ms ?? -1);
    if (!kept && !longer) return;
    const outage = { fromMs, toMs, ms, ended: true, errors: this.#within.sorted() };
    if (kept) this.#outages.push(outage);
    if (longer) this.#longest = outage;
  }

  #open(): Outage | undefined {
    const fromMs = this.#lastMs;
    const toMs = this.#failedSinceMs;
    if (fromMs === undefined || toMs === undefined) return undefined;
    return { fromMs, toMs, ms: toMs - fromMs, ended: false, errors: this.#within.sorted() };
  }
}

export interface Phase {
  readonly name: string;
  /** Milliseconds since 1970. It lasts until the next one begins. */
  readonly startMs: number;
}

/** An outage's milliseconds by phase, in order, without phases it did not touch. The parts add up to the whole. */
export function splitByPhase(
  outage: Pick<Outage, "fromMs" | "toMs">,
  phases: readonly Phase[],
): readonly { readonly name: string; readonly ms: number }[] {
  const sorted = phases.toSorted((a, b) => a.startMs - b.startMs);
  const bounds = [{ name: "before", startMs: -Infinity }, ...sorted];
  return bounds.flatMap(({ name, startMs }, index) => {
    const endMs = bounds[index + 1]?.startMs ?? Infinity;
    const ms = Math.min(outage.toMs, endMs) - Math.max(outage.fromMs, startMs);
    return ms > 0 ? [{ name, ms }] : [];
  });
}
