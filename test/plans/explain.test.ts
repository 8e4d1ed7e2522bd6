/** What `explain` shows can be pasted: every example is a step that its kind takes. */
import { parse } from "yaml";
import { expect, test } from "vitest";
import { stepSchema } from "../../src/core/plan/plan.ts";
import { explainKinds } from "../../src/migration/explain.ts";
import { kinds, kindNamed } from "../../src/steps/index.ts";

const explained = explainKinds();

test("every kind is explained", () => {
  expect(explained.map(({ kind }) => kind)).toEqual(kinds.map(({ kind }) => kind));
});

test.each(explained)("the example of $kind is a step that its kind takes", ({ kind, example }) => {
  const steps = parse(example) as { id: string; kind: string }[];
  expect(steps).toHaveLength(1);
  const [step] = steps;
  expect(stepSchema(kindNamed(kind)).safeParse(step).error).toBeUndefined();
  // Rules over several settings, such as "exactly one of", are the kind's own.
  const { id: _id, kind: _kind, ...settings } = step ?? { id: "", kind: "" };
  expect(kindNamed(kind).settings.safeParse(settings).error).toBeUndefined();
});

test.each(explained)("every setting of $kind has a type and says what it is", ({ settings }) => {
  for (const { name, type, description } of settings) {
    expect(description, name).toMatch(/^[A-Z`].*\.$/s);
    expect(type, name).not.toBe("value");
  }
});

test.each(explained)("every action of $kind says what it does, and where", ({ actions }) => {
  for (const { action, does, touches } of actions) {
    expect(action).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(does, action).toMatch(/^[A-Z`].*\.$/s);
    expect(touches, action).not.toBe("");
  }
});

test("durations show their defaults as a plan writes them", () => {
  const streaming = explained.find(({ kind }) => kind === "data-streaming");
  const shown = Object.fromEntries(
    (streaming?.settings ?? []).map((setting) => [setting.name, setting.default]),
  );
  expect(shown).toMatchObject({ maxLag: "10s", stall: "15m" });
});
