/**
 * The real plans, made wrong ten thousand times (three thousand without CI): each is a plan, and then the
 * same one when it is written out again, or is refused with a place and a sentence.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { parsePlan } from "../../src/core/plan/parse.ts";
import { PlanError } from "../../src/core/plan/problem.ts";
import { kinds } from "../../src/steps/index.ts";
import { chanceOf, firstSeed } from "../support/chance.ts";
import { mutatedPlan } from "../support/plan-mutator.ts";
import { whole } from "../support/whole.ts";

const folder = path.resolve(import.meta.dirname, "../../migrations-plans");
/** Of both plans: as they end after some of their steps, down to the first; without remarks. */
const plans = ["opensauced", "rehearsal"].flatMap((name) => {
  const document = parse(readFileSync(path.join(folder, `${name}.plan.yaml`), "utf8")) as {
    steps: unknown[];
  };
  return document.steps.map((_, last) =>
    stringify({ ...document, steps: document.steps.slice(0, last + 1) }),
  );
});
const mutations = Number(process.env["OSM_MUTATIONS"] ?? (whole ? 10_000 : 3000));
const file = "made-wrong.plan.yaml";

/** Whether the text is taken for a plan, and what is wrong with the answer. */
function judge(text: string): { plan: boolean; objection?: string | undefined } {
  let plan;
  try {
    plan = parsePlan(text, file, kinds);
  } catch (error) {
    if (!(error instanceof PlanError)) {
      return { plan: false, objection: `throws ${String(error)}` };
    }
    return { plan: false, objection: objectionTo(error, text) };
  }
  const again = parsePlan(stringify(plan.document), file, kinds);
  const same = again.digest === plan.digest;
  return { plan: true, objection: same ? undefined : "is another plan when written out again" };
}

function objectionTo(error: PlanError, text: string): string | undefined {
  if (error.problems.length === 0) return "is refused without a problem";
  const lines = text.split(/\r\n|\n|\r/).length;
  for (const { line, column, message } of error.problems) {
    if (!(line >= 1 && line <= lines && column >= 1)) return `is wrong at ${line}:${column}`;
    if (message.length < 8 || message.length > 2000) return `says ${JSON.stringify(message)}`;
    // oxlint-disable-next-line no-control-regex -- what would move a terminal's cursor
    if (/[\u0000-\u001f\u007f-\u009f]/.test(message)) return `says ${JSON.stringify(message)}`;
    // What stands between backticks is the plan's own.
    const own = message.replaceAll(/`[^`]*`/g, "");
    if (/undefined|\[object|NaN|Error:|\bat .*:\d+:\d+/.test(own)) return `says ${message}`;
  }
  return undefined;
}

test("is a plan or refused at a place with a sentence, whatever was done to it", () => {
  const seed = firstSeed();
  const wrong = new Map<string, string>();
  let taken = 0;
  for (let number = seed; number < seed + mutations; number++) {
    const chance = chanceOf(number);
    const text = mutatedPlan(chance.one(plans), chance).toString("utf8");
    const { plan, objection } = judge(text);
    taken += plan ? 1 : 0;
    if (objection !== undefined && !wrong.has(objection)) {
      wrong.set(objection, `OSM_SEED=${number} repeats it: ${text.slice(0, 2000)}`);
    }
  }
  expect([...wrong].slice(0, 10)).toEqual([]);
  // Both outcomes are met often.
  expect(taken).toBeGreaterThan(mutations / 50);
  expect(taken).toBeLessThan(mutations / 2);
  // Long where the machine does other things too.
}, 400_000);
