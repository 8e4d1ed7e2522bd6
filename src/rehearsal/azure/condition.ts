/** Waiting for something in memory to become so, without polling. */

export class Condition {
  readonly #watchers = new Set<() => void>();

  /** To be called after every change that somebody may wait for. */
  changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** Resolves as soon as `holds` does; rejects with the signal's reason. */
  async until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        this.#watchers.delete(look);
        signal.removeEventListener("abort", aborted);
      };
      const look = (): void => {
        if (!holds()) return;
        end();
        resolve();
      };
      const aborted = (): void => {
        end();
        reject(signal.reason as Error);
      };
      this.#watchers.add(look);
      signal.addEventListener("abort", aborted, { once: true });
    });
  }
}
