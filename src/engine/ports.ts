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
}
