/**
 * A clock that runs only when everybody sleeps: the earliest sleeper is woken
 * once no promise is left to settle, and the time is then what it slept for.
 * For code that waits for nothing but this clock.
 */
import type { Clock } from "../../src/engine/index.ts";

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

export class VirtualClock implements Clock {
  #elapsed = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#elapsed);
  }

  elapsed(): number {
    return this.#elapsed;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        until: this.#elapsed + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", sleeper.wake, { once: true });
      setImmediate(() => this.#wakeEarliest());
    });
  }

  #wakeEarliest(): void {
    const [earliest] = [...this.#sleepers].toSorted((a, b) => a.until - b.until);
    if (earliest === undefined) return;
    this.#elapsed = Math.max(this.#elapsed, earliest.until);
    earliest.wake();
    if (this.#sleepers.size > 0) setImmediate(() => this.#wakeEarliest());
  }
}
