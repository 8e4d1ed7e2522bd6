/**
 * What happens in a run, as listeners see it. With `--json` each event is one
 * line on standard output, so these shapes are an interface: add, never change.
 */
import type { Finding } from "./finding.ts";
import type { Action, Progress, Verdict } from "./verdict.ts";

export type Ending =
  | "finished"
  | "failed"
  | "blocked"
  | "could-not-check"
  | "at-gate"
  | "until"
  | "interrupted"
  | "undone";

export type RunEvent =
  | {
      readonly type: "run-started";
      readonly run: string;
      readonly plan: string;
      readonly resumed: boolean;
      readonly undo: boolean;
      readonly steps: readonly { readonly id: string; readonly kind: string }[];
      readonly journal: string;
    }
  | { readonly type: "step-entered"; readonly step: string; readonly kind: string }
  /** Proven earlier in this run, at a moment that does not come back. */
  | {
      readonly type: "step-kept";
      readonly step: string;
      readonly at: string;
      readonly because: string;
    }
  | { readonly type: "looked"; readonly step: string; readonly verdict: Verdict }
  | {
      readonly type: "waiting";
      readonly step: string;
      readonly reason: string;
      readonly progress?: Progress;
      readonly deadlineInMs: number;
    }
  | {
      readonly type: "progress";
      readonly step: string;
      readonly progress: Progress;
      readonly reason?: string;
    }
  | { readonly type: "action-began"; readonly step: string; readonly action: Action }
  | {
      readonly type: "action-ended";
      readonly step: string;
      readonly action: Action;
      readonly tookMs: number;
    }
  | { readonly type: "warned"; readonly step: string; readonly findings: readonly Finding[] }
  | {
      readonly type: "step-satisfied";
      readonly step: string;
      readonly because: string;
      readonly tookMs: number;
      readonly facts?: { readonly [name: string]: unknown };
    }
  | { readonly type: "gate"; readonly step: string; readonly question: string }
  | { readonly type: "approved"; readonly step: string; readonly who: string; readonly how: string }
  | { readonly type: "point-of-no-return"; readonly step: string; readonly action: Action }
  | { readonly type: "undoing"; readonly step: string; readonly because: string }
  | {
      readonly type: "step-undone";
      readonly step: string;
      readonly because: string;
      readonly tookMs: number;
    }
  | {
      readonly type: "run-stopped";
      readonly run: string;
      readonly ending: Ending;
      /** The step in which the run ended, where there is one. */
      readonly step?: string;
      readonly message: string;
      readonly meaning?: string;
      readonly remedy?: string;
      readonly findings?: readonly Finding[];
      /** True after the point of no return. */
      readonly pastPointOfNoReturn: boolean;
      readonly tookMs: number;
    };

/** An event with the moment it happened, ISO 8601. */
export type TimedEvent = RunEvent & { readonly at: string };

/** Watches a run; can never change it. */
export type Listener = (event: TimedEvent) => void;
