/** Rows that differ as people read them: no two look the same, and none as something else. */
import { describe, expect, test } from "vitest";
import { drillDownText } from "../../src/steps/data-equal/drill-down-text.ts";
import { columnText, keyText } from "../../src/steps/data-equal/key-text.ts";
import type { DatabaseComparison, DrillDown } from "../../src/verification/index.ts";

describe("a key", () => {
  test.each([
    ["311", "311"],
    ["-1.5e3", "-1.5e3"],
    ["4f3c-11", "4f3c-11"],
    ["k1 ", "'k1 '"],
    ["", "''"],
    ["NULL", "'NULL'"],
    ["null", "'null'"],
    ["it's", "'it''s'"],
    ["é", "'é'"],
    ["2, name = x", "'2, name = x'"],
    ["a\n\\", String.raw`E'a\n\\'`],
    [String.raw`a\n`, String.raw`'a\n'`],
  ])("%j is %s", (value, shown) => {
    expect(keyText({ id: value })).toBe(`id = ${shown}`);
  });

  test("has its columns in quotes where their names could be taken for more", () => {
    expect(keyText({ a: "1", "b = 2": "3" })).toBe('a = 1, "b = 2" = 3');
    expect(columnText('odd "name"')).toBe('"odd ""name"""');
  });
});

test("says how many of the rows are named", () => {
  const rows = Array.from(
    { length: 10 },
    (_, id) => ({ class: "missing", key: { id: `${id}` } }) as const,
  );
  const lines = linesOf({ rows, missing: 300, extra: 0, changed: 0 });
  expect(lines).toHaveLength(11);
  expect(lines[0]).toBe("300 rows missing on the target; 10 of these 300 rows are named");
  expect(linesOf({ rows, missing: 300, extra: 0, changed: 0 }, false)).toEqual([
    "300 rows missing on the target",
    "missing",
  ]);
});

test("two columns are told from one whose name has a comma", () => {
  const rows = [{ class: "changed", key: { id: "1" }, columns: ["a, b", "c"] }] as const;
  const lines = linesOf({ rows, missing: 0, extra: 0, changed: 1 });
  expect(lines).toEqual(["1 row changed", 'changed in "a, b", c: id = 1']);
});

type Rows = Pick<DrillDown, "rows" | "missing" | "extra" | "changed">;

function linesOf(found: Rows, values = true): string[] {
  const drillDown: DrillDown = { ...found, sampled: false, bucketsDiffering: 1, buckets: 1 };
  const result = { tables: [{ table: "t", drillDown }] } as unknown as DatabaseComparison;
  const sides = { source: null, target: null };
  const difference = { code: "contents-differ", object: "t", weight: "different" } as const;
  return drillDownText(result, { ...difference, ...sides }, { values });
}
