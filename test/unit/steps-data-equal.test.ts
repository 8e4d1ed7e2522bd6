/** A comparison as a verdict: unknown is never equal, accepted is never hidden. */
import { describe, expect, it } from "vitest";
import {
  comparisonFindings,
  decideEqual,
  interruptedComparison,
} from "../../src/steps/data-equal/decide.ts";
import { resumedText } from "../../src/steps/data-equal/resumed.ts";
import { readBefore, rememberRead, rowsRead } from "../../src/steps/data-equal/rows-read.ts";
import { attemptRetired } from "../../src/steps/data-streaming/batches.ts";
import { notes as freezeNotes } from "../../src/steps/source-frozen/moments.ts";
import { settings, type EqualSeen } from "../../src/steps/data-equal/settings.ts";
import type { Json } from "../../src/core/json.ts";
import type { Note } from "../../src/core/step.ts";
import type { DatabaseComparison, Difference, ReadBatch } from "../../src/verification/index.ts";
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
  deferred: [],
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

  it("says that parts were taken over from before, and notes which tables were read once more, and why", () => {
    const resumed = {
      slices: 40,
      bytes: 1,
      redone: [{ side: "target", table: '"public"."users"', because: "it was written" }],
    } as const;
    expect(decide([{ resumed }, {}])).toMatchObject({
      is: "satisfied",
      because: expect.stringContaining("was not read again") as string,
      facts: { takenOver: 40, redone: 1 },
      notes: { "read-once-more db1": ['"public"."users" on the target: it was written'] },
    });
    expect(resumedText([resumed, { ...resumed, slices: 1, redone: [] }])).toBe(
      '41 parts of tables that had been read before are not read again; 1 table is read once more ("public"."users" on the target: it was written)',
    );
    expect(resumedText([])).toBe(undefined);
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

  it("does not blame another version for what the source has as well", () => {
    const behind = {
      ...missing,
      weight: "warns",
      code: "sequence-behind-column",
      source: "7",
      target: "7",
    } as const;
    const verdict = decide([{ mayBeCosmetic: [behind] }]);
    expect(verdict.is).toBe("satisfied");
    const [finding] = findingsOf(verdict);
    expect(finding).toMatchObject({ code: "sequence-behind-column", severity: "warns" });
    expect(finding?.message).toContain("on the source as well");
    expect(finding?.message).not.toContain("version");
    expect(finding?.objects).toEqual(['"public"."old_index": 7 -> 7']);
    const hidden = comparisonFindings(
      [{ database: "api", result: { ...equal, mayBeCosmetic: [behind] } }],
      { accept: [], refused: [] },
      { values: false },
    );
    expect(hidden[0]?.objects).toEqual(['"public"."old_index"']);
  });
});

describe("what an earlier process has read", () => {
  const batch: ReadBatch = {
    form: 1,
    rowHash: "record-send",
    sides: [
      {
        side: "target",
        database: "1 2",
        snapshot: "10:10:",
        countedSince: "since",
        exact: true,
        tables: { '"public"."users"': ["columns", "1000 2", "5 1", [["0-16", "3", "-30"]]] },
      },
    ],
  };

  const note = (name: string, value: Json): Note => ({ step: "s", name, value, at: "" });

  async function remembered(before: readonly Note[] = []): Promise<Note[]> {
    const notes = [...before];
    const remember = (name: string, value: Json) =>
      Promise.resolve(void notes.push(note(name, JSON.parse(JSON.stringify(value)) as Json)));
    await rememberRead("api", batch, { notes: before, remember });
    return notes;
  }

  it("is there for the same database", async () => {
    const notes = await remembered();
    expect(readBefore("api", { notes })).toEqual([batch]);
    expect(readBefore("insights", { notes })).toEqual([]);
  });

  it.each([
    ["a thaw", freezeNotes.thawedUpTo("api"), "2026-01-01"],
    ["another freeze", freezeNotes.before("api"), []],
    ["another attempt at the copy", attemptRetired, 1],
  ])("counts no more after %s", async (_, name, value) => {
    const notes = await remembered();
    expect(readBefore("api", { notes: [...notes, note(name, value)] })).toEqual([]);
    const anew = await remembered([...notes, note(name, value)]);
    expect(readBefore("api", { notes: anew })).toEqual([batch]);
  });

  it("counts for nothing when it cannot be understood", async () => {
    const notes = [note(rowsRead("api"), { attempt: 1, batch: "?" }), ...(await remembered())];
    expect(readBefore("api", { notes })).toEqual([batch]);
  });
});
