/**
 * What a record proves: how many writes were acknowledged and by whom, when
 * none was, and what each row must hold at the end. Takes the entries one
 * after the other, so that a million of them need no list.
 */
import { type Fates, FateTracker } from "./fates.ts";
import { type CountedError, type Outage, OutageTracker } from "./outages.ts";
import type { Entry } from "./record.ts";

export interface Taker {
  /** `host:port`. */
  readonly server: string;
  readonly acknowledged: number;
  /** Milliseconds since 1970. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface Testimony {
  readonly acknowledged: number;
  readonly failed: number;
  readonly errors: readonly CountedError[];
  /** Undefined when fewer than two writes were acknowledged and none failed after. */
  readonly longest: Outage | undefined;
  /** Those of at least the threshold, in order of time. */
  readonly outages: readonly Outage[];
  /** Who took the writes, in the order of their first one. */
  readonly servers: readonly Taker[];
  readonly fates: Fates;
}

export class Witness {
  readonly #outages: OutageTracker;
  readonly #fates = new FateTracker();
  readonly #servers = new Map<string, Taker>();
  #acknowledged = 0;
  #failed = 0;

  /** Milliseconds from which on a gap counts as an outage. */
  constructor(outageMs: number) {
    this.#outages = new OutageTracker(outageMs);
  }

  take(entry: Entry): void {
    if (entry.is === "acknowledged") {
      this.#acknowledged += 1;
      this.#fates.acknowledged(entry.write);
      this.#outages.acknowledged(entry.at);
      this.#took(entry.server, entry.at);
    }
    if (entry.is === "failed") {
      this.#failed += 1;
      this.#outages.failed(entry.at, `${entry.code} ${entry.message}`);
      if (entry.write !== undefined && entry.inDoubt) this.#fates.inDoubt(entry.write);
    }
  }

  testimony(): Testimony {
    return {
      acknowledged: this.#acknowledged,
      failed: this.#failed,
      errors: this.#outages.errors(),
      longest: this.#outages.longest(),
      outages: this.#outages.outages(),
      servers: [...this.#servers.values()],
      fates: this.#fates.fates,
    };
  }

  #took(server: string, at: number): void {
    const before = this.#servers.get(server) ?? {
      server,
      acknowledged: 0,
      firstMs: at,
      lastMs: at,
    };
    this.#servers.set(server, { ...before, acknowledged: before.acknowledged + 1, lastMs: at });
  }
}

export async function hear(entries: AsyncIterable<Entry>, outageMs: number): Promise<Testimony> {
  const witness = new Witness(outageMs);
  for await (const entry of entries) witness.take(entry);
  return witness.testimony();
}
