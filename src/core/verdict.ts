/**
 * What a look at the world says about one step, and the actions that would
 * change it. Data only: verdicts are printed, journaled and compared.
 */
import type { Finding } from "./finding.ts";
import type { Json } from "./json.ts";

/** The outside systems that an action may change. */
export type Touched =
  | "source"
  | "target"
  | "Azure"
  | "DigitalOcean"
  | "DNS"
  | "Pulumi"
  | "files"
  | "journal";

/** One change to the world. Applying it twice must do no more than once. */
export interface Action {
  /** Unique within the step, kebab-case: `create-migration`, `freeze-database api`. */
  readonly id: string;
  /** A sentence in the imperative: "Create the migration osm26 on Azure". */
  readonly summary: string;
  readonly touches: Touched;
  /** What apply needs to know. Never a secret. */
  readonly data?: Json;
  /** After this action writes may reach the target; see `Point of no return` in CONTEXT.md. */
  readonly crossesPointOfNoReturn?: true;
  /** Applications cannot write from here on: what may have ceased meanwhile is looked at again before. */
  readonly beginsOutage?: true;
  /**
   * Takes nothing from what later steps have proven, so that it may be taken again after
   * them, even right before the point of no return: ending a session, for one.
   */
  readonly keepsProofs?: true;
}

export interface Progress {
  /** How much is done, in `unit`s. Absent when it could not be read. */
  readonly done?: number;
  readonly total?: number;
  /** `tables`, `files`, `bytes`, `rows`. */
  readonly unit?: string;
  /** One line for each part that moves on its own, such as a database. */
  readonly parts?: readonly { readonly name: string; readonly text: string }[];
}

export interface Satisfied {
  readonly is: "satisfied";
  /** What was seen that makes it so, one sentence. */
  readonly because: string;
  readonly warnings?: readonly Finding[];
  /** Figures that the report shows: rows compared, findings counted. */
  readonly facts?: { readonly [name: string]: Json };
  /** What this look saw and no later one can see: journaled as notes, before the step counts as satisfied. */
  readonly notes?: { readonly [name: string]: Json };
  /**
   * What was seen means that writes may reach the target, whoever brought it
   * about: a run that finds it so has passed its point of no return.
   */
  readonly pastPointOfNoReturn?: true;
}

export interface Unmet {
  readonly is: "unmet";
  readonly because: string;
  /** In order. Only the first is applied before the world is looked at again. */
  readonly actions: readonly [Action, ...Action[]];
  readonly warnings?: readonly Finding[];
}

export interface Waiting {
  readonly is: "waiting";
  /** What is being waited for, and why: shown all the time. */
  readonly reason: string;
  /** `approval`: no time will help, only a recorded yes. */
  readonly for: "world" | "approval";
  /** Nobody answered, so that it may hold already: not known, which is not the same as not so. */
  readonly unread?: true;
  readonly progress?: Progress;
  /** Milliseconds until the next look; the engine has a default. */
  readonly lookAgainInMs?: number;
  /**
   * A moment that was known before, ISO 8601: the time until then is nobody's
   * delay and does not count against the step's deadline.
   */
  readonly until?: string;
}

export interface Blocked {
  readonly is: "blocked";
  /** At least one that `blocks` or is `unknown`. */
  readonly findings: readonly [Finding, ...Finding[]];
}

export type Verdict = Satisfied | Unmet | Waiting | Blocked;
