/** How deep a read goes before a deadline, and what a held snapshot may not tell any more. */
import { describe, expect, it } from "vitest";
import type { ContentsComparison } from "../../src/verification/contents/compare-contents.ts";
import {
  countingShare,
  depthFor,
  type DepthFacts,
  Depths,
  speedOf,
} from "../../src/verification/contents/depth.ts";
import type { TablePair } from "../../src/verification/contents/table-pair.ts";
import { planTasks, type Task } from "../../src/verification/contents/tasks.ts";
import { unheld, withDoubts } from "../../src/verification/doubts.ts";
import { changedTables } from "../../src/verification/held/table-state.ts";
import { notComparedThen, type SinceVerdict } from "../../src/verification/since/verdict.ts";

const MB = 1_000_000;

function pair(table: string, bytes: number): TablePair {
  const size = { blocks: Math.ceil(bytes / 8192), blockSize: 8192, bytes: BigInt(bytes) };
  return { table, source: size, target: size, types: "", columns: [], key: [] };
}

describe("the depth of one read", () => {
  const all = 1000 * 2 ** 17;
  const facts: DepthFacts = {
    leftMs: 1000,
    // A power of two, so that sums are exact: 131 MB a second.
    msPerByte: 2 ** -17,
    bytes: 50 * MB,
    underWay: 0,
    counting: 0,
  };
  it.each<[string, Partial<DepthFacts>, "contents" | "counts"]>([
    ["half of the time", {}, "contents"],
    ["just all of it", { bytes: all }, "contents"],
    ["a little more than all of it", { bytes: all + 1 }, "counts"],
    ["what other sessions read takes the rest", { underWay: all - 50 * MB + 1 }, "counts"],
    ["counting what is left still fits in", { counting: all - 50 * MB }, "contents"],
    ["counting what is left does not", { counting: all - 50 * MB + 1 }, "counts"],
    ["a slow disk", { msPerByte: 1 / 40_000 }, "counts"],
    ["the deadline is now, and the table empty", { leftMs: 0, bytes: 0 }, "counts"],
    ["it has passed", { leftMs: -5, bytes: 0 }, "counts"],
  ])("%s", (_, differing, depth) => {
    expect(depthFor({ ...facts, ...differing })).toBe(depth);
  });

  it("takes the speed from what was read, and little from few bytes", () => {
    expect(1 / speedOf(0, 0)).toBeCloseTo(100_000);
    // A hundred tiny tables in 50 ms are no sign of a slow server.
    expect(1 / speedOf(50, 800_000)).toBeGreaterThan(60_000);
    expect(1 / speedOf(100_000, 1000 * MB)).toBeLessThan(11_000);
  });
});

describe("the reads of both sides", () => {
  const sliceBytes = 10 * MB;
  const plan = (pairs: TablePair[], sessions = 1): Task[] =>
    planTasks(pairs, "source", { sliceBytes, tablesPerTask: 200, sessions, smallestFirst: true });
  const tables = [pair("large", 95 * MB), pair("tiny", 1000), pair("middle", 9 * MB)];

  /** One task after the other, at so many bytes a millisecond. */
  function walk(withinMs: number, perMs: number, pairs = tables) {
    let now = 0;
    const tasks = plan(pairs);
    const side = new Depths(withinMs, () => now).side("source", tasks);
    return tasks.flatMap((task) => {
      const depth = side.begin(task);
      now += (task.bytes / perMs) * (depth === "contents" ? 1 : countingShare);
      side.end(task);
      return task.slices.map((slice) => `${slice.pair.table} ${depth}`);
    });
  }
  const once = (lines: string[]) => [...new Set(lines)];

  it("begin with the smallest, slices of a table one after the other", () => {
    const order = plan(tables).flatMap(({ slices }) => slices.map((slice) => slice.pair.table));
    expect([...new Set(order)]).toEqual(["tiny", "middle", "large"]);
  });

  it("read everything when there is time, small tables when there is some, and none when there is none", () => {
    expect(once(walk(10_000, 100_000))).toEqual([
      "tiny contents",
      "middle contents",
      "large contents",
    ]);
    expect(once(walk(400, 100_000))).toEqual(["tiny contents", "middle contents", "large counts"]);
    expect(once(walk(0, 100_000))).toEqual(["tiny counts", "middle counts", "large counts"]);
  });

  it("take no time for TOAST that is not read when rows are counted", () => {
    const toasted = {
      ...pair("large", 95 * MB),
      source: { ...pair("large", 95 * MB).source, blocks: 10 },
    };
    const rest = [pair("tiny", 1000), pair("middle", 9 * MB)];
    // 100 ms for the middle one and 119 ms to count the other, were it all heap.
    expect(once(walk(200, 100_000, [...rest, pair("large", 95 * MB)]))).toContain("middle counts");
    expect(once(walk(200, 100_000, [...rest, toasted]))).toEqual([
      "tiny contents",
      "middle contents",
      "large counts",
    ]);
  });

  it("give up a table in the middle when the server turns out to be slow, and count its rest", () => {
    const lines = walk(1500, 20_000);
    expect(lines[0]).toBe("tiny contents");
    expect(once(lines).at(-1)).toBe("large counts");
    const large = lines.filter((line) => line.startsWith("large"));
    const firstCounted = large.indexOf("large counts");
    expect(large.slice(firstCounted).every((line) => line === "large counts")).toBe(true);
  });

  it("do not hash on one side what the other only counted", () => {
    let now = 0;
    const depths = new Depths(1000, () => now);
    const tasks = plan(tables);
    const [ours, theirs] = [depths.side("source", tasks), depths.side("source", tasks)];
    now = 2000;
    for (const task of tasks) expect(ours.begin(task)).toBe("counts");
    now = 0;
    for (const task of tasks) expect(theirs.begin(task)).toBe("counts");
  });

  it("count a part that is tried anew no second time", () => {
    const small = [pair("a", 1000), pair("b", 1000)];
    const tasks = planTasks(small, "source", {
      sliceBytes,
      tablesPerTask: 1,
      sessions: 1,
      smallestFirst: true,
    });
    const side = new Depths(0.03, () => 0).side("source", tasks);
    const [first, second] = tasks;
    if (first === undefined || second === undefined) throw new Error("There are two tasks.");
    // 10 microseconds for each of them.
    expect(side.begin(first)).toBe("contents");
    expect(side.begin(first)).toBe("contents");
    side.end(first);
    expect(side.begin(second)).toBe("contents");
  });
});

describe("a held snapshot", () => {
  const tables = ["a", "b", "c", "d"];
  const then = new Map(tables.map((table) => [table, `${table} 1`]));

  it("does not show a table that has another file or shape, or is gone", () => {
    const now = new Map([
      ["a", "a 1"],
      ["b", "b 2"],
      ["d", "d 1"],
    ]);
    expect(changedTables(tables, "target", then, now)).toEqual([
      ["b", "on the target it was truncated, rewritten or altered"],
      ["c", "on the target it was dropped or renamed"],
    ]);
    expect(changedTables(["new"], "source", then, new Map([["new", "x"]]))).toHaveLength(1);
  });

  const pairs = [pair("a", 1), pair("b", 1)];
  const read: ContentsComparison = {
    tables: [
      { table: "a", equality: "equal", sourceRows: 1n, targetRows: 1n, depth: "contents" },
      { table: "b", equality: "different", sourceRows: 1n, targetRows: 0n, depth: "contents" },
    ],
    differences: [
      {
        code: "row-count-differs",
        object: "b",
        weight: "different",
        source: "1 row",
        target: "0 rows",
        table: "b",
      },
    ],
    unchecked: [],
    bytes: 2n,
  };

  it("keeps what it knows of the others, and calls the doubted neither equal nor different", () => {
    expect(withDoubts(read, pairs, new Map())).toEqual(read);
    const doubted = withDoubts(read, pairs, new Map([["b", "on the target it was truncated"]]));
    expect(doubted.differences).toEqual([]);
    expect(doubted.tables.map(({ equality }) => equality)).toEqual(["equal", "could-not-check"]);
    expect(doubted.unchecked.map(({ code, object }) => [code, object])).toEqual([
      ["not-held", "b"],
    ]);
    const equalOne = withDoubts(read, pairs, new Map([["a", "it was dropped"]]));
    expect(equalOne.tables.map(({ equality }) => equality)).toEqual([
      "could-not-check",
      "different",
    ]);
  });

  it("tells nothing of any when nobody could say whether they are as they were", () => {
    const lost = { code: "connection-lost", side: "target", object: "x", reason: "" } as const;
    const { tables: told, differences, unchecked } = withDoubts(read, pairs, [lost]);
    expect(told.map(({ equality }) => equality)).toEqual(["could-not-check", "could-not-check"]);
    expect(differences).toEqual([]);
    expect(unchecked).toEqual([lost]);
    expect(unheld(pairs, "why").unchecked).toHaveLength(2);
  });
});

describe("a table that was only counted at the cut-over", () => {
  const verdict = (modified: bigint, gone: bigint): SinceVerdict => ({
    comparison: {
      table: "t",
      equality: "equal",
      sourceRows: 10n,
      targetRows: 12n,
      depth: "contents",
      since: { newer: 2n, modified, gone },
    },
    differences: [],
    unchecked: [],
  });

  it("is equal while applications only added rows, and not known once they changed others", () => {
    const known = ["10", "77", "0", "1"] as const;
    expect(notComparedThen(verdict(0n, 0n), known).comparison).toMatchObject({
      equality: "equal",
      checksum: "77",
    });
    for (const changed of [verdict(1n, 0n), verdict(0n, 1n)]) {
      const told = notComparedThen(changed, known);
      expect(told.comparison.equality).toBe("could-not-check");
      expect(told.unchecked.map(({ code }) => code)).toEqual(["written-since-cutover"]);
      expect(told.unchecked[0]?.reason).toMatch(/^1 row changed or gone/);
    }
  });
});
