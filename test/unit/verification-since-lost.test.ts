/**
 * Which rows that are there no more the target's own counters explain, and which
 * are lost. Each case is what applications did, worked out by hand: what they did
 * is never called a loss.
 */
import { describe, expect, it } from "vitest";
import { isUnexplained } from "../../src/verification/since/lost-rows.ts";
import type { RowsSince } from "../../src/verification/since/rows-since.ts";
import { judgeSince, type SeenSince } from "../../src/verification/since/verdict.ts";
import type { TablePair } from "../../src/verification/contents/table-pair.ts";

const size = { blocks: 1, blockSize: 8192, bytes: 8192n };
const pair: TablePair = {
  table: "t",
  source: size,
  target: size,
  types: "",
  columns: [],
  key: [{ name: "id", type: "bigint", output: false }],
};

interface Case {
  /** Of 1000 rows of then: as they were, in a later version under their key, and under it no more. */
  readonly modified?: number;
  readonly gone?: number;
  /** Rows written since that are there. */
  readonly newer?: number;
  readonly extra?: number;
  readonly updated?: number;
  readonly deleted?: number;
}

const total = 1000;

function seen(
  { modified = 0, gone = 0, newer = 0, extra = 0, updated = 0, deleted = 0 }: Case,
  { isOld = false, rewritten = false, exact = true } = {},
): SeenSince {
  const rows: RowsSince = { changed: 0, extra, modified, gone, listed: [] };
  return {
    known: isOld ? [String(total), "77", "0", "1"] : [String(total), "77", "0", "1", "0"],
    target: { rows: BigInt(total - modified - gone + extra), hash: 5n, newer: BigInt(newer) },
    counters: {
      changed: BigInt(updated + deleted),
      deleted: isOld ? undefined : BigInt(deleted),
      exact,
      rewritten,
    },
    rows,
  };
}

const codes = (one: SeenSince) => judgeSince(pair, one).differences.map(({ code }) => code);

describe("rows that applications replaced", () => {
  it.each<[string, Case]>([
    ["10 deleted", { gone: 10, deleted: 10 }],
    ["10 updated", { modified: 10, newer: 10, updated: 10 }],
    ["one updated a thousand times", { modified: 1, newer: 1, updated: 1000 }],
    ["10 updated, then deleted", { gone: 10, updated: 10, deleted: 10 }],
    ["10 given another key", { gone: 10, newer: 10, updated: 10 }],
    ["10 given another key, then deleted under it", { gone: 10, updated: 10, deleted: 10 }],
    ["every key moved up by one", { modified: 9, gone: 1, newer: 10, updated: 10 }],
    ["two keys exchanged by a third", { modified: 2, newer: 2, updated: 3 }],
    ["10 deleted and inserted under the same key", { modified: 10, newer: 10, deleted: 10 }],
    ["10 deleted, and others inserted", { gone: 10, newer: 30, deleted: 10 }],
    ["10 upserted that were there, 5 that were not", { modified: 10, newer: 15, updated: 10 }],
    [
      "10 deleted, their keys taken by rows whose keys were updated",
      { modified: 10, gone: 10, newer: 10, updated: 10, deleted: 10 },
    ],
    [
      "a mixture: 5 updated, 4 with another key, 3 deleted, 2 deleted and made anew, 7 inserted",
      { modified: 7, gone: 7, newer: 18, updated: 9, deleted: 5 },
    ],
    [
      "that, and as much rolled back",
      { modified: 7, gone: 7, newer: 18, updated: 18, deleted: 10 },
    ],
    [
      "a key updated by a transaction from before",
      // Told by untouched-rows-differ.
      { gone: 1, extra: 1, updated: 1 },
    ],
    ["nothing left of all of them", { gone: total, deleted: total }],
  ])("%s", (_, one) => {
    expect(isUnexplained(seen(one))).toBe(false);
    expect(codes(seen(one))).not.toContain("rows-lost-since-cutover");
  });

  // As they are found where one more row is gone of which nobody counted anything.
  it.each<[string, Case]>([
    ["one of nothing", { gone: 1 }],
    ["behind a thousand updates of one row", { modified: 1, gone: 1, newer: 1, updated: 1000 }],
    ["behind updates of 10 rows, rolled back", { gone: 1, updated: 10 }],
    ["beside 10 deleted", { gone: 11, deleted: 10 }],
    ["beside 10 updated twice, then deleted", { gone: 11, updated: 20, deleted: 10 }],
    ["beside 10 given another key", { gone: 11, newer: 10, updated: 20 }],
    ["beside 10 made anew", { modified: 10, gone: 1, newer: 10, deleted: 10 }],
    ["behind inserts", { gone: 1, newer: 500 }],
    ["behind inserts and one update", { modified: 1, gone: 1, newer: 500, updated: 1 }],
  ])("not %s", (_, one) => {
    expect(isUnexplained(seen(one))).toBe(true);
    expect(codes(seen(one))).toContain("rows-lost-since-cutover");
  });

  it("says how many no write explains", () => {
    const one = seen({ modified: 1, gone: 300, newer: 1, updated: 1447 });
    expect(judgeSince(pair, one).differences.map(({ target }) => target)).toEqual([
      "301 rows changed or gone, at least 300 of them by nothing that the target counted: 1447 updates, 0 deletes, and 1 row written since",
    ]);
  });

  it("leaves open whether what is not the source's is from before, or was never written", () => {
    const one = judgeSince(pair, seen({ gone: 1, extra: 1, updated: 1 }));
    expect(one.differences.map(({ code, target }) => [code, target])).toEqual([
      [
        "untouched-rows-differ",
        "0 rows not as the source has them, 1 row that the source does not have; written by a transaction that began before both sides were proven equal, or by none",
      ],
    ]);
  });

  it("takes deletes for updates where a manifest of an older version does not tell them apart", () => {
    const hidden = { modified: 1, gone: 300, newer: 1, updated: 1447 };
    expect(isUnexplained(seen(hidden, { isOld: true }))).toBe(false);
    const more = seen({ gone: 300, updated: 200, deleted: 99 }, { isOld: true });
    expect(judgeSince(pair, more).differences.map(({ target }) => target)).toEqual([
      "300 rows changed or gone, and the target counted 299 updates and deletes",
    ]);
  });

  it.each([
    ["of a table that was rewritten", { rewritten: true }],
    ["by counters that are not exact", { exact: false }],
  ])("calls nothing lost %s", (_, how) => {
    const { comparison, differences } = judgeSince(pair, seen({ gone: 1 }, how));
    expect(differences).toEqual([]);
    expect(comparison.equality).toBe("could-not-check");
  });
});
