import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { columns } from "../../src/verification/catalog/columns.ts";
import { rewrittenText } from "../../src/verification/catalog/expression.ts";
import { comparePrinted } from "../../src/verification/catalog/printed-query.ts";
import {
  bucketCount,
  chooseBuckets,
  differingBuckets,
} from "../../src/verification/contents/buckets.ts";
import { hashedAsSql, type TableLayout } from "../../src/verification/contents/layout.ts";
import {
  chooseRowHash,
  type HashedColumn,
  hashForm,
  rowHashSql,
  type Sent,
  textChainSql,
} from "../../src/verification/contents/row-hash.ts";
import { pairTable } from "../../src/verification/contents/table-pair.ts";
import { planTasks, taskSql } from "../../src/verification/contents/tasks.ts";

function layout(
  name: string,
  { blocks = 1, bytes = 8192n, ...more }: Partial<TableLayout & TableLayout["size"]> = {},
): TableLayout {
  return {
    table: `"s"."${name}"`,
    columns: [{ name: "id", type: "integer", sent: "as-is", output: false }],
    key: ["id"],
    size: { blocks, bytes, blockSize: 8192 },
    ...more,
  };
}

describe("the catalog's queries", () => {
  it("print an expression once, and a default without its table: of a wide one, that takes seconds", () => {
    const calls = columns.sql([]).match(/pg_get_expr\([^)]*\)/g);
    expect(calls).toHaveLength(1);
    expect(calls?.[0]).toMatch(/case a\.attgenerated when '' then 0 else d\.adrelid end/);
  });
});

describe("the row hash", () => {
  const record = "-3582945953369150973 17";
  const text = "-6747756470228489321";

  it("is taken only where both servers hash the constants alike", () => {
    const full = { recordSend: record, text };
    expect(chooseRowHash(full, full)).toBe("record-send");
    expect(chooseRowHash(full, full, "text-chain")).toBe("text-chain");
    expect(chooseRowHash(full, { recordSend: null, text })).toBe("text-chain");
    expect(chooseRowHash(full, { recordSend: "-3582945953369150973 18", text })).toBe("text-chain");
    expect(chooseRowHash({ recordSend: "1 17", text }, { recordSend: "1 17", text })).toBe(
      "text-chain",
    );
    expect(chooseRowHash(full, { recordSend: null, text: "5" })).toBeUndefined();
    expect(
      chooseRowHash({ recordSend: null, text: null }, { recordSend: null, text: null }),
    ).toBeUndefined();
  });

  it("quotes names and sends in binary only what says no more than its text", () => {
    const columns: HashedColumn[] = [
      { name: 'a"b', sent: "as-is", output: false },
      { name: "mood", sent: "no", output: false },
      { name: "mine", sent: "no", output: true },
      { name: "f", sent: "one-nan", output: false },
    ];
    expect(rowHashSql("record-send", columns)).toContain(
      `row("a""b", "mood"::text collate "C", row("mine")::text collate "C", case when "f" = 'NaN' then 'NaN' else "f" end)`,
    );
    expect(rowHashSql("text-chain", columns)).toContain(`'=' || row("mine")::text collate "C"`);
  });

  it("has a form of another number whenever its SQL is another, so that kept checksums are not compared with it", () => {
    const columns = [true, false].flatMap((output) =>
      (["as-is", "one-nan", "no"] as const).map((sent) => ({ name: sent, sent, output })),
    );
    const text = [hashedAsSql, rowHashSql("record-send", columns), textChainSql(columns)].join();
    const digest = createHash("sha256").update(text.replaceAll(/\s+/g, " ")).digest("hex");
    // A new line for a new form, and never another digest for an old one.
    const forms: Readonly<Record<number, string>> = {
      1: "1f14841ea00acfc1",
      2: "320d39f2306069aa",
    };
    expect(digest.slice(0, 16)).toBe(forms[hashForm]);
  });

  it("of no columns is a constant", () => {
    expect(textChainSql([])).toBe("0::int8");
  });
});

describe("pairing two tables", () => {
  const column = (name: string, type: string, sent: Sent = "as-is", output = false) => ({
    name,
    type,
    sent,
    output,
  });

  it("compares the columns that both have, in binary only where the type is the same", () => {
    const source = layout("t", {
      columns: [
        column("a", "integer"),
        column("b", "varchar(5)"),
        column("c", "text"),
        column("e", "s.mood", "no"),
      ],
    });
    const target = layout("t", {
      columns: [
        column("a", "bigint"),
        column("b", "varchar(9)"),
        column("d", "text"),
        column("e", "s.mood", "no", true),
      ],
    });
    const pair = pairTable(source, target);
    expect(pair.columns).toEqual([
      { name: "a", sent: "no", output: false },
      { name: "b", sent: "as-is", output: false },
      { name: "e", sent: "no", output: true },
    ]);
  });

  it("has a key only where both have the same", () => {
    const pair = pairTable(layout("t"), layout("t", { key: [] }));
    expect(pair.key).toEqual([]);
  });
});

describe("planning reads", () => {
  const paired = (layouts: TableLayout[]) => layouts.map((one) => pairTable(one, one));
  const limits = { sliceBytes: 100 * 8192, tablesPerTask: 50, sessions: 2 };

  it("cuts a large table into slices that cover it, the last without an end", () => {
    const large = layout("large", { blocks: 250, bytes: 250n * 8192n });
    const tasks = planTasks([pairTable(large, large)], "source", limits);
    const slices = tasks
      .flatMap((task) => task.slices)
      .toSorted((a, b) => (a.from ?? 0) - (b.from ?? 0));
    expect(slices.map(({ from, to }) => [from, to])).toEqual([
      [0, 100],
      [100, 200],
      [200, undefined],
    ]);
    expect(taskSql(tasks[0] ?? { slices: [], bytes: 0 }, undefined)).toContain("from only");
  });

  it("puts small tables together, 50 at most, largest first", () => {
    const many = Array.from({ length: 500 }, (_, at) => layout(`t${at}`, { bytes: BigInt(at) }));
    const tasks = planTasks(paired(many), "target", limits);
    const counts = tasks.map((task) => task.slices.length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(50);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500);
    expect(tasks.length).toBeLessThan(20);
    expect(tasks[0]?.slices[0]?.pair.table).toBe('"s"."t499"');
  });

  it("keeps every session busy with a handful of tables", () => {
    const few = Array.from({ length: 34 }, (_, at) => layout(`t${at}`, { bytes: 100_000n }));
    expect(planTasks(paired(few), "source", limits).length).toBeGreaterThanOrEqual(2);
  });

  it("reads empty tables too", () => {
    const empty = Array.from({ length: 3 }, (_, at) => layout(`t${at}`, { bytes: 0n, blocks: 0 }));
    const tasks = planTasks(paired(empty), "source", limits);
    expect(tasks.flatMap((task) => task.slices)).toHaveLength(3);
  });
});

describe("buckets", () => {
  it("grow with the table and stay a power of two", () => {
    expect(bucketCount(0n)).toBe(64);
    expect(bucketCount(6_000_000n)).toBe(8192);
    expect(bucketCount(10n ** 12n)).toBe(65_536);
  });

  it("differ by count, by hash, and where one side has none", () => {
    const source = new Map([
      [1, { rows: 2, hash: "5" }],
      [2, { rows: 2, hash: "5" }],
      [3, { rows: 9, hash: "5" }],
    ]);
    const target = new Map([
      [1, { rows: 2, hash: "5" }],
      [2, { rows: 2, hash: "6" }],
      [4, { rows: 1, hash: "1" }],
    ]);
    const differing = differingBuckets(source, target);
    expect(differing.map(({ bucket }) => bucket)).toEqual([4, 2, 3]);
    expect(chooseBuckets(differing, 5).map(({ bucket }) => bucket)).toEqual([4, 2]);
    expect(chooseBuckets(differing, 0).map(({ bucket }) => bucket)).toEqual([4]);
  });
});

const sameExpression = (source: string, target: string): boolean =>
  comparePrinted(source, target, { mayBeBare: false }) === "same";

describe("expressions that a dump and restore writes anew", () => {
  const stored =
    "CHECK (((v)::text = ANY ((ARRAY['a'::character varying, 'b,]'')::text[]'::character varying])::text[])))";
  const restored =
    "CHECK (((v)::text = ANY (ARRAY[('a'::character varying)::text, ('b,]'')::text[]'::character varying)::text])))";

  it("are the same", () => {
    expect(rewrittenText(stored)).toBe(restored);
    expect(sameExpression(stored, restored)).toBe(true);
    expect(sameExpression(restored, stored)).toBe(true);
  });

  it("are not the same when a value, its type or its place changed", () => {
    expect(sameExpression(stored, restored.replace("'a'", "'x'"))).toBe(false);
    expect(sameExpression(stored, restored.replace(")::text,", ")::name,"))).toBe(false);
    expect(sameExpression("CHECK (a > 1)", "CHECK (a > 2)")).toBe(false);
  });

  it("are the same in statistics, which are printed with fewer brackets", () => {
    expect(rewrittenText("ON (v::text = ANY (ARRAY['a'::character varying, b]::text[]))")).toBe(
      "ON (v::text = ANY (ARRAY['a'::character varying::text, b::text]))",
    );
    expect(rewrittenText("ARRAY[]::text[]")).toBe("ARRAY[]::text[]");
  });

  it("are the same with a join on nothing and a default that is new", () => {
    expect(sameExpression("a JOIN b ON TRUE WHERE x", "a JOIN b ON (true) WHERE x")).toBe(true);
    expect(
      sameExpression(
        "XMLSERIALIZE(CONTENT p AS text) <> ' NO INDENT)'",
        "XMLSERIALIZE(CONTENT p AS text NO INDENT) <> ' NO INDENT)'",
      ),
    ).toBe(true);
    expect(sameExpression("' ON TRUE'", "' ON (true)'")).toBe(false);
  });

  it.each([
    ["(((a >= 1) AND (a <= 9)) AND b)", "((a >= 1) AND (a <= 9) AND b)"],
    [
      "CHECK ((((a = 1) OR (a = b)) OR ((c AND d) AND e)))",
      "CHECK (((a = 1) OR (a = b) OR (c AND d AND e)))",
    ],
    ["((((a AND b) AND c) AND d) AND (e AND f))", "(a AND b AND c AND d AND (e AND f))"],
    [
      "(((a >= 1) AND (a <= 9)) AND\nCASE WHEN f THEN b END)",
      "((a >= 1) AND (a <= 9) AND\nCASE WHEN f THEN b END)",
    ],
    ["(((a = ') AND (') AND b) AND c)", "((a = ') AND (') AND b AND c)"],
  ])("are the same with an AND or OR that comes first in another: %s", (nested, flat) => {
    expect(rewrittenText(nested)).toBe(flat);
  });

  it("may be the same where nobody knows whether what is cast is an array", () => {
    const compared = (one: string, other: string) =>
      comparePrinted(one, other, { mayBeBare: false });
    const cast = "CHECK (('k'::text = ANY ((ARRAY[x, y])::text[])))";
    expect(compared(cast, "CHECK (('k'::text = ANY (ARRAY[(x)::text, (y)::text])))")).toBe(
      "perhaps",
    );
    expect(compared(cast, "CHECK (('k'::text = ANY (ARRAY[(x)::text[], (y)::text[]])))")).toBe(
      "perhaps",
    );
    expect(compared(cast, "CHECK (('k'::text = ANY (ARRAY[(x)::text, (z)::text])))")).toBe(
      "different",
    );
  });

  it.each([
    "((a OR b) AND c)",
    "(c AND (a AND b))",
    "(f((a AND b)) AND c)",
    "((a AND b)::text = 'AND')",
    "(NOT (a AND b) AND c)",
    "((NOT (a AND b)) AND c)",
    "(((a AND b) = c) AND d)",
    "((sum(a) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)) AND b)",
    "((a AND b) AND c",
    "((a AND b) AND c))",
    "(ARRAY[a.x, a.y])::text[]",
    "(ARRAY[ARRAY['a'::text], a.y])::text[]",
  ])("are left with their brackets: %s", (text) => {
    expect(rewrittenText(text)).toBe(text);
  });

  it("are left alone inside quotes and without a cast", () => {
    for (const text of [
      "CHECK (v <> '(ARRAY[1])::text[]'::text)",
      "CHECK (v = ANY (ARRAY['a'::text]))",
      `CHECK ("(ARRAY[" > 0)`,
      "CHECK (v <> E'\\'(ARRAY[1])::text[]')",
      "CHECK ((ARRAY[",
    ]) {
      expect(rewrittenText(text)).toBe(text);
    }
  });

  it("may cast to a type with a length or of a schema", () => {
    expect(rewrittenText(`(ARRAY[a, f(b, c)])::public."Mood"[]`, "all")).toBe(
      `ARRAY[(a)::public."Mood", (f(b, c))::public."Mood"]`,
    );
    expect(rewrittenText("(ARRAY[x])::character varying(20)[]", "all")).toBe(
      "ARRAY[(x)::character varying(20)]",
    );
  });
});
