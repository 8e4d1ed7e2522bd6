import { expect, test } from "vitest";
import {
  codeOfChecked,
  codeOfEnding,
  codeOfError,
  codeOfPreview,
} from "../../src/cli/exit-codes.ts";
import { codeOfRehearsal } from "../../src/cli/commands/rehearse.ts";
import { ActionError, ProviderError, UnreadableError, UsageError } from "../../src/core/errors.ts";
import type { Ending } from "../../src/core/event.ts";
import type { Finding } from "../../src/core/finding.ts";
import { PlanError } from "../../src/core/plan/problem.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import type { SurveyedStep } from "../../src/engine/index.ts";
import { inventedRehearsal } from "../support/invented-answers.ts";

test.each([
  ["finished", 0],
  ["until", 0],
  ["undone", 0],
  ["failed", 1],
  ["blocked", 3],
  ["at-gate", 4],
  ["could-not-check", 5],
  ["interrupted", 130],
] as const)("a run that ended as %s exits with %i", (ending: Ending, code) => {
  expect(codeOfEnding(ending)).toBe(code);
});

test("equal, different and could not check are kept apart", () => {
  expect([
    codeOfChecked("equal"),
    codeOfChecked("different"),
    codeOfChecked("could-not-check"),
  ]).toEqual([0, 3, 5]);
});

const system = { system: "Azure", call: "GET", retryable: true };

test.each([
  [new UsageError({ message: "" }), 2],
  [new PlanError("plan.yaml", []), 2],
  [new ActionError({ message: "" }), 1],
  [new UnreadableError({ message: "" }), 5],
  [new ProviderError({ message: "", ...system }), 5],
  [new TypeError("x is not a function"), 70],
  ["a string that somebody threw", 70],
])("an error that reached the command line: %s", (error, code) => {
  expect(codeOfError(error)).toBe(code);
});

function step(verdict: Verdict | "unreadable", dependsOn?: string): SurveyedStep {
  const seen = verdict === "unreadable" ? { unreadable: { message: "refused" } } : { verdict };
  return { id: "a", kind: "a", intends: "", seen, dependsOn };
}

const finding = (severity: Finding["severity"]): Finding => ({ code: "c", severity, message: "m" });
const satisfied: Verdict = { is: "satisfied", because: "" };
const unmet: Verdict = {
  is: "unmet",
  because: "",
  actions: [{ id: "x", summary: "", touches: "target" }],
};
const blocked: Verdict = { is: "blocked", findings: [finding("blocks"), finding("unknown")] };
const unknown: Verdict = { is: "blocked", findings: [finding("unknown"), finding("warns")] };

test.each([
  ["everything satisfied", [step(satisfied)], 0],
  ["something to do", [step(satisfied), step(unmet)], 0],
  ["blocked now", [step(satisfied), step(blocked)], 3],
  ["blocked by what could not be known", [step(unknown)], 5],
  ["unreadable now", [step("unreadable")], 5],
  ["blocked only later", [step(unmet), step(blocked, "a")], 0],
  ["unreadable only later", [step(unmet), step("unreadable", "a")], 0],
] as const)("plan: %s", (_, steps, code) => {
  expect(codeOfPreview(steps)).toBe(code);
});

test("a rehearsal that lost a write does not exit as done, whatever its run says", () => {
  expect(codeOfRehearsal(inventedRehearsal)).toBe(0);
  const client = inventedRehearsal.client;
  expect(
    codeOfRehearsal({ ...inventedRehearsal, sound: false, client: { ...client, missing: 2 } }),
  ).toBe(3);
  expect(
    codeOfRehearsal({
      ...inventedRehearsal,
      sound: false,
      client: { ...client, missing: undefined },
    }),
  ).toBe(5);
  expect(codeOfRehearsal({ ...inventedRehearsal, sound: false, run: undefined })).toBe(1);
});
