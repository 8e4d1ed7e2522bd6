/** What the engine needs from outside, and nothing more. */
import type { RunEvent } from "../core/event.ts";
import type { Journal } from "../core/journal/journal.ts";
import type { Step } from "../core/step.ts";

export interface Clock {
  now(): Date;
  /** Milliseconds of a clock that is never set back. */
  elapsed(): number;
  /** Ends early, without an error, when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Says yes for a gate, or nothing: the run then stops there. */
export type Approver = (
  step: string,
  question: string,
  signal: AbortSignal,
) => Promise<{ readonly who: string; readonly how: string } | undefined>;

export interface EnginePorts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly approve: Approver;
  readonly emit: (event: RunEvent) => void;
}

export interface CarryOptions {
  readonly steps: readonly Step[];
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Stop, satisfied, after this step. */
  readonly until?: string | undefined;
  /**
   * Throws when the target of a resumed run is another one by now, or cannot
   * be asked. Then nothing is done there, and yet a frozen source is thawed:
   * it must not wait for a target that may be gone.
   */
  readonly confirmTarget?: ((signal: AbortSignal) => Promise<void>) | undefined;
}
