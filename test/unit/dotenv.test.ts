import { describe, expect, it } from "vitest";
import { patchText, quoteValue, readAssignments } from "../../src/providers/env-file/index.ts";

const values = (text: string): Record<string, string> =>
  Object.fromEntries(readAssignments(text).map(({ key, value }) => [key, value]));

describe("reading", () => {
  it.each([
    ["A=1\nB=two words\n", { A: "1", B: "two words" }],
    ["export A=1", { A: "1" }],
    ["  A = 1  # a comment\n", { A: "1" }],
    ["A=a#b\n", { A: "a#b" }],
    ["# A=1\n#B=2\n", {}],
    ["A='it is # not \\n a comment'", { A: "it is # not \\n a comment" }],
    ['A="line\\nend \\"q\\" \\$x" # c', { A: 'line\nend "q" $x' }],
    ['A="over\ntwo lines"\nB=2', { A: "over\ntwo lines", B: "2" }],
    ["A=\nB=2\n", { A: "", B: "2" }],
    ["A=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["A=1\nA=2\n", { A: "2" }],
    [
      "URL=postgres://u:p@h:5432/d?sslmode=require\n",
      { URL: "postgres://u:p@h:5432/d?sslmode=require" },
    ],
  ])("%j", (text, expected) => {
    expect(values(text)).toEqual(expected);
  });
});

describe("quoting", () => {
  it.each([
    "",
    "plain",
    "two words",
    "a#b",
    " blanks ",
    "it's",
    'say "x"',
    "$HOME `id` \\",
    "it's $HOME `id` \\n",
    "line\nend",
    "it's\r\nboth",
    "postgres://u:p%40@h/d?a=b&c=d",
    "ünï",
  ])("%j reads back as it was", (value) => {
    expect(values(`A=${quoteValue(value)}\nB=after\n`)).toEqual({ A: value, B: "after" });
  });
});

describe("patching", () => {
  const text = "# top\nexport A=1 # why\n\nB='old'\n# B=commented\nC=3\nB=again\n";

  it("changes every assignment of a key and leaves every other byte", () => {
    expect(patchText(text, new Map([["B", "new value"]]))).toBe(
      "# top\nexport A=1 # why\n\nB='new value'\n# B=commented\nC=3\nB='new value'\n",
    );
  });

  it("keeps export and comment, adds new keys at the end", () => {
    expect(
      patchText(
        text,
        new Map([
          ["A", "2"],
          ["NEW", "x y"],
        ]),
      ),
    ).toBe("# top\nexport A=2 # why\n\nB='old'\n# B=commented\nC=3\nB=again\nNEW='x y'\n");
  });

  it("the same values give the same text", () => {
    expect(
      patchText(
        text,
        new Map([
          ["A", "1"],
          ["C", "3"],
        ]),
      ),
    ).toBe(text);
    expect(patchText("A='1'", new Map([["A", "1"]]))).toBe("A='1'");
  });

  it("ends an open last line first, and keeps the file's line ends", () => {
    expect(patchText("A=1", new Map([["B", "2"]]))).toBe("A=1\nB=2\n");
    expect(
      patchText(
        "A=1\r\nB=2\r\n",
        new Map([
          ["A", "3"],
          ["C", "4"],
        ]),
      ),
    ).toBe("A=3\r\nB=2\r\nC=4\r\n");
    expect(patchText("", new Map([["A", "1"]]))).toBe("A=1\n");
  });

  it("a value with what a replacement would expand stays as it is", () => {
    expect(values(patchText(text, new Map([["A", "$& $1 $$ \\1"]])))["A"]).toBe("$& $1 $$ \\1");
  });
});
