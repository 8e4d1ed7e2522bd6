/**
 * Waiting for something or for an abort, whichever comes first, many times with
 * one signal. Promise.race with a promise that lives on would do it as well, and
 * keep every answer in memory for as long as that one lives.
 */
export class UntilAborted {
  readonly #signal: AbortSignal;
  readonly #waiting = new Set<(reason: unknown) => void>();
  readonly #abort = (): void => {
    for (const reject of this.#waiting) reject(this.#signal.reason);
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  /** As `work` settles; throws the signal's reason at once when it fires. */
  async wait<T>(work: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.add(reject);
    if (this.#signal.aborted) reject(this.#signal.reason);
    work.then(resolve, reject);
    try {
      return await promise;
    } finally {
      this.#waiting.delete(reject);
    }
  }

  stop(): void {
    this.#signal.removeEventListener("abort", this.#abort);
  }
}
