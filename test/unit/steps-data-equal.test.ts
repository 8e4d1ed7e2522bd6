/** A comparison as a verdict: unknown is never equal, accepted is never hidden. */
import { describe, expect, it } from "vitest";
import { decideEqual, interruptedComparison } from "../../src/steps/data-equal/decide.ts";
import { settings, type EqualSeen } from "../../src/steps/data-equal/settings.ts";
import type { DatabaseComparison, Difference } from "../../src/verification/index.ts";
import { findingsOf } from "../support/preflight.ts";

const equal: DatabaseComparison = {
  source: "api",
  target: "api",
  equality: "equal",
  differences: [],
  mayBeCosmetic: [],
  unchecked: [],
  tables: [
    {
      table: '"public"."users"',
      equality: "equal",
      sourceRows: 1200n,
      targetRows: 1200n,
      depth: "contents",
    },
  ],
  sequences: [],
  rowHash: "record-send",
  proven: undefined,
  manifest: undefined,
  totals: {
    tables: 1,
    tablesEqual: 1,
    sourceRows: 1200n,
    targetRows: 1200n,
    bytes: 1n,
    sequences: 2,
    objects: 3,
    durationMs: 1,
  },
};

const missing: Difference = {
  code: "index-missing",
  object: '"public"."old_index"',
  weight: "different",
  source: "btree (id)",
  target: null,
};

function decide(
  results: readonly Partial<DatabaseComparison>[],
  given: { frozen?: boolean; accept?: readonly string[]; refused?: readonly string[] } = {},
) {
  const comparisons = results.map((result, index) => ({
    database: `db${index + 1}`,
    result: { ...equal, ...result },
  }));
  const seen: EqualSeen = {
    frozen: given.frozen ?? true,
    uncounted: [],
    refused: given.refused ?? [],
    comparisons,
  };
  return decideEqual(seen, settings.parse({ accept: given.accept ?? [] }));
}

describe("a session that ended under the comparison", () => {
  const unchecked = (code: "connection-lost" | "permission-denied") =>
    ({ code, side: "target", object: "database api", reason: "The connection was lost" }) as const;
  const seen = (...results: readonly Partial<DatabaseComparison>[]): EqualSeen => ({
    frozen: true,
    uncounted: [],
    refused: [],
    comparisons: results.map((result) => ({ database: "api", result: { ...equal, ...result } })),
  });

  it("is a reason that passes: the look is made again", () => {
    const interrupted = interruptedComparison(
      seen({}, { unchecked: [unchecked("permission-denied"), unchecked("connection-lost")] }),
    );
    expect(interrupted?.message).toContain("api: database api on the target");
  });

  it("hides no difference, and no other reason", () => {
    const lost = { unchecked: [unchecked("connection-lost")] };
    expect(interruptedComparison(seen(lost, { differences: [missing] }))).toBe(undefined);
    const denied = { unchecked: [unchecked("permission-denied")] };
    expect(interruptedComparison(seen(denied))).toBe(undefined);
  });
});

const codes = (verdict: ReturnType<typeof decide>) =>
  findingsOf(verdict).map(({ severity, code }) => `${severity} ${code}`);

describe("decideEqual", () => {
  it("is satisfied by equal databases, with figures over all of them", () => {
    expect(decide([{}, {}])).toMatchObject({
      is: "satisfied",
      facts: { rows: 2400, tables: 2, sequences: 4 },
    });
  });

  it("says, and notes, which tables were proven before the freeze and not read again", () => {
    const [table] = equal.tables;
    if (table === undefined) throw new Error("The comparison has no table.");
    const verdict = decide([{ tables: [{ ...table, reused: true }] }, {}]);
    expect(verdict).toMatchObject({
      is: "satisfied",
      because: expect.stringContaining("1 table was found equal before the freeze") as string,
      facts: { reused: 1 },
      notes: { "not-read-again db1": [table.table] },
    });
  });

  it("takes no comparison of a source that is written, however equal", () => {
    expect(codes(decide([{}], { frozen: false }))).toEqual(["blocks source-not-frozen"]);
  });

  it("counts writes before it compares, or nobody could tell later that none came after", () => {
    const seen = { frozen: true, uncounted: ["db2"], refused: [], comparisons: [] };
    expect(decideEqual(seen, settings.parse({}))).toMatchObject({
      is: "unmet",
      actions: [{ id: "count-writes", touches: "journal", data: { databases: ["db2"] } }],
    });
  });

  it("takes nothing compared for nothing equal", () => {
    expect(codes(decide([]))).toEqual(["unknown nothing-compared"]);
  });

  it("names what differs, in the one database of two in which it does", () => {
    const verdict = decide([{}, { equality: "different", differences: [missing] }]);
    expect(codes(verdict)).toEqual(["blocks index-missing"]);
    expect(findingsOf(verdict)[0]?.message).toBe(
      'db2: "public"."old_index": index missing; source: btree (id), target: nothing',
    );
  });

  it("keeps what the plan accepts visible", () => {
    const accept = ['index-missing "public"."old_index"'];
    const verdict = decide([{ equality: "different", differences: [missing] }], { accept });
    expect(verdict.is).toBe("satisfied");
    expect(codes(verdict)).toEqual(["warns index-missing"]);
    const other = { ...missing, object: '"public"."other"' };
    expect(codes(decide([{ differences: [other] }], { accept }))).toEqual(["blocks index-missing"]);
  });

  it("accepts in one database of two, where the plan names it", () => {
    const both = [{ differences: [missing] }, { differences: [missing] }];
    const named = (verdict: ReturnType<typeof decide>) =>
      findingsOf(verdict).map(({ severity, message }) => `${severity} ${message.split(":")[0]}`);
    const here = ['db2: index-missing "public"."old_index"'];
    expect(named(decide(both, { accept: here }))).toEqual(["blocks db1", "warns db2"]);
    const elsewhere = ['db3: index-missing "public"."old_index"'];
    expect(named(decide(both, { accept: elsewhere }))).toEqual(["blocks db1", "blocks db2"]);
  });

  it("stops at nothing that the target refused, in that database and of that kind", () => {
    const setting: Difference = {
      ...missing,
      code: "setting-value-differs",
      object: '"work_mem" of "app"',
    };
    const refused = ['db1: setting "work_mem" of "app"'];
    const verdict = decide([{ differences: [setting] }], { refused });
    expect(codes(verdict)).toEqual(["warns setting-value-differs"]);
    expect(findingsOf(verdict)[0]?.message).toContain("(refused by the target)");
    const others = [{}, { differences: [setting] }];
    expect(codes(decide(others, { refused }))).toEqual(["blocks setting-value-differs"]);
    const grant = { ...setting, code: "grant-missing" };
    expect(codes(decide([{ differences: [grant] }], { refused }))).toEqual([
      "blocks grant-missing",
    ]);
  });

  it("lets no plan accept what could not be checked", () => {
    const unchecked = {
      code: "permission-denied",
      side: "source",
      object: '"public"."users"',
      reason: "no",
    } as const;
    const accept = ['could-not-check-permission-denied "public"."users"'];
    const verdict = decide([{ equality: "could-not-check", unchecked: [unchecked] }], { accept });
    expect(codes(verdict)).toEqual(["unknown could-not-check-permission-denied"]);
  });

  it("does not go by its list of reasons alone", () => {
    expect(codes(decide([{ equality: "could-not-check" }]))).toEqual(["unknown could-not-check"]);
    expect(codes(decide([{ equality: "different" }]))).toEqual(["unknown could-not-check"]);
  });

  it("shows what may be cosmetic as one warning for each sort", () => {
    const odd = { ...missing, weight: "may-be-cosmetic", code: "view-differs" } as const;
    expect(codes(decide([{ mayBeCosmetic: [odd, { ...odd, object: '"b"' }] }]))).toEqual([
      "warns view-differs-may-be-cosmetic",
    ]);
  });
});
