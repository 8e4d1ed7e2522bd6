/** A comparison beside writing applications as findings and a verdict: what is confirmed stands in the way, what is written does not. */
import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/core/finding.ts";
import type { Json } from "../../src/core/json.ts";
import type { Note } from "../../src/core/step.ts";
import {
  comparedOf,
  copyCompared,
  noteOf,
  type Compared,
} from "../../src/steps/copy-agrees/compared.ts";
import { decideAgrees } from "../../src/steps/copy-agrees/decide.ts";
import { agreesFindings } from "../../src/steps/copy-agrees/findings.ts";
import { noteOfProven, provenOf } from "../../src/steps/copy-agrees/proven.ts";
import type { Difference, Proven, WrittenComparison } from "../../src/verification/index.ts";
import { findingsOf } from "../support/preflight.ts";

const users = '"public"."users"';

const usersTable = {
  table: users,
  equality: "equal",
  sourceRows: 1200n,
  targetRows: 1200n,
  depth: "contents",
} as const;

const agreeing: WrittenComparison = {
  source: "api",
  target: "api",
  equality: "equal",
  differences: [],
  mayBeCosmetic: [],
  unchecked: [],
  tables: [usersTable],
  sequences: [],
  deferred: [],
  rowHash: "record-send",
  manifest: undefined,
  proven: undefined,
  totals: {
    tables: 1,
    tablesEqual: 1,
    sourceRows: 1200n,
    targetRows: 1200n,
    bytes: 1n,
    sequences: 0,
    objects: 3,
    durationMs: 1,
  },
  written: [],
  rounds: 2,
};

const differs = (code: string, object = users): Difference => ({
  code,
  object,
  weight: "different",
  source: null,
  target: null,
});

function found(
  comparison: Partial<WrittenComparison>,
  judged: { accept?: readonly string[]; accessFollows?: boolean } = {},
): Finding[] {
  const { accept = [], accessFollows = true } = judged;
  return agreesFindings("api", { ...agreeing, ...comparison }, { accept, accessFollows });
}

const codes = (findings: readonly Finding[]) =>
  findings.map(({ severity, code }) => `${severity} ${code}`);

describe("findings of a comparison beside writers", () => {
  it("has none where everything agrees", () => {
    expect(found({})).toEqual([]);
  });

  it("names a confirmed row by key and column, and says that waiting mends nothing", () => {
    const [finding, ...rest] = found({
      equality: "different",
      differences: [differs("contents-differ")],
      tables: [
        {
          table: users,
          equality: "different",
          sourceRows: 1200n,
          targetRows: 1200n,
          depth: "contents",
          drillDown: {
            rows: [{ class: "changed", key: { id: "7" }, columns: ["email"] }],
            missing: 0,
            extra: 0,
            changed: 1,
            sampled: false,
            bucketsDiffering: 1,
            buckets: 64,
          },
        },
      ],
    });
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({
      code: "contents-differ",
      severity: "blocks",
      message: 'api: "public"."users": contents differ',
      objects: ["1 row changed", "changed in email: id = 7"],
    });
    expect(finding?.remedy).toContain("undo");
  });

  it("keeps what the plan accepts visible", () => {
    const comparison = {
      equality: "different",
      differences: [differs("contents-differ")],
    } as const;
    expect(codes(found(comparison, { accept: [`contents-differ ${users}`] }))).toEqual([
      "warns contents-differ",
    ]);
    expect(codes(found(comparison, { accept: [`other: contents-differ ${users}`] }))).toEqual([
      "blocks contents-differ",
    ]);
  });

  it("warns of rows that are always written, by key, and of tables without one", () => {
    const findings = found({
      equality: "could-not-check",
      tables: [
        { ...usersTable, equality: "could-not-check" },
        { ...usersTable, table: '"log"', equality: "could-not-check" },
      ],
      written: [
        { table: users, rows: 1, keys: [{ id: "3" }], sampled: false },
        { table: '"log"', rows: undefined, keys: [], sampled: false },
      ],
    });
    expect(codes(findings)).toEqual(["warns rows-always-written", "warns table-always-written"]);
    expect(findings[0]?.objects).toEqual(["id = 3"]);
    expect(findings[0]?.message).toContain("1 row of");
    expect(findings[1]?.message).toContain("has no key");
  });

  it("says when only a sample was looked at again", () => {
    const [finding] = found({
      equality: "could-not-check",
      tables: [{ ...usersTable, equality: "could-not-check" }],
      written: [{ table: users, rows: 0, keys: [], sampled: true }],
    });
    expect(finding).toMatchObject({ code: "sample-compared", severity: "warns" });
  });

  it("never takes what could not be read, nor an answer without a reason, for agreement", () => {
    const unchecked = {
      code: "permission-denied",
      side: "source",
      object: users,
      reason: "no",
    } as const;
    const tables = [{ ...usersTable, equality: "could-not-check" as const }];
    expect(codes(found({ equality: "could-not-check", unchecked: [unchecked], tables }))).toEqual([
      "unknown could-not-check-permission-denied",
    ]);
    expect(codes(found({ equality: "could-not-check", tables }))).toEqual([
      "unknown could-not-check",
    ]);
    expect(codes(found({ equality: "different" }))).toEqual(["unknown could-not-check"]);
  });

  it("leaves to access-carried what that mends, where the plan has it", () => {
    const differences = [
      differs("grant-missing", "app on users"),
      differs("table-owner-differs"),
      differs("setting-value-differs", '"work_mem" of "app"'),
      differs("default-privilege-missing", "app on tables"),
      differs("index-missing", '"public"."i"'),
    ];
    const comparison = { equality: "different", differences } as const;
    expect(codes(found(comparison))).toEqual(["blocks index-missing"]);
    expect(found(comparison, { accessFollows: false })).toHaveLength(5);
  });

  it("lists so many and counts the rest, the worst first", () => {
    const written = Array.from({ length: 300 }, (_, at) => ({
      table: `"t${at}"`,
      rows: 1,
      keys: [],
      sampled: false,
    }));
    const findings = found({
      equality: "different",
      differences: [differs("index-missing")],
      written,
    });
    expect(findings).toHaveLength(201);
    expect(findings[0]?.code).toBe("index-missing");
    expect(findings.at(-1)?.message).toContain("101 further findings");
  });
});

describe("decideAgrees", () => {
  const compared = (...findings: readonly Finding[]): Compared => ({
    attempt: 1,
    findings,
    rows: 1200,
    tables: 3,
  });
  const finding = (severity: Finding["severity"], code: string): Finding => ({
    code,
    severity,
    message: code,
  });

  it("compares one database after the other, and writes to the source for it", () => {
    const verdict = decideAgrees({
      databases: [
        { name: "api", compared: compared(finding("blocks", "contents-differ")) },
        { name: "insights", compared: undefined },
        { name: "pizza", compared: undefined },
      ],
    });
    // What is wrong in one does not hide what is wrong in another.
    expect(verdict).toMatchObject({
      is: "unmet",
      actions: [
        { id: "compare insights", touches: "source", data: { database: "insights" } },
        { id: "compare pizza" },
      ],
    });
  });

  it("is satisfied with warnings, and has the figures of all", () => {
    const verdict = decideAgrees({
      databases: [
        { name: "api", compared: compared(finding("warns", "rows-always-written")) },
        { name: "insights", compared: compared() },
      ],
    });
    expect(verdict).toMatchObject({ is: "satisfied", facts: { rows: 2400, tables: 6 } });
    expect(codes(findingsOf(verdict))).toEqual(["warns rows-always-written"]);
  });

  it.each(["blocks", "unknown"] as const)("does not go on with one that %s", (severity) => {
    const verdict = decideAgrees({
      databases: [
        { name: "api", compared: compared(finding("warns", "w"), finding(severity, "x")) },
      ],
    });
    expect(verdict.is).toBe("blocked");
    expect(codes(findingsOf(verdict))).toEqual([`${severity} x`, "warns w"]);
  });
});

describe("the note of a comparison", () => {
  const note = (name: string, value: Json): Note => ({
    step: "copy-agrees",
    name,
    value,
    at: "2026-03-01T00:00:00.000Z",
  });
  const agreed = { attempt: 1, findings: [], rows: 1, tables: 1 };
  const wrong = {
    ...agreed,
    findings: [{ code: "contents-differ", severity: "blocks", message: "m" } as const],
  };
  const noted = (value: Compared) => [note("other", 1), note(copyCompared("api"), noteOf(value))];

  it("counts for its database and for its copy only", () => {
    const context = { notes: noted(agreed), stops: [] };
    expect(comparedOf("api", 1, context)).toEqual(agreed);
    expect(comparedOf("insights", 1, context)).toBe(undefined);
    expect(comparedOf("api", 2, context)).toBe(undefined);
  });

  it("that stands in the way counts until the run has stopped over it", () => {
    expect(comparedOf("api", 1, { notes: noted(wrong), stops: [1] })).toEqual(wrong);
    expect(comparedOf("api", 1, { notes: noted(wrong), stops: [1, 2] })).toBe(undefined);
    // What agreed goes on to count: another database may have been the reason.
    expect(comparedOf("api", 1, { notes: noted(agreed), stops: [2] })).toEqual(agreed);
  });
});

describe("what was proven", () => {
  const proven: Proven = {
    rowHash: "record-send",
    countedSince: { source: "a b", target: "c d" },
    tables: { '"public"."t"': ["3", "-12", "columns", "1 0 16384", "1 0 16390"] },
  };
  const note = (attempt: number, value: Proven = proven): Note => ({
    step: "copy-agrees",
    name: "copy-proven api",
    value: noteOfProven(attempt, value),
    at: "2026-01-01T00:00:00.000Z",
  });
  const retired: Note = { ...note(1), name: "migration-attempt-retired", value: 1 };

  it("is read back from the journal, for its own database and its own copy", () => {
    expect(provenOf("api", { notes: [note(1)] })).toEqual(proven);
    expect(provenOf("insights", { notes: [note(1)] })).toBeUndefined();
    expect(provenOf("api", { notes: [note(1), retired] })).toBeUndefined();
    expect(provenOf("api", { notes: [note(1), retired, note(2)] })).toEqual(proven);
  });

  it("counts for nothing when it is of another form", () => {
    const strange = { ...proven, tables: { t: ["three"] } } as unknown as Proven;
    expect(provenOf("api", { notes: [note(1, strange)] })).toBeUndefined();
  });
});
