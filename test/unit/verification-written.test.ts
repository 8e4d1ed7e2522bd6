/** A row that is written while it is compared: what two looks at the source and one at the target between them prove. */
import { describe, expect, it } from "vitest";
import type { TablePair } from "../../src/verification/contents/table-pair.ts";
import { pairTable } from "../../src/verification/contents/table-pair.ts";
import { Chase, wholeTable } from "../../src/verification/written/chase.ts";
import { evenly } from "../../src/verification/written/find-suspects.ts";
import {
  judge,
  type Judgement,
  type Looks,
  type Seen,
} from "../../src/verification/written/judge.ts";
import { settle } from "../../src/verification/written/settle.ts";
import { answerFor } from "../../src/verification/written/table-answer.ts";

/** `a1`: contents a, version 1; `-`: no such row. */
function seen(text: string): Seen {
  return text === "-" ? undefined : { hash: text.slice(0, 1), version: text.slice(1) };
}

/** `before target after`, round by round. */
function judged(...rounds: readonly string[]): Judgement["is"][] {
  let suspicion: Parameters<typeof judge>[0];
  return rounds.map((round) => {
    const [before = "", target = "", after = ""] = round.split(" ");
    const looks: Looks = { before: seen(before), target: seen(target), after: seen(after) };
    const judgement = judge(suspicion, looks);
    suspicion = judgement.is === "open" ? judgement.suspicion : undefined;
    return judgement.is;
  });
}

describe("judge", () => {
  it.each([
    ["the target has what the source had", "a1 a7 b2"],
    ["the target has what the source has", "a1 b7 b2"],
    ["it is on neither side any more", "a1 - -"],
    ["it was on neither side", "- - a1"],
  ])("clears a row when %s, whatever wrote it there", (_, round) => {
    expect(judged(round)).toEqual(["same"]);
  });

  it.each([
    ["changed", "a1 b7 a1"],
    ["missing", "a1 - a1"],
    ["extra", "- b7 -"],
  ])("confirms a row that is %s when nothing moved over two fences", (_, round) => {
    expect(judged(round, round)).toEqual(["open", "differs"]);
  });

  it("does not take a row for still that was changed and changed back", () => {
    // Contents alone would say that the source stood still.
    expect(judged("a1 b7 a3", "a3 b7 a5", "a5 b7 a9")).toEqual(["open", "open", "open"]);
  });

  it("does not confirm a row that is inserted, carried and deleted between two looks, however often", () => {
    // Each time it is another row on the target: its version tells.
    expect(judged("- b7 -", "- b8 -", "- b9 -")).toEqual(["open", "open", "open"]);
  });

  it("begins anew when the source is written in between", () => {
    expect(judged("a1 b7 a1", "a1 b7 a2", "a2 b7 a2", "a2 b7 a2")).toEqual([
      "open",
      "open",
      "open",
      "differs",
    ]);
    // Written between two rounds, while nobody looked.
    expect(judged("a1 b7 a1", "a2 b7 a2", "a2 b7 a2")).toEqual(["open", "open", "differs"]);
  });

  it("clears a suspicion that the next fence explains", () => {
    // A commit that was on the target before the source showed it.
    expect(judged("a1 b7 a1", "a1 b7 b2")).toEqual(["open", "same"]);
  });
});

function table(key: readonly string[]): TablePair {
  const layout = {
    table: '"s"."t"',
    columns: [{ name: "id", type: "integer", sent: "as-is", output: false } as const],
    key,
    size: { blocks: 1, bytes: 8192n, blockSize: 8192 },
  };
  return pairTable(layout, layout);
}

const keyed = (...ids: readonly string[]) => ({
  keys: ids.map((id) => ({ k0: id })),
  sampled: false,
});
const map = (entries: Readonly<Record<string, string>>) =>
  new Map(Object.entries(entries).map(([id, text]) => [JSON.stringify([id]), seen(text)]));
const first = {
  table: '"s"."t"',
  equality: "different",
  sourceRows: 3n,
  targetRows: 2n,
  depth: "contents",
  rowsNotNamed: "not yet",
} as const;
const named = { rows: [], buckets: 64, bucketsDiffering: 1 };

describe("the answer for a table", () => {
  it("is equal when every row that differed at first is cleared", () => {
    const chase = new Chase(table(["id"]), "record-send", keyed("1", "2"));
    chase.take({
      before: map({ 1: "a1" }),
      target: map({ 1: "a4", 2: "b5" }),
      after: map({ 1: "a1", 2: "b2" }),
    });
    const { comparison, differences, written } = answerFor(first, chase, named, 10);
    expect(comparison.equality).toBe("equal");
    expect(comparison.rowsNotNamed).toBe(undefined);
    expect([differences, written]).toEqual([[], []]);
  });

  it("is not told while a row is open, and names it", () => {
    const chase = new Chase(table(["id"]), "record-send", keyed("1", "2"));
    chase.take({ before: map({ 1: "a1" }), target: map({ 1: "b4" }), after: map({ 1: "c2" }) });
    const { comparison, written } = answerFor(first, chase, named, 10);
    expect(comparison.equality).toBe("could-not-check");
    expect(written).toEqual([{ table: '"s"."t"', rows: 1, keys: [{ id: "1" }], sampled: false }]);
  });

  it("is not told when only a part of the rows was looked at, though all of that is cleared", () => {
    const chase = new Chase(table(["id"]), "record-send", { ...keyed("1"), sampled: true });
    chase.take({ before: map({ 1: "a1" }), target: map({ 1: "a4" }), after: map({ 1: "a1" }) });
    expect(answerFor(first, chase, named, 10).comparison.equality).toBe("could-not-check");
  });

  it("is different with one confirmed row, and says of the others what they are", () => {
    const chase = new Chase(table(["id"]), "record-send", keyed("1", "2"));
    for (const n of ["1", "2"]) {
      chase.take({
        before: map({ 1: "a1", 2: `a${n}` }),
        target: map({ 2: "c9" }),
        after: map({ 1: "a1", 2: `b${n}` }),
      });
    }
    const { comparison, differences, written } = answerFor(first, chase, named, 10);
    expect(comparison).toMatchObject({
      equality: "different",
      drillDown: { missing: 1, extra: 0 },
    });
    expect(differences.map(({ code }) => code)).toEqual(["row-count-differs"]);
    expect(written.map(({ keys }) => keys)).toEqual([[{ id: "2" }]]);
  });

  it("of a table without a key is about all of its rows", () => {
    const chase = new Chase(table([]), "record-send", { keys: undefined, sampled: false });
    const one = (text: string) => new Map([[wholeTable, { hash: `3 ${text}`, version: text }]]);
    const two = (text: string) => new Map([[wholeTable, { hash: `2 ${text}`, version: text }]]);
    for (let round = 0; round < 2; round++) {
      chase.take({ before: one("a"), target: two("b"), after: one("a") });
    }
    const { comparison, differences } = answerFor(first, chase, named, 10);
    expect(comparison.rowsNotNamed).toContain("no primary key");
    expect(differences).toMatchObject([
      { code: "row-count-differs", source: "3 rows", target: "2 rows" },
    ]);
  });
});

it("puts a fence before each look at the target, and looks at the source before and after", async () => {
  const order: string[] = [];
  const side = (label: "source" | "target") => ({
    label,
    read: async () => {
      order.push(label);
      return [{ rows: "1", hash: label, version: "1" }];
    },
  });
  const chase = new Chase(table([]), "record-send", { keys: undefined, sampled: false });
  const rounds = await settle([chase], {
    source: side("source"),
    target: side("target"),
    fence: async () => void order.push("fence"),
    signal: AbortSignal.timeout(10_000),
    rounds: 8,
    onRound: () => undefined,
  });
  const round = ["fence", "target", "source"];
  expect(order).toEqual(["source", ...round, ...round]);
  expect(rounds).toBe(2);
  expect(chase.confirmed).toHaveLength(1);
});

it("takes a sample from all over", () => {
  const all = Array.from({ length: 10 }, (_, at) => at);
  expect(evenly(all, 10)).toEqual(all);
  expect(evenly(all, 3)).toEqual([0, 4, 8]);
  expect(evenly([], 3)).toEqual([]);
});
