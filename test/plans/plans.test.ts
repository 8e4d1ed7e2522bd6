/**
 * The plans that people copy: each parses with the real step kinds, an editor
 * with plan.schema.json says the same, and orders that would lose data are refused.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { parsePlan } from "../../src/core/plan/parse.ts";
import { PlanError } from "../../src/core/plan/problem.ts";
import { schemaText } from "../../src/migration/explain.ts";
import { kinds } from "../../src/steps/index.ts";

const folder = path.resolve(import.meta.dirname, "../../migrations-plans");
const files = readdirSync(folder).filter((name) => name.endsWith(".plan.yaml"));
const textOf = (file: string) => readFileSync(path.join(folder, file), "utf8");

interface PlanShape {
  steps: { id: string; kind: string; [setting: string]: unknown }[];
  [key: string]: unknown;
}

function problemsOf(text: string): readonly string[] {
  try {
    parsePlan(text, "a.plan.yaml", kinds);
    return [];
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    return error.problems.map(({ path: where, message }) => `${where}: ${message}`);
  }
}

function mutated(change: (plan: PlanShape) => void): readonly string[] {
  const plan = parse(textOf("opensauced.plan.yaml")) as PlanShape;
  change(plan);
  return problemsOf(stringify(plan));
}

/** Puts the first step of one kind right before the first of another. */
function moved(kind: string, before: string): readonly string[] {
  return mutated(({ steps }) => {
    const [step] = steps.splice(
      steps.findIndex((each) => each.kind === kind),
      1,
    );
    if (step === undefined) throw new Error(`The plan has no ${kind}.`);
    const at = steps.findIndex((each) => each.kind === before);
    if (at === -1) throw new Error(`The plan has no ${before}.`);
    steps.splice(at, 0, step);
  });
}

function without(kind: string): readonly string[] {
  return mutated((plan) => {
    plan.steps = plan.steps.filter((step) => step.kind !== kind);
  });
}

test("there are plans to copy", () => {
  expect(files).toEqual(expect.arrayContaining(["opensauced.plan.yaml", "rehearsal.plan.yaml"]));
});

test.each(files)("%s is a plan", (file) => {
  expect(problemsOf(textOf(file))).toEqual([]);
});

test("the schema for editors is fresh; `npm run schema` makes it", () => {
  expect(readFileSync(path.join(folder, "plan.schema.json"), "utf8")).toBe(schemaText());
});

const ajv = new Ajv2020({ allErrors: true, strict: false });
const validate = ajv.compile(JSON.parse(schemaText()) as object);

test.each(files)("%s is what the schema for editors describes", (file) => {
  validate(parse(textOf(file)));
  expect(validate.errors ?? []).toEqual([]);
});

test("the schema for editors refuses an unknown setting and a duration without a unit", () => {
  const plan = parse(textOf("opensauced.plan.yaml")) as PlanShape;
  const streaming = plan.steps.find(({ kind }) => kind === "data-streaming");
  Object.assign(streaming ?? {}, { maxLagg: "5s" });
  expect(validate(plan)).toBe(false);
  delete streaming?.["maxLagg"];
  expect(validate(plan)).toBe(true);
  Object.assign(streaming ?? {}, { maxLag: "5" });
  expect(validate(plan)).toBe(false);
});

test("a plan has several steps of a kind, and uses every kind that there is", () => {
  const { steps } = parsePlan(textOf("opensauced.plan.yaml"), "a", kinds);
  const used = steps.map(({ kind }) => kind);
  expect(new Set(used)).toEqual(new Set(kinds.map(({ kind }) => kind)));
  expect(used.filter((kind) => kind === "config-repointed")).toHaveLength(2);
});

test.each([
  ["source-frozen", "preflight-passed", "an outage must not begin before"],
  ["cutover-complete", "source-frozen", "is lost to the target"],
  ["sequences-advanced", "source-frozen", "may still advance"],
  ["data-equal", "cutover-complete", "rows may still be under way"],
  ["config-repointed", "data-equal", "nobody writes to a database that was not compared"],
  ["dns-flipped", "data-equal", "nobody is led to a database that was not compared"],
  ["access-carried", "data-streaming", "drops and creates the databases"],
  ["copy-agrees", "data-streaming", "nothing to compare before the copy is there"],
])("%s before %s is refused, with the reason", (kind, before, because) => {
  const problems = moved(kind, before);
  expect(problems.join("\n")).toContain(because);
  expect(problems.join("\n")).toContain("must come after");
});

test("source-prepared after data-streaming is refused, with the reason", () => {
  const problems = moved("data-streaming", "source-prepared").join("\n");
  expect(problems).toContain("`source-prepared` must come before `data-streaming`");
  expect(problems).toContain("cannot be followed");
  expect(without("source-prepared")).toEqual([]);
});

test("copy-agrees after the freeze is refused, with the reason; without it a plan is one too", () => {
  const problems = moved("source-frozen", "copy-agrees").join("\n");
  expect(problems).toContain("`copy-agrees` must come before `source-frozen`");
  expect(problems).toContain("before the outage");
  expect(without("copy-agrees")).toEqual([]);
});

test("what `within` leaves open needs a later rest-equal, told at its place", () => {
  const limited = (change: (steps: PlanShape["steps"], at: number) => void) =>
    mutated(({ steps }) => {
      const at = steps.findIndex(({ kind }) => kind === "data-equal");
      Object.assign(steps[at] ?? {}, { within: "30s", maxConnections: 8 });
      steps.splice(
        steps.findIndex(({ kind }) => kind === "rest-equal"),
        1,
      );
      change(steps, at);
    });
  const rest = { id: "rest-equal", kind: "rest-equal" };
  const [problem, ...others] = limited(() => undefined);
  expect(problem).toMatch(
    /^steps\[\d+\]\.within: leaves something to a later step of kind `rest-equal`/,
  );
  expect(others).toEqual([]);
  expect(limited((steps) => steps.push(rest))).toEqual([]);
  const early = limited((steps, at) => steps.splice(at, 0, rest)).join("\n");
  expect(early).toContain("`rest-equal` must come after `data-equal`");
  expect(early).toContain("within: leaves something");
});

test("access-carried after data-equal is refused, with the reason", () => {
  const problems = moved("data-equal", "access-carried").join("\n");
  expect(problems).toContain("`access-carried` must come before `data-equal`");
  expect(problems).toContain("until then they differ");
});

test.each(["source-frozen", "data-equal", "sequences-advanced", "data-streaming"])(
  "a plan without %s is refused",
  (kind) => {
    expect(without(kind).join("\n")).toContain(`needs a step of kind \`${kind}\` before it`);
  },
);

test("a gate may be left out, or stand anywhere", () => {
  expect(without("approved")).toEqual([]);
  expect(moved("approved", "source-snapshotted")).toEqual([]);
});

test("a staged configuration belongs to a later step", () => {
  const problems = mutated(({ steps }) => {
    const staged = steps.find(({ kind }) => kind === "config-staged");
    Object.assign(staged ?? {}, { for: "apps-repoint" });
  });
  expect(problems.join("\n")).toContain("did you mean `apps-repointed`?");
});

test("no plan holds a password", () => {
  const problems = mutated((plan) => {
    Object.assign(plan, { roles: [{ name: "api_app", password: "hunter2" }] });
  });
  expect(problems.join("\n")).toContain("a secret is never written into a plan");
  expect(problems.join("\n")).not.toContain("hunter2");
});
