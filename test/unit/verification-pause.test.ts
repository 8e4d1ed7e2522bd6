import { expect, it } from "vitest";
import { paceOf } from "../../src/verification/pause/decide.ts";

const limits = { bounds: { active: 8, behind: 1_000_000 }, longestMs: 1000, longestUnknownMs: 100 };

it.each([
  ["idle", { active: 0 }, 0, "go"],
  ["as busy as allowed", { active: 8 }, 0, "go"],
  ["busier", { active: 9 }, 0, "wait"],
  ["busier for too long", { active: 9 }, 1000, "stop"],
  ["as far behind as allowed", { active: 0, behind: 1_000_000 }, 0, "go"],
  ["farther behind", { behind: 1_000_001 }, 0, "wait"],
  ["farther behind for too long", { active: 1, behind: 2_000_000 }, 1000, "stop"],
  ["idle at last", { active: 8 }, 5000, "go"],
  ["of which nothing is known yet", { unknown: "it is gone", lasting: false }, 99, "wait"],
  [
    "of which nothing can be known for long",
    { unknown: "it is gone", lasting: false },
    100,
    "stop",
  ],
  ["of which nothing will be known", { unknown: "not allowed", lasting: true }, 0, "stop"],
] as const)("a source that is %s", (_, load, waitedMs, is) => {
  const pace = paceOf(load, limits, waitedMs);
  expect(pace.is).toBe(is);
  if (pace.is !== "go")
    expect(pace.reason).toContain(
      "unknown" in load ? load.unknown : "behind" in load ? "above 1.0 MB" : "above 8",
    );
});
