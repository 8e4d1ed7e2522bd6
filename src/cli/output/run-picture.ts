/**
 * A run as seen so far: its events, folded. What the live list and its status
 * line show is derived from here; pure, so any moment of a run can be drawn.
 */
import type { RunEvent, TimedEvent } from "../../core/event.ts";
import type { Action, Progress, Verdict } from "../../core/verdict.ts";

export interface PicturedStep {
  readonly id: string;
  readonly state: "not-reached" | "active" | "satisfied" | "stopped";
}

/** The step that is being worked on, forwards or backwards. */
export interface ActiveStep {
  readonly id: string;
  readonly undoing: boolean;
  /** Milliseconds since the epoch, as all moments here. */
  readonly since: number;
  /** What is being done or waited for, and why. */
  readonly doing: string;
  readonly waiting: boolean;
  /** When the step gives up; known while it waits. */
  readonly deadline: number | undefined;
  readonly progress: Progress | undefined;
}

export interface RunPicture {
  readonly steps: readonly PicturedStep[];
  readonly active: ActiveStep | undefined;
  readonly pastPointOfNoReturn: boolean;
  readonly ended: boolean;
}

export const blankPicture: RunPicture = {
  steps: [],
  active: undefined,
  pastPointOfNoReturn: false,
  ended: false,
};

export function follow(picture: RunPicture, event: TimedEvent): RunPicture {
  const at = Date.parse(event.at);
  switch (event.type) {
    case "run-started":
      return {
        ...blankPicture,
        steps: event.steps.map(({ id }) => ({ id, state: "not-reached" })),
      };
    case "step-entered":
      return enter(picture, event.step, at, false, "looking");
    case "undoing":
      return enter(picture, event.step, at, true, event.because);
    case "step-kept":
    case "step-satisfied":
      return { ...marked(picture, event.step, "satisfied"), active: undefined };
    case "step-undone":
      return { ...marked(picture, event.step, "not-reached"), active: undefined };
    case "point-of-no-return":
      return { ...picture, pastPointOfNoReturn: true };
    case "run-stopped":
      return {
        ...(event.step === undefined ? picture : stopped(picture, event.step)),
        active: undefined,
        pastPointOfNoReturn: event.pastPointOfNoReturn,
        ended: true,
      };
    default:
      return picture.active === undefined
        ? picture
        : { ...picture, active: work(picture.active, event, at) };
  }
}

function enter(
  picture: RunPicture,
  id: string,
  at: number,
  undoing: boolean,
  doing: string,
): RunPicture {
  return {
    ...(undoing ? picture : marked(picture, id, "active")),
    active: {
      id,
      undoing,
      since: at,
      doing,
      waiting: false,
      deadline: undefined,
      progress: undefined,
    },
  };
}

function marked(picture: RunPicture, id: string, state: PicturedStep["state"]): RunPicture {
  return {
    ...picture,
    steps: picture.steps.map((step) => (step.id === id ? { id, state } : step)),
  };
}

function stopped(picture: RunPicture, id: string): RunPicture {
  const isDone = picture.steps.some((step) => step.id === id && step.state === "satisfied");
  return isDone ? picture : marked(picture, id, "stopped");
}

function work(active: ActiveStep, event: RunEvent, at: number): ActiveStep {
  switch (event.type) {
    case "waiting":
      return {
        ...active,
        doing: event.reason,
        waiting: true,
        deadline: at + event.deadlineInMs,
        progress: event.progress,
      };
    case "progress":
      return { ...active, doing: event.reason ?? active.doing, progress: event.progress };
    case "looked":
      return {
        ...active,
        doing: afterLook(active, event.verdict),
        waiting: event.verdict.is === "waiting",
      };
    case "action-began":
      return { ...active, doing: doing(event.action), waiting: false, progress: undefined };
    case "action-ended":
      return {
        ...active,
        doing: `done: ${event.action.summary}; looking again`,
        progress: undefined,
      };
    case "gate":
      return { ...active, doing: event.question, waiting: true, progress: undefined };
    default:
      return active;
  }
}

/** The reason for a wait stands until the next one: it must not flicker with every look. */
function afterLook(active: ActiveStep, verdict: Verdict): string {
  switch (verdict.is) {
    case "waiting":
      return verdict.reason;
    case "unmet":
      return verdict.because;
    default:
      return active.doing;
  }
}

function doing(action: Action): string {
  return action.summary;
}
