/**
 * The snapshots that a comparison left behind, by database: held from the
 * freeze on while applications write to the target, and closed with the run,
 * with a thaw, or when their time is over. They live in this process only.
 */
import { showDuration } from "../core/duration.ts";
import type { Held } from "../verification/index.ts";

/** An old snapshot keeps the target from cleaning up what applications replace. */
const longestMs = 6 * 3_600_000;

export class HeldComparisons {
  readonly #held = new Map<string, Held>();

  get size(): number {
    return this.#held.size;
  }

  /** In the place of an older one, which shows another moment. */
  hold(database: string, held: Held): void {
    void this.take(database)?.close();
    held.limitTo(longestMs, `it was held for ${showDuration(longestMs)}, and no longer`);
    this.#held.set(database, held);
  }

  has(database: string): boolean {
    return this.#held.has(database);
  }

  /** Undefined: nobody holds it. Whoever takes it closes it. */
  take(database: string): Held | undefined {
    const held = this.#held.get(database);
    this.#held.delete(database);
    return held;
  }

  /** With fewer sessions to each side. */
  async keep(database: string, sessions: number): Promise<void> {
    await this.#held.get(database)?.keep(sessions);
  }

  async letGo(database: string): Promise<void> {
    await this.take(database)?.close();
  }

  async letGoOfAll(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((database) => this.letGo(database)));
  }
}
