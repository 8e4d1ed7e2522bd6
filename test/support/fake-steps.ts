/** Steps over state in memory, and a process of the engine to carry them. */
import type { RunEvent } from "../../src/core/event.ts";
import type { ActionContext, Step, StepContext } from "../../src/core/step.ts";
import type { Action, Verdict } from "../../src/core/verdict.ts";
import {
  carry,
  withdraw,
  type Approver,
  type Clock,
  type Outcome,
} from "../../src/engine/index.ts";
import { MemoryJournal } from "./memory-journal.ts";
import { VirtualClock } from "./virtual-clock.ts";

export const satisfied = (because = "so it is"): Verdict => ({ is: "satisfied", because });

export function action(id: string, more: Partial<Action> = {}): Action {
  return { id, summary: `Do ${id}`, touches: "target", ...more };
}

export function unmet(...actions: readonly [Action, ...Action[]]): Verdict {
  return { is: "unmet", because: "not yet", actions };
}

export function waiting(reason: string, lookAgainInMs?: number): Verdict {
  return {
    is: "waiting",
    for: "world",
    reason,
    ...(lookAgainInMs === undefined ? {} : { lookAgainInMs }),
  };
}

export interface FakeStep {
  readonly id: string;
  readonly proof?: Step["proof"];
  readonly deadlineMs?: number;
  readonly undoneOnStop?: boolean;
  readonly mayCease?: boolean;
  look(context: StepContext): Verdict | Promise<Verdict>;
  lookAgain?(context: StepContext): Verdict | Promise<Verdict>;
  apply?(action: Action, context: ActionContext): void | Promise<void>;
  lookUndo?(context: StepContext): Verdict | Promise<Verdict>;
}

export function fake(step: FakeStep): Step {
  return {
    id: step.id,
    kind: step.id,
    proof: step.proof ?? "standing",
    deadlineMs: step.deadlineMs ?? 600_000,
    undoneOnStop: step.undoneOnStop ?? false,
    mayCease: step.mayCease ?? false,
    undoable: step.lookUndo !== undefined,
    intends: `have ${step.id}`,
    look: async (context) => step.look(context),
    lookAgain: async (context) => step.lookAgain?.(context) ?? step.look(context),
    apply: async (applied, context) => step.apply?.(applied, context),
    lookUndo: async (context) => step.lookUndo?.(context) ?? satisfied("nothing to undo"),
  };
}

/** A switch in the world, turned on by one action and off by undoing it. */
export interface Switch {
  on: boolean;
  /** Every effect that took place, in order. */
  readonly effects: string[];
}

export function switched(
  id: string,
  state: Switch,
  more: Partial<FakeStep> & { readonly crosses?: boolean } = {},
): Step {
  const turnOn = action(
    `turn-on ${id}`,
    more.crosses === true ? { crossesPointOfNoReturn: true } : {},
  );
  const turnOff = action(`turn-off ${id}`);
  return fake({
    id,
    look: () => (state.on ? satisfied(`${id} is on`) : unmet(turnOn)),
    apply: (applied) => {
      state.on = applied.id === turnOn.id;
      state.effects.push(applied.id);
    },
    lookUndo: () => (state.on ? unmet(turnOff) : satisfied(`${id} is off`)),
    ...more,
  });
}

export const off = (): Switch => ({ on: false, effects: [] });

export function blocked(): Step {
  const finding = { code: "x", severity: "blocks", message: "no" } as const;
  return fake({ id: "blocked", look: () => ({ is: "blocked", findings: [finding] }) });
}

export function gate(id = "gate"): Step {
  return fake({
    id,
    proof: "moment",
    look: ({ approval }) =>
      approval === undefined
        ? { is: "waiting", for: "approval", reason: "Go on?" }
        : satisfied(`by ${approval.who}`),
  });
}

export interface Process {
  readonly outcome: Outcome;
  readonly events: readonly RunEvent[];
  readonly journal: MemoryJournal;
}

export interface Conditions {
  readonly journal?: MemoryJournal;
  readonly clock?: Clock;
  readonly approve?: Approver;
  readonly until?: string;
  readonly signal?: AbortSignal;
  readonly watch?: (event: RunEvent) => void;
  readonly backwards?: boolean;
  readonly confirmTarget?: (signal: AbortSignal) => Promise<void>;
}

/** One process of the engine over these steps. */
export async function carried(
  steps: readonly Step[],
  conditions: Conditions = {},
): Promise<Process> {
  const journal = conditions.journal ?? MemoryJournal.begun(steps.map((step) => step.id));
  const events: RunEvent[] = [];
  const outcome = await (conditions.backwards === true ? withdraw : carry)(
    {
      journal,
      clock: conditions.clock ?? new VirtualClock(),
      approve: conditions.approve ?? (() => Promise.resolve(undefined)),
      emit: (event) => {
        events.push(event);
        conditions.watch?.(event);
      },
    },
    {
      steps,
      signal: conditions.signal ?? new AbortController().signal,
      until: conditions.until,
      confirmTarget: conditions.confirmTarget,
    },
  );
  return { outcome, events, journal };
}

/** How the run ended, as its listeners were told. */
export function told(process: Pick<Process, "events">): Extract<RunEvent, { type: "run-stopped" }> {
  const last = process.events.at(-1);
  if (last?.type !== "run-stopped") throw new Error("The run did not say how it ended.");
  return last;
}
