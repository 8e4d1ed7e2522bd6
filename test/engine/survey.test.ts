import { expect, it } from "vitest";
import { UnreadableError } from "../../src/core/errors.ts";
import type { StepContext } from "../../src/core/step.ts";
import { survey } from "../../src/engine/index.ts";
import { fake, satisfied, switched } from "../support/fake-steps.ts";

function contextOf(step: string, signal = new AbortController().signal): StepContext {
  return {
    run: "preview",
    step,
    notes: [],
    approval: undefined,
    stops: [],
    preview: true,
    now: new Date(0),
    signal,
    remember: () => Promise.resolve(),
    report: () => undefined,
  };
}

it("looks at every step, applies nothing, and says which answers may change", async () => {
  const state = { on: false, effects: [] };
  const unreadable = new UnreadableError({ message: "no route", remedy: "open 5432" });
  const surveyed = await survey(
    [
      fake({ id: "a", look: () => satisfied() }),
      switched("b", state),
      fake({ id: "c", look: () => Promise.reject(unreadable) }),
      fake({ id: "d", look: () => satisfied() }),
    ],
    contextOf,
  );
  expect(state.effects).toEqual([]);
  expect(surveyed.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
    ["a", undefined],
    ["b", undefined],
    ["c", "b"],
    ["d", "b"],
  ]);
  expect(surveyed[1]?.seen).toMatchObject({ verdict: { is: "unmet" } });
  expect(surveyed[2]?.seen).toEqual({ unreadable: { message: "no route", remedy: "open 5432" } });
});

it("throws a bug on, and ends when it is interrupted", async () => {
  const bug = new TypeError("ours");
  await expect(
    survey([fake({ id: "a", look: () => Promise.reject(bug) })], contextOf),
  ).rejects.toBe(bug);
  const interrupt = new AbortController();
  const steps = [
    fake({
      id: "a",
      look: () => {
        interrupt.abort();
        return satisfied();
      },
    }),
    fake({ id: "b", look: () => Promise.reject(bug) }),
  ];
  const surveyed = await survey(steps, (id) => contextOf(id, interrupt.signal));
  expect(surveyed.map(({ id }) => id)).toEqual(["a"]);
});

it("what a run would not ask again, a preview does not ask either", async () => {
  let looks = 0;
  const look = () => {
    looks += 1;
    return satisfied();
  };
  const steps = [fake({ id: "compared", look }), fake({ id: "after", look: () => satisfied() })];
  const kept = (step: { readonly id: string }) =>
    step.id === "compared"
      ? { at: "2026-11-23T20:00:00.000Z", because: "all equal", seq: 7 }
      : undefined;
  const [compared, after] = await survey(steps, contextOf, { kept });
  expect(looks).toBe(0);
  expect(compared?.seen).toMatchObject({
    verdict: { is: "satisfied", because: expect.stringContaining("all equal") },
  });
  expect(after?.dependsOn).toBeUndefined();
});
