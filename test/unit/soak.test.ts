/** A soak's own parts: what it draws follows from the seed, and what it must notice it notices. */
import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/core/journal/entry.ts";
import { knownFaults } from "../../src/rehearsal/faults.ts";
import { Chance } from "../soak/chance.ts";
import { sidesProblems } from "../soak/checks/sides.ts";
import { codeProblems } from "../soak/checks/stop.ts";
import { unfitIn } from "../soak/checks/output.ts";
import { drawScenario } from "../soak/scenario.ts";
import { leftOut } from "../soak/strike.ts";
import { repeatCommand, tellScenario } from "../soak/tell.ts";

describe("a scenario", () => {
  const many = Array.from({ length: 1500 }, (_, index) => drawScenario("s", index + 1));

  test("follows from seed and number alone", () => {
    expect(drawScenario("s", 7)).toEqual(drawScenario("s", 7));
    expect(drawScenario("s", 7)).not.toEqual(drawScenario("s", 8));
    expect(drawScenario("s", 7)).not.toEqual(drawScenario("t", 7));
  });

  test("every fault, strike and moment is drawn some time", () => {
    const acts = many.flatMap((scenario) => scenario.acts);
    const faults = new Set(
      acts.flatMap(({ strike }) => (strike.does === "fault" ? [strike.name] : [])),
    );
    const never = knownFaults().filter(({ name }) => !faults.has(name));
    expect(never.map(({ name }) => name)).toEqual([...leftOut]);
    expect(new Set(acts.map(({ strike }) => strike.does)).size).toBe(5);
    expect(new Set(acts.map(({ at }) => at.step)).size).toBe(15);
    expect(new Set(acts.map(({ at }) => at.when)).size).toBe(5);
    const rows = many.map(({ database }) => database.rows);
    expect(Math.min(...rows)).toBeGreaterThanOrEqual(200);
    expect(Math.max(...rows)).toBeLessThanOrEqual(20_000);
  });

  test("is told in a line, with the command that repeats it", () => {
    const lines = many.map(tellScenario);
    expect(new Set(lines).size).toBe(many.length);
    expect(lines.filter((line) => line.includes("\n") || line.includes("undefined"))).toEqual([]);
    expect(repeatCommand(drawScenario("s", 7))).toBe("npm run soak -- --seed s --only 7");
  });

  test("chance keeps to its weights", () => {
    const chance = new Chance("w");
    const drawn = Array.from({ length: 4000 }, () =>
      chance.weighted([[3, "a"] as const, [1, "b"] as const]),
    );
    const share = drawn.filter((word) => word === "a").length / drawn.length;
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(0.8);
  });
});

describe("what a soak must notice", () => {
  const crossing = {
    type: "point-of-no-return",
    step: "apps-repointed",
    action: "update-stack",
    seq: 9,
    at: "2026-11-25T12:00:10.000Z",
  } as const satisfies Entry;
  const at = (second: number) => Date.UTC(2026, 10, 25, 12, 0, second);

  test("a source that takes a write after the point of no return", () => {
    const before = { at: at(5), source: "written", kept: "written" } as const;
    const refused = { at: at(12), source: "refused", kept: "unknown" } as const;
    const late = { at: at(13), source: "refused", kept: "written" } as const;
    expect(sidesProblems([before, refused], [crossing])).toEqual([]);
    expect(sidesProblems([before, refused, late], [crossing])).toEqual([
      expect.stringContaining("kept session 3000 ms after"),
    ]);
    expect(sidesProblems([before, { ...late, source: "written" }], [crossing])).toHaveLength(1);
    expect(sidesProblems([before, late], [])).toEqual([]);
    expect(sidesProblems([refused], [crossing])).toEqual([
      expect.stringContaining("proves nothing"),
    ]);
  });

  test("a session that stays read-only after a thaw", () => {
    const stuck = { at: at(5), source: "written", kept: "refused" } as const;
    expect(sidesProblems([stuck, stuck], [])).toHaveLength(1);
    expect(sidesProblems([stuck, { ...stuck, kept: "written" }], [])).toEqual([]);
  });

  test("an exit code that is a bug, or not what the run says of itself", () => {
    const stopped = (code: number, ending: "failed" | "blocked") =>
      codeProblems({
        words: ["run"],
        end: { code, signal: null, out: "", err: "" },
        events: [
          {
            type: "run-stopped",
            at: "",
            run: "r",
            ending,
            message: "m",
            pastPointOfNoReturn: false,
            tookMs: 1,
          },
        ],
        journal: [],
      });
    expect(stopped(1, "failed")).toEqual([]);
    expect(stopped(1, "blocked")).toHaveLength(1);
    expect(stopped(70, "failed")).toHaveLength(1);
  });

  test.each([
    ["Error: x\n    at run (file:///a/b.js:1:2)\n", "a stack trace"],
    ["Error: x\n    at async node:internal/process:95:5\n", "a stack trace"],
    ["it says [object Object] here", "[object Object]"],
    ["0 of NaN rows", "a value that is none"],
    ["(node:12) Warning: x", "a warning of Node's"],
  ])("%j", (text, what) => {
    expect(unfitIn(text)).toEqual([expect.stringContaining(what)]);
  });

  test("and not what is as it should be", () => {
    expect(unfitIn("waiting at gate go-ahead (for at most 7d more)\n  at 12:00\n")).toEqual([]);
  });
});
