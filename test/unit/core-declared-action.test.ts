import { expect, it } from "vitest";
import { z } from "zod";
import { bind, type StepContext, type StepKind } from "../../src/core/step.ts";
import type { Action } from "../../src/core/verdict.ts";

const kind: StepKind<undefined, unknown, Action> = {
  kind: "door-open",
  condition: "",
  details: "",
  settings: z.unknown(),
  proof: "standing",
  deadlineMs: 1,
  after: [],
  undoneOnStop: false,
  actions: { open: { touches: "source", does: "Opens." } },
  intends: () => "",
  observe: () => Promise.reject(new Error("Not asked.")),
  decide: (action) => ({ is: "unmet", because: "", actions: [action] }),
  apply: () => Promise.resolve(),
};

const context = {} as StepContext;

function looks(action: Omit<Action, "summary">) {
  const seen: Action = { summary: "", ...action };
  const observe = () => Promise.resolve(seen);
  const actions = { close: { touches: "files", does: "Closes." } } as const;
  const decide = (action: Action) => kind.decide(action, undefined, context);
  const undo = { actions, observe, decide };
  const declared = { id: "door", deadlineMs: undefined, settings: undefined };
  return bind({ ...kind, observe, undo }, declared, undefined);
}

it("an action that its kind declares is what was seen, with a subject or without", async () => {
  const verdict = await looks({ id: "open front", touches: "source" }).look(context);
  expect(verdict).toMatchObject({ is: "unmet", actions: [{ id: "open front" }] });
  const back = await looks({ id: "close", touches: "files" }).lookUndo(context);
  expect(back).toMatchObject({ is: "unmet", actions: [{ id: "close" }] });
});

it.each([
  ["none of its own", { id: "smash", touches: "source" }],
  ["one of every object's", { id: "constructor", touches: "source" }],
  ["one of the undo", { id: "close", touches: "files" }],
  ["one that touches something else", { id: "open", touches: "target" }],
  ["one that crosses unannounced", { id: "open", touches: "source", crossesPointOfNoReturn: true }],
] as const)("an action that is %s is a bug, not an error for people", async (_, action) => {
  const error: unknown = await looks(action)
    .look(context)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).constructor).toBe(Error);
  expect((error as Error).message).toContain(action.id);
});

it("undoing has actions of its own", async () => {
  const opens = looks({ id: "open", touches: "source" });
  await expect(opens.lookUndo(context)).rejects.toThrow("door-open does not declare");
});
