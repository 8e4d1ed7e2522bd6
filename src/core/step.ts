/**
 * The step interface, on which everything hangs: look (observe, then decide)
 * and apply. A kind is the code that knows one sort of step; a plan declares
 * steps of that kind; `bind` joins the two for the engine.
 */
import type { z } from "zod";
import { asDeclared, type DeclaredActions } from "./declared-action.ts";
import type { Json } from "./json.ts";
import type { Action, Progress, Verdict } from "./verdict.ts";

/** A fact that cannot be observed later, as the journal holds it. */
export interface Note {
  readonly step: string;
  readonly name: string;
  readonly value: Json;
  /** ISO 8601, the tool's clock. */
  readonly at: string;
}

/** What a step may know besides the world. */
export interface StepContext {
  /** Lower-case letters and digits, at most 16: usable in every vendor's names. */
  readonly run: string;
  readonly step: string;
  /** Every note of the run so far, oldest first, of all steps. */
  readonly notes: readonly Note[];
  /** When this step was approved, if it was. */
  readonly approval: Approval | undefined;
  /** The yes that this step had, and that counts no more. */
  readonly voided?: VoidedApproval | undefined;
  /** The run has passed its point of no return. */
  readonly crossed?: boolean;
  /** Each time that the run stopped in this step before: how many of the notes had been made by then. */
  readonly stops: readonly number[];
  /** True while only a preview is made: nothing will be applied after this look. */
  readonly preview: boolean;
  readonly now: Date;
  readonly signal: AbortSignal;
  /**
   * Journals what a long look has found so far, so that another process need not find it
   * again: a note, on disk when the promise resolves. Does nothing in a preview, and once
   * the look has ended, was told to end or came to its deadline.
   */
  remember(name: string, value: Json): Promise<void>;
  /** Shows how far a long look or action is. */
  report(progress: Progress, reason?: string): void;
}

export interface ActionContext extends StepContext {
  /** Journals a fact; on disk when the promise resolves. Write it before the effect. */
  note(name: string, value: Json): Promise<void>;
}

export interface Approval {
  readonly who: string;
  readonly at: string;
  /** `terminal`, or `--approve`. */
  readonly how: string;
}

/** What a yes allowed was undone since: it was said to a world that is gone. */
export interface VoidedApproval extends Approval {
  readonly undone: { readonly step: string; readonly at: string };
}

/** A step of this kind may only stand after one of another kind; or before, where there is one. */
export interface OrderRule {
  readonly kind: string;
  readonly because: string;
}

/**
 * How long a satisfied verdict counts. `standing`: looked at anew by every
 * resume. `moment`: true at that moment and never to be asked again, because
 * what follows changes the world (a comparison of two frozen databases).
 * `until-crossing`: standing, until the run passes its point of no return;
 * what makes the target ready must not be done again to one that is in use.
 */
export type Proof = "standing" | "moment" | "until-crossing";

export interface StepKind<World, Settings, Seen> {
  readonly kind: string;
  /** What the world is like when the step is satisfied; shown by `explain`. */
  readonly condition: string;
  /** More for `explain` and the docs: paragraphs. */
  readonly details: string;
  readonly settings: z.ZodType<Settings>;
  /** Settings as a plan would write them, for `explain`. A kind that must be given some has one. */
  readonly example?: { readonly [setting: string]: Json };
  readonly proof: Proof;
  /** Milliseconds from the first look to satisfied. */
  readonly deadlineMs: number;
  readonly after: readonly OrderRule[];
  /** Kinds that come too early before it. */
  readonly before?: readonly OrderRule[];
  /** Undone at once when the run stops before the point of no return. */
  readonly undoneOnStop: boolean;
  /**
   * What it proves may cease by itself: a stream that follows may fall behind while the run
   * waits for a yes or for DNS. Looked at again right before the outage begins.
   */
  readonly mayCease?: true;
  /** Everything that this kind may ever do; its verdicts have no other actions. */
  readonly actions: DeclaredActions;
  /** What the step will do, for a preview in which the world cannot tell yet. */
  intends(settings: Settings): string;
  /** Reads only. Throws UnreadableError or ProviderError when the world cannot be read. */
  observe(world: World, settings: Settings, context: StepContext): Promise<Seen>;
  decide(seen: Seen, settings: Settings, context: StepContext): Verdict;
  apply(action: Action, world: World, settings: Settings, context: ActionContext): Promise<void>;
  /**
   * The look that is taken again right before the point of no return, for a kind that is
   * undone on a stop: each moment of it is outage. Default: the whole look.
   */
  lookAgain?(world: World, settings: Settings, context: StepContext): Promise<Verdict>;
  /** The same loop backwards: satisfied when nothing of this run's change is left. */
  readonly undo?: {
    readonly actions: DeclaredActions;
    observe(world: World, settings: Settings, context: StepContext): Promise<Seen>;
    decide(seen: Seen, settings: Settings, context: StepContext): Verdict;
  };
}

/** A declared step joined with its kind and the world: what the engine carries out. */
export interface Step {
  readonly id: string;
  readonly kind: string;
  readonly proof: Proof;
  readonly deadlineMs: number;
  readonly undoneOnStop: boolean;
  readonly mayCease: boolean;
  readonly undoable: boolean;
  readonly intends: string;
  look(context: StepContext): Promise<Verdict>;
  /** Does it still hold? Asked right before the outage, or the point of no return. */
  lookAgain(context: StepContext): Promise<Verdict>;
  apply(action: Action, context: ActionContext): Promise<void>;
  lookUndo(context: StepContext): Promise<Verdict>;
}

export interface DeclaredStep<Settings> {
  readonly id: string;
  readonly deadlineMs: number | undefined;
  readonly settings: Settings;
}

export function bind<World, Settings, Seen>(
  kind: StepKind<World, Settings, Seen>,
  declared: DeclaredStep<Settings>,
  world: World,
): Step {
  const { settings } = declared;
  const checked = (verdict: Verdict) => asDeclared(verdict, kind.kind, kind.actions);
  const look = async (context: StepContext) =>
    checked(kind.decide(await kind.observe(world, settings, context), settings, context));
  return {
    id: declared.id,
    kind: kind.kind,
    proof: kind.proof,
    deadlineMs: declared.deadlineMs ?? kind.deadlineMs,
    undoneOnStop: kind.undoneOnStop,
    mayCease: kind.mayCease === true,
    undoable: kind.undo !== undefined,
    intends: kind.intends(settings),
    look,
    lookAgain: async (context) =>
      kind.lookAgain === undefined
        ? look(context)
        : checked(await kind.lookAgain(world, settings, context)),
    apply: (action, context) => kind.apply(action, world, settings, context),
    lookUndo: async (context) => {
      if (kind.undo === undefined) {
        return { is: "satisfied", because: "what this step made is kept" };
      }
      const seen = await kind.undo.observe(world, settings, context);
      return asDeclared(kind.undo.decide(seen, settings, context), kind.kind, kind.undo.actions);
    },
  };
}

/** The latest note of that name by that step. */
export function latestNote(notes: readonly Note[], step: string, name: string): Note | undefined {
  return notes.findLast((note) => note.step === step && note.name === name);
}
