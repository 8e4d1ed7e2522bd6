/**
 * The postmaster's process and its children, by signals. Knows nothing of SQL.
 */
import { setTimeout as delay } from "node:timers/promises";
import { childrenOf, signalAll } from "./processes.ts";
import { type LaunchOptions, type Supervised, supervise } from "./supervisor.ts";

const killDeadlineMs = 10_000;

export class Postmaster {
  readonly #supervised: Supervised;

  constructor(supervised: Supervised) {
    this.#supervised = supervised;
  }

  get pid(): number {
    return this.#supervised.pid;
  }

  get running(): boolean {
    return !this.gone.aborted;
  }

  /** Fires when it ends. */
  get gone(): AbortSignal {
    return this.#supervised.gone;
  }

  signal(name: NodeJS.Signals): void {
    if (this.running) signalAll([this.pid], name);
  }

  /** Throws when it is still there after so many milliseconds. */
  async ended(deadlineMs: number): Promise<void> {
    // The timer also keeps us alive while we wait: the child is unreferenced.
    const late = delay(deadlineMs, true, { signal: this.gone }).catch(() => false);
    if (await late) {
      throw new Error(`The postmaster ${this.pid} was still running after ${deadlineMs} ms.`);
    }
  }

  /** SIGKILL to it and to every process of it. */
  async kill(): Promise<void> {
    if (!this.running) return;
    // Stopped first, so that it cannot start another child in between.
    signalAll([this.pid], "SIGSTOP");
    signalAll([...(await childrenOf(this.pid)), this.pid], "SIGKILL");
    await this.ended(killDeadlineMs);
  }

  /** SIGSTOP: connections stay open and nothing answers, as behind a dead network. */
  async pause(): Promise<void> {
    if (!this.running) return;
    signalAll([this.pid], "SIGSTOP");
    signalAll(await childrenOf(this.pid), "SIGSTOP");
  }

  async proceed(): Promise<void> {
    if (this.running) signalAll([...(await childrenOf(this.pid)), this.pid], "SIGCONT");
  }

  release(): void {
    this.#supervised.release();
  }
}

export async function launch(options: LaunchOptions): Promise<Postmaster> {
  return new Postmaster(await supervise(options));
}
