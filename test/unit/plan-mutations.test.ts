import { expect, it } from "vitest";
import { parsePlan } from "../../src/core/plan/parse.ts";
import { PlanError } from "../../src/core/plan/problem.ts";
import { kinds, planText } from "../support/plan-text.ts";

/** A small generator of its own, so that a failure can be repeated from its number. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Computes only, but for seconds: on a busy machine that is a minute.
it(
  "mutated thousands of times, is a plan or a PlanError and never anything else",
  { timeout: 120_000 },
  () => {
    const scraps = [
      "\t",
      "  ",
      "- ",
      ": ",
      "[",
      "]",
      "{",
      "}",
      "&a ",
      "*a",
      "!t ",
      "|",
      ">",
      '"',
      "'",
      "#",
      "${",
      "}",
      "\0",
      "\uD800",
      "null",
      "~",
      "1e999",
      ".nan",
      "__proto__: ",
      "? ",
      "---\n",
      "%",
      "\r",
      "<<: ",
    ];
    let plans = 0;
    for (let seed = 1; seed <= 2000; seed++) {
      const random = mulberry(seed);
      const pick = (length: number) => Math.floor(random() * length);
      let text = planText;
      for (let edits = 1 + pick(3); edits > 0; edits--) {
        const at = pick(text.length);
        const cut = pick(4) === 0 ? pick(40) : pick(3);
        text =
          text.slice(0, at) +
          (pick(5) === 0 ? "" : scraps[pick(scraps.length)]) +
          text.slice(at + cut);
      }
      try {
        parsePlan(text, "p.yaml", kinds);
        plans++;
      } catch (error) {
        if (error instanceof PlanError && error.problems.length > 0) continue;
        throw new Error(`seed ${seed}: ${JSON.stringify(text)}`, { cause: error });
      }
    }
    // Both outcomes are met: remarks and names change without harm.
    expect(plans).toBeGreaterThan(20);
    expect(plans).toBeLessThan(1000);
  },
);
