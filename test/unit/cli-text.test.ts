import { fitForScreen } from "../../src/cli/output/border.ts";
import { painter } from "../../src/cli/output/paint.ts";
import { describe, expect, test } from "vitest";
import { count, cut, pad, spread, widthOf, wrap } from "../../src/cli/output/text.ts";
import { pasteableWith } from "../../src/cli/pasteable.ts";

describe("widths", () => {
  test.each([
    ["plain", 5],
    ["\u001b[31mred\u001b[39m", 3],
    ["✔ ok", 4],
    ["数据", 4],
    ["e\u0301", 1],
    ["🚀", 2],
  ])("%j takes %i columns", (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });

  test("what is cut fits, and says that it was cut", () => {
    expect(cut("abcdef", 6)).toBe("abcdef");
    expect(cut("abcdef", 5)).toBe("abcd…");
    expect(widthOf(cut("数据库迁移", 5))).toBeLessThanOrEqual(5);
    expect(cut("abc", 0)).toBe("");
  });

  test("padding counts columns, not characters", () => {
    expect(pad("数据", 6)).toBe("数据  ");
  });
});

describe("wrap", () => {
  const text = "The row written after the freeze did not arrive on the target in time.";

  test("no line is wider than asked, and no word is lost", () => {
    const lines = wrap(text, 24, { rest: "    " });
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(24);
    expect(lines.join(" ").split(/\s+/).join(" ")).toBe(text);
  });

  test("the first line has its own indent, and none by default", () => {
    expect(wrap(text, 30, { rest: "  " })[0]).toMatch(/^The/);
    expect(wrap(text, 30, { first: "> ", rest: "  " })[0]).toMatch(/^> The/);
    expect(wrap(text, 30, { rest: "  " })[1]).toMatch(/^ {2}\S/);
  });

  test("a word longer than the line stays whole: half a path cannot be pasted", () => {
    const path = "/var/lib/opensauced-migrate/runs/k3f9a2/journal.jsonl";
    expect(wrap(`Journal: ${path}`, 20)).toContain(path);
  });

  test("line breaks are kept, and an endless line is not broken", () => {
    expect(wrap("one\ntwo", 80)).toEqual(["one", "two"]);
    expect(wrap(text, Infinity)).toEqual([text]);
  });
});

test("the end of a spread line stands in the last column, where there is one", () => {
  expect(spread("left", "right", 20)).toHaveLength(20);
  expect(spread("left", "right", 8)).toBe("left  right");
  expect(spread("left", "right", Infinity)).toBe("left  right");
});

test("counts have a noun that agrees and thousands that can be read", () => {
  expect(count(1, "finding")).toBe("1 finding");
  expect(count(1204331, "row")).toBe("1,204,331 rows");
});

describe("commands to paste", () => {
  test("get the flags that this invocation was given", () => {
    const pasteable = pasteableWith({ plan: "my plan.yaml", state: "/runs" });
    expect(pasteable("Then: opensauced-migrate run --resume")).toBe(
      "Then: opensauced-migrate --plan 'my plan.yaml' --state /runs run --resume",
    );
  });

  test("are left alone without flags, and where they already have some", () => {
    expect(pasteableWith({ plan: undefined, state: undefined })("opensauced-migrate undo")).toBe(
      "opensauced-migrate undo",
    );
    for (const own of ["opensauced-migrate --plan FILE", "opensauced-migrate plan --plan FILE"]) {
      expect(pasteableWith({ plan: "x", state: undefined })(own)).toBe(own);
    }
  });

  test("a $ in a path is not a pattern, and a quote cannot end the word", () => {
    expect(pasteableWith({ plan: "$&'x", state: undefined })("opensauced-migrate plan")).toBe(
      `opensauced-migrate --plan '$&'\\''x' plan`,
    );
  });
});

describe("what vendors say reaches no terminal as anything but text", () => {
  const hostile =
    "a\u001b[2J\u001b]0;x\u0007\u009b1mb\rc\u0008\u202ed\u2028\u007f\u001b[31me\u001b[8m";

  test("what acts is shown as its code; line breaks and tabs stay", () => {
    const shown = String.raw`a\u001b[2J\u001b]0;x\u0007\u009b1mb\rc\u0008\u202ed\u2028\u007f\u001b[31me\u001b[8m`;
    expect(fitForScreen(`${hostile}\n\tf\r\n漢🍕é`, false)).toBe(`${shown}\n\tf\r\n漢🍕é`);
  });

  test("with colour, every colour that is painted with stays, and no other sequence", () => {
    const paint = painter(true, true);
    for (const colour of ["green", "yellow", "red", "dim", "bold"] as const) {
      const text = paint(colour, paint("bold", "x"));
      expect(text).not.toBe("x");
      expect(fitForScreen(text, true)).toBe(text);
    }
    expect(fitForScreen(hostile, true)).not.toMatch(sequence);
    expect(fitForScreen(paint("red", "x"), false)).not.toContain("\u001b");
  });

  test("JSON says the same as before", () => {
    expect(JSON.parse(fitForScreen(JSON.stringify({ hostile }), true))).toEqual({ hostile });
  });
});

// oxlint-disable-next-line no-control-regex -- all but the colour red, which the text has
const sequence = /\u001b(?!\[31m)|[\u0080-\u009f\u202e]/;
