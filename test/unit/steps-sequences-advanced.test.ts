/** Which sequences are set, and when the step refuses to. */
import { describe, expect, it } from "vitest";
import { sequencesAdvanced } from "../../src/steps/sequences-advanced.ts";
import { contextOf, findingsOf } from "../support/preflight.ts";

type Seen = Parameters<typeof sequencesAdvanced.decide>[0];
type Database = Seen["databases"][number];

const fine: Database = { name: "api", sequences: 3, missing: [], unreadable: [], behind: [] };
const behind = { name: '"public"."users_id_seq"', lastValue: 2n ** 63n - 1n, isCalled: true };

function decide(databases: readonly Partial<Database>[], frozen = true) {
  const seen = { frozen, databases: databases.map((each) => ({ ...fine, ...each })) };
  return sequencesAdvanced.decide(seen, {}, contextOf());
}

const codes = (verdict: ReturnType<typeof decide>) =>
  findingsOf(verdict).map(({ severity, code }) => `${severity} ${code}`);

describe("sequences-advanced", () => {
  it("is satisfied when none is behind", () => {
    expect(decide([{}, {}])).toMatchObject({ is: "satisfied", facts: { sequences: 6 } });
  });

  it("sets those that are behind, each database on its own, to the last digit", () => {
    expect(decide([{}, { name: "b", behind: [behind] }])).toMatchObject({
      is: "unmet",
      actions: [
        { id: "set-sequences b", data: { behind: [{ lastValue: "9223372036854775807" }] } },
      ],
    });
  });

  it.each<[string, Partial<Database>, boolean, string]>([
    ["a source that takes writes", { behind: [behind] }, false, "blocks source-not-frozen"],
    ["one that is missing", { missing: ["s"] }, true, "blocks sequence-missing"],
    ["one that cannot be read", { unreadable: ["s", "s"] }, true, "unknown sequence-unreadable"],
    [
      "one that cannot be read, others behind",
      { unreadable: ["s"], behind: [behind] },
      true,
      "unknown sequence-unreadable",
    ],
  ])("is blocked by %s", (_, database, frozen, code) => {
    expect(codes(decide([database], frozen))).toEqual([code]);
  });
});
