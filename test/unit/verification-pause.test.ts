import { expect, it } from "vitest";
import { tellingPauses } from "../../src/migration/verify-options.ts";
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

it("ends with the remedy of what is not known, where there is one", () => {
  const load = { unknown: "nobody reads from a slot", lasting: false, remedy: "look for the slot" };
  expect(paceOf(load, limits, 100)).toMatchObject({ is: "stop", remedy: "look for the slot" });
});

it("is told once when it begins and once when it ends, whatever the figures do", () => {
  const said: string[] = [];
  const tell = tellingPauses("database api", (text) => said.push(text));
  const at = { phase: "contents", tables: 1, bytesDone: 0, bytesTotal: 1 } as const;
  for (const paused of [undefined, "9 are active", "10 are active", undefined, undefined]) {
    tell({ ...at, paused });
  }
  tell(at);
  expect(said).toEqual([
    "database api: paused: 9 are active",
    "database api: no longer paused, it goes on",
  ]);
});
