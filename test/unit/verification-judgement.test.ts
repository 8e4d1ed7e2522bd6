import { describe, expect, it } from "vitest";
import { ProviderError } from "../../src/core/errors.ts";
import { roleNames, sameNames } from "../../src/verification/access/role-names.ts";
import { catalogDifferences, nobodyAlone } from "../../src/verification/catalog/differences.ts";
import type { CatalogObject, ObjectKind } from "../../src/verification/catalog/object.ts";
import type { TableLayout } from "../../src/verification/contents/layout.ts";
import { pairTable } from "../../src/verification/contents/table-pair.ts";
import { judgeTable } from "../../src/verification/contents/table-verdict.ts";
import type { SideSums, TableSum } from "../../src/verification/contents/table-sums.ts";
import { uncheckedBecause } from "../../src/verification/failure.ts";
import {
  equalityOf,
  judgeSequences,
  sequenceAdvances,
  setSequences,
} from "../../src/verification/index.ts";
import type { SequenceState } from "../../src/verification/index.ts";

const majors = { source: 15, target: 17 };

function object(
  kind: ObjectKind,
  name: string,
  facts: CatalogObject["facts"] = {},
  parent: string | null = null,
): CatalogObject {
  return { kind, name, facts, parent };
}

/** Kind by kind, in the order of the lists: what something belongs to comes before it. */
function codes(source: CatalogObject[], target: CatalogObject[], versions = majors): string[] {
  const kinds = [...new Set([...source, ...target].map(({ kind }) => kind))];
  const parents = nobodyAlone();
  return kinds.flatMap((kind) => {
    const of = (objects: CatalogObject[]) => objects.filter((one) => one.kind === kind);
    const alone = nobodyAlone();
    const found = catalogDifferences(of(source), of(target), versions, { parents, alone });
    for (const side of ["source", "target"] as const) {
      for (const name of alone[side]) parents[side].add(name);
    }
    return found.map(({ code, object: name, weight }) => `${weight} ${code} ${name}`);
  });
}

describe("catalogs", () => {
  it("say one line for a missing table, not one for each of its columns", () => {
    const table = object("table", "t");
    const column = object("column", "t.a", { type: "integer" }, "t");
    const index = object("index", "i", { definition: "..." }, "t");
    expect(codes([table, column, index], [])).toEqual(["different table-missing t"]);
    expect(codes([], [table, column, index])).toEqual(["different table-only-on-target t"]);
    expect(codes([table, column], [table])).toEqual(["different column-missing t.a"]);
  });

  it("read a view's text as another major prints it, between majors only", () => {
    const view = (definition: string) => object("view", "v", { definition });
    const column = (type: string) => object("column", "v.a", { type }, "v");
    const [older, newer] = [view("SELECT t.a FROM t"), view("SELECT a FROM t")];
    expect(codes([older], [newer])).toEqual([]);
    expect(codes([older], [newer], { source: 17, target: 17 })).toEqual([
      "different view-definition-differs v",
    ]);
    expect(codes([older], [view("SELECT (a) FROM t")])).toEqual([
      "different view-definition-differs v",
    ]);
    expect(codes([older], [view("SELECT a FROM t WHERE b")])).toEqual([
      "different view-definition-differs v",
    ]);
    expect(codes([view("x"), column("integer")], [view("x"), column("text")])).toEqual([
      "different column-type-differs v.a",
    ]);
  });

  it("read the printed body of a function so, its stored text never", () => {
    const f = (definition: string) => object("function", "f", { definition });
    const body = (columns: string) => f(`...\nBEGIN ATOMIC\n SELECT ${columns} FROM t;\nEND`);
    expect(codes([body("t.a")], [body("a")])).toEqual([]);
    expect(codes([f("...\nBEGIN ATOMIC\n t.a")], [f("...\nBEGIN ATOMIC\n a")])).toEqual([
      "may-be-cosmetic function-definition-differs f",
    ]);
    expect(codes([f("...\nBEGIN ATOMIC\n t.a")], [f("...\nBEGIN ATOMIC\n t.b")])).toEqual([
      "different function-definition-differs f",
    ]);
    expect(codes([f("AS $$ begin return 1 $$")], [f("AS $$ begin return 2 $$")])).toEqual([
      "different function-definition-differs f",
    ]);
  });

  it.each([
    ["libc en_US.utf8", "libc en_US.UTF-8", "same"],
    ["libc en_US.utf8", "libc de_DE.utf8", "same"],
    ["libc en_US.utf8", "icu en-US", "different"],
    ["icu de-DE", "icu en-US", "different"],
    ["icu en_US", "icu en-US", "same"],
    ["icu ", "icu und", "same"],
    ["icu und", "icu und\nrules &a < g", "different"],
    ["icu en_US@colNumeric=yes", "icu en-US-u-kn-true", "same"],
    ["icu en_US@colNumeric=yes", "icu en-US-u-kn-false", "different"],
    ["icu en_US@colNumeric=yes", "icu en-US", "different"],
    ["icu en-US@colStrength=secondary;colCaseLevel=yes", "icu en-US-u-kc-ks-level2", "same"],
    ["icu de@collation=phonebook", "icu de-u-co-phonebk", "same"],
    ["icu de@collation=phonebook", "icu de-u-co-search", "different"],
    ["icu de@unheard=of", "icu de", "different"],
    ["libc C", "builtin C.UTF-8", "may-be-cosmetic"],
    ["libc C.utf8", "builtin PG_UNICODE_FAST", "may-be-cosmetic"],
    ["libc Cy.utf8", "builtin C", "different"],
    ["icu und", "builtin C.UTF-8", "different"],
  ])("take a database's collation %s for %s as %s", (source, target, weight) => {
    const database = (collation: string) => object("database", "", { collation });
    expect(codes([database(source)], [database(target)])).toEqual(
      weight === "same" ? [] : [`${weight} database-collation-differs database`],
    );
  });

  it.each([
    ["valid", "different index-missing i"],
    ["not valid on every partition", "different index-missing i"],
    ["invalid", "warns index-invalid-on-source i"],
  ])("say of an index of the source alone that is %s: %s", (validity, expected) => {
    const index = object("index", "i", { definition: "...", validity }, "t");
    expect(codes([index], [])).toEqual([expected]);
    expect(codes([], [index])).toEqual(["different index-only-on-target i"]);
  });

  it("know the spellings of a libc locale, and leave another undecided", () => {
    const database = (locale: string) => object("database", "", { locale });
    const ours = database("en_US.utf8 / C.UTF-8");
    expect(codes([ours], [database("en_US.UTF-8 / C.utf8")])).toEqual([]);
    expect(codes([ours], [database("de_DE.UTF-8 / C.utf8")])).toEqual([
      "may-be-cosmetic database-locale-differs database",
    ]);
  });

  it.each([
    ["1.10", "1.11", "may-be-cosmetic"],
    ["1.9", "1.10", "may-be-cosmetic"],
    ["1.10", "1.9", "different"],
    ["3.4.2", "3.4", "different"],
  ])("take extension %s for %s as %s", (source, target, weight) => {
    const extension = (version: string) => object("extension", "e", { version });
    expect(codes([extension(source)], [extension(target)])).toEqual([
      `${weight} extension-version-differs e`,
    ]);
  });
});

describe("functions", () => {
  const text = (language: string, body: string, header = "f(c boolean)") =>
    `CREATE OR REPLACE FUNCTION s.${header}\n RETURNS integer\n LANGUAGE ${language}\n${body}`;
  const compared = (one: string, other: string) =>
    catalogDifferences(
      [object("function", "f", { definition: one })],
      [object("function", "f", { definition: other })],
      { source: 17, target: 17 },
      { parents: nobodyAlone(), alone: nobodyAlone() },
    ).map(({ weight }) => weight);

  it("are their texts, whatever those look like; only what the server prints itself is read", () => {
    const own = (condition: string) =>
      text(
        "plpgsql",
        `AS $f$\nBEGIN\n  IF ${condition} THEN RETURN 1; END IF;\n  RETURN 2;\nEND$f$\n`,
      );
    expect(compared(own("((a AND b) AND c)"), own("(a AND b AND c)"))).toEqual(["different"]);
    const sql = (condition: string) => text("sql", `RETURN (${condition})::integer\n`);
    expect(compared(sql("((a AND b) AND c)"), sql("(a AND b AND c)"))).toEqual([]);
    const header = (value: string) =>
      text("sql", "AS $function$select 1$function$\n", `f(c boolean DEFAULT ${value})`);
    expect(compared(header("((a AND b) AND c)"), header("(a AND b AND c)"))).toEqual([]);
    expect(compared(header("((a AND b) AND c)"), header("(a AND b)"))).toEqual(["different"]);
  });
});

describe("very long definitions", () => {
  it("are shown around the place where they part", () => {
    const text = (middle: string) => `${"a".repeat(100_000)}${middle}${"z".repeat(100_000)}`;
    const [difference] = catalogDifferences(
      [object("function", "f", { definition: text("one") })],
      [object("function", "f", { definition: text("two") })],
      { source: 17, target: 17 },
      { parents: nobodyAlone(), alone: nobodyAlone() },
    );
    const around = (middle: string) => `...${"a".repeat(500)}${middle}${"z".repeat(1497)}...`;
    expect(difference).toMatchObject({ source: around("one"), target: around("two") });
    const [missing] = catalogDifferences(
      [object("function", "f", { definition: text("one") })],
      [],
      { source: 17, target: 17 },
      { parents: nobodyAlone(), alone: nobodyAlone() },
    );
    expect(missing?.source).toBe(`${"a".repeat(2000)}...`);
  });
});

describe("roles", () => {
  const roles = new Map([
    ["app", "app"],
    ["doadmin", "boss"],
    ["old", "boss"],
  ]);
  const named = (objects: CatalogObject[], side: "source" | "target", olderMajor = 15) =>
    roleNames({ side, roles, olderMajor })(objects);
  const right = (creator: string, privileges: string) =>
    object("default-privilege", "TABLES", { creator, grantee: "app", privileges });

  it("that became one role have the rights of all of them", () => {
    const both = [right("doadmin", "INSERT\nSELECT"), right("old", "SELECT\nUPDATE")];
    expect(named(both, "source")).toEqual([
      object("default-privilege", '"app" on TABLES of "boss"', {
        privileges: "INSERT, SELECT, UPDATE",
      }),
    ]);
  });

  it("know a right that the older server does not have as none", () => {
    const all = [right("boss", "MAINTAIN\nSELECT")];
    expect(named(all, "target")[0]?.facts).toEqual({ privileges: "SELECT" });
    expect(named(all, "target", 17)[0]?.facts).toEqual({ privileges: "MAINTAIN, SELECT" });
    expect(named([right("boss", "MAINTAIN")], "target")).toEqual([]);
  });

  it("own what they owned, strictly where somebody said who they became", () => {
    const table = (owner: string) => object("table", "t", { owner });
    const differ = (from: string, to: string) =>
      codes(named([table(from)], "source"), named([table(to)], "target"));
    expect(differ("doadmin", "boss")).toEqual([]);
    expect(differ("doadmin", "app")).toEqual(["different table-owner-differs t"]);
    expect(differ("app", "stranger")).toEqual(["different table-owner-differs t"]);
    expect(differ("stranger", "boss")).toEqual(["may-be-cosmetic table-owner-differs t"]);
  });

  it("stand for themselves where nobody said so, but for the service's own", () => {
    const role = (name: string, service = false) => ({ name, service });
    const source = [role("app"), role("gone"), role("postgres", true)];
    const target = [role("app"), role("postgres", true), role("more")];
    expect(sameNames(source, target)).toEqual(new Map([["app", "app"]]));
  });
});

describe("sums of a table", () => {
  const layout: TableLayout = {
    table: '"s"."t"',
    columns: [],
    key: [],
    size: { blocks: 1, bytes: 1n, blockSize: 8192 },
  };
  const pair = pairTable(layout, layout);
  const sums = (sum?: TableSum): SideSums => ({
    sums: new Map(sum === undefined ? [] : [[layout.table, sum]]),
    unchecked: [],
  });

  it.each([
    ["the same", { rows: 2n, hash: 5n }, { rows: 2n, hash: 5n }, "equal", "contents"],
    ["another hash", { rows: 2n, hash: 5n }, { rows: 2n, hash: 6n }, "different", "contents"],
    ["another count", { rows: 2n, hash: 5n }, { rows: 3n, hash: 5n }, "different", "contents"],
    [
      "counts only",
      { rows: 2n, hash: undefined },
      { rows: 2n, hash: undefined },
      "could-not-check",
      "counts",
    ],
    [
      "counts that differ",
      { rows: 2n, hash: undefined },
      { rows: 3n, hash: 1n },
      "different",
      "counts",
    ],
    [
      "counts alike",
      { rows: 2n, hash: undefined },
      { rows: 2n, hash: 1n },
      "could-not-check",
      "counts",
    ],
    ["no row", { rows: 0n, hash: undefined }, { rows: 0n, hash: 0n }, "equal", "contents"],
    ["one side unread", { rows: 0n, hash: 0n }, undefined, "could-not-check", "none"],
    ["both sides unread", undefined, undefined, "could-not-check", "none"],
  ] as const)("%s", (_, source, target, equality, depth) => {
    const { comparison } = judgeTable(pair, sums(source), sums(target));
    expect(comparison).toMatchObject({ equality, depth });
  });

  it("unknown is not equal, and does not hide a difference", () => {
    expect(equalityOf(0, 0)).toBe("equal");
    expect(equalityOf(0, 1)).toBe("could-not-check");
    expect(equalityOf(1, 1)).toBe("different");
  });
});

function sequence(
  lastValue: bigint,
  isCalled: boolean,
  more: Partial<SequenceState> = {},
): SequenceState {
  return {
    name: '"s"."q"',
    type: "bigint",
    persistence: "permanent",
    start: 1n,
    increment: 1n,
    minimum: 1n,
    maximum: 9223372036854775807n,
    cache: 1n,
    cycle: false,
    ownedBy: null,
    owner: null,
    feeds: [],
    position: { lastValue, isCalled },
    ...more,
  };
}

describe("sequences", () => {
  const down = { increment: -1n };
  const by5 = { increment: 5n };
  const round = { cycle: true };

  it.each([
    ["the same", sequence(7n, true), sequence(7n, true), false],
    ["ahead", sequence(7n, true), sequence(8n, true), false],
    ["behind", sequence(7n, true), sequence(6n, true), true],
    ["never called there", sequence(1n, true), sequence(1n, false), true],
    ["never called here", sequence(1n, false), sequence(1n, true), false],
    ["about to give the next", sequence(7n, true), sequence(8n, false), false],
    ["about to give the same again", sequence(7n, true), sequence(7n, false), true],
    ["counting down, behind", sequence(-7n, true, down), sequence(-6n, true, down), true],
    ["counting down, ahead", sequence(-7n, true, down), sequence(-8n, true, down), false],
    ["by five, one step before", sequence(11n, true, by5), sequence(16n, false, by5), false],
    ["round and round, elsewhere", sequence(7n, true, round), sequence(9n, true, round), true],
    ["beyond 2^53", sequence(9007199254740993n, true), sequence(9007199254740992n, true), true],
  ])("%s", (_, source, target, behind) => {
    expect(judgeSequences([source], [target]).differences).toHaveLength(behind ? 1 : 0);
    expect(sequenceAdvances([source], [target])).toEqual(
      behind ? [{ name: '"s"."q"', ...source.position }] : [],
    );
  });

  it("that may not be read could not be checked", () => {
    const hidden = { ...sequence(1n, true), position: undefined };
    const judged = judgeSequences([sequence(1n, true)], [hidden]);
    expect(judged.comparisons).toMatchObject([{ equality: "could-not-check", target: null }]);
    expect(judged.unchecked).toMatchObject([{ side: "target", code: "permission-denied" }]);
  });

  it("are set with parameters that keep every digit", () => {
    const [first] = setSequences([
      { name: '"s"."q"', lastValue: 9007199254740993n, isCalled: false },
    ]);
    expect(first?.values).toEqual([['"s"."q"'], ["9007199254740993"], ["false"]]);
  });

  it("are set many at once, and each once", () => {
    const many = Array.from({ length: 1201 }, (_, at) => ({
      name: `"s"."q${at}"`,
      lastValue: BigInt(at),
      isCalled: true,
    }));
    const queries = setSequences(many);
    expect(queries).toHaveLength(3);
    expect(queries.flatMap(({ values }) => values[0])).toEqual(many.map(({ name }) => name));
    expect(setSequences([])).toEqual([]);
  });
});

describe("a failed read", () => {
  const server = (code: string, message = "said the server"): Error =>
    Object.assign(new Error(message), { code });

  it.each([
    ["42501", "permission denied for table t", "permission-denied"],
    ["42501", "query would be affected by row-level security policy", "row-level-security"],
    ["57P01", "terminating connection", "connection-lost"],
    ["ECONNRESET", "read ECONNRESET", "connection-lost"],
    ["57014", "canceling statement due to user request", "cancelled"],
    ["55P03", "canceling statement due to lock timeout", "cancelled"],
    ["53300", "too many connections", "out-of-resources"],
    ["42P01", "relation does not exist", "vanished"],
    ["28P01", "password authentication failed", "not-admitted"],
    ["XX001", "invalid page in block 3", "unreadable"],
  ])("%s %s is %s", (code, message, expected) => {
    expect(uncheckedBecause("source", "t", server(code, message)).code).toBe(expected);
  });

  it("of the driver and of a provider is an answer, a bug is not", () => {
    const ended = uncheckedBecause("target", "t", new Error("Connection terminated unexpectedly"));
    expect(ended.code).toBe("connection-lost");
    const provider = new ProviderError({
      message: "no answer",
      system: "PostgreSQL source",
      call: "connect",
      retryable: true,
    });
    expect(uncheckedBecause("source", "t", provider).reason).toContain("no answer");
    const bug = Object.assign(new TypeError("oops"), { code: "ERR_INVALID_ARG_TYPE" });
    expect(() => uncheckedBecause("source", "t", bug)).toThrow("oops");
    expect(() => uncheckedBecause("source", "t", new Error("oops"))).toThrow("oops");
  });
});
