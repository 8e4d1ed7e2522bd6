/** A step that leads an application to a database that the plan does not move is refused before anything is looked at. */
import { expect, it } from "vitest";
import { edited, problems } from "../support/plan-text.ts";

const leading = (reference: string): string =>
  edited("- name: db.opensauced.pizza", `- name: "\${target:${reference}}"`);

it("takes a role of a database of the plan", () => {
  expect(problems(leading("api@insights.host"))).toEqual([]);
});

it.each([
  ["api@insight.host", /`insight` is not among the plan's `databases`; did you mean `insights`\?/],
  ["apis@insights.url", /`apis` is not among the roles of database `insights`; did you mean `api`/],
  ["nobody@oven.url", /`nobody` is not among the roles of database `oven`/],
])("refuses %s at its place", (reference, said) => {
  const [problem, ...others] = problems(leading(reference));
  expect(others).toEqual([]);
  expect(problem).toMatch(said);
  expect(problem).toMatch(/^\d+:\d+ steps\[\d\]\.records\[0\]\.name: /);
});
