/** What a report says of rows that applications wrote, and of all others. */
import { describe, expect, it } from "vitest";
import { writtenSince } from "../../src/migration/written-since.ts";
import type { TableComparison } from "../../src/verification/index.ts";

const table = (name: string, over: Partial<TableComparison>): TableComparison => ({
  table: name,
  equality: "equal",
  sourceRows: 10n,
  targetRows: 12n,
  depth: "contents",
  ...over,
});
const tables = [
  table("users", { since: { newer: 1200n, modified: 3n, gone: 1n } }),
  table("untouched", { since: { newer: 0n, modified: 0n, gone: 0n } }),
  table("events", { since: { newer: 1n, modified: 0n, gone: 0n } }),
];

describe("rows written since the cut-over", () => {
  it("are told with their figures, and that all others are equal", () => {
    expect(writtenSince("api", { tables, equality: "equal" })).toEqual([
      {
        code: "written-since-cutover",
        severity: "warns",
        message:
          "api: rows of 2 tables of the target were written since the cut-over. The source has nothing to compare these rows with; all others are compared, and equal.",
        objects: [
          "1,200 written, 3 of the old ones changed, 1 of the old ones gone: users",
          "1 written: events",
        ],
      },
    ]);
  });

  it.each(["different", "could-not-check"] as const)(
    "say nothing of all others when the database is %s",
    (equality) => {
      const damaged = table("orders", { equality, since: { newer: 5n, modified: 0n, gone: 0n } });
      const [finding] = writtenSince("api", { tables: [...tables, damaged], equality });
      expect(finding?.message).toBe(
        "api: rows of 2 tables of the target were written since the cut-over. The source has nothing to compare these rows with.",
      );
      expect(finding?.objects).toHaveLength(2);
    },
  );

  it("are no finding where there are none", () => {
    expect(writtenSince("api", { tables: tables.slice(1, 2), equality: "equal" })).toEqual([]);
  });
});
