import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { quoteIdentifier, quoteLiteral, quoteQualified } from "../../src/core/identifier.ts";

describe("quoteIdentifier", () => {
  it.each([
    ["users", '"users"'],
    ["select", '"select"'],
    ["Mixed Case", '"Mixed Case"'],
    ['a"b""c', '"a""b""""c"'],
    ["back\\slash", '"back\\slash"'],
    ["naïve_表", '"naïve_表"'],
    ['x"; DROP TABLE users; --', '"x""; DROP TABLE users; --"'],
  ])("%s", (name, quoted) => {
    expect(quoteIdentifier(name)).toBe(quoted);
  });

  it("joins qualified names part by part, so that a dot inside a name stays inside", () => {
    expect(quoteQualified("my.schema", "t")).toBe('"my.schema"."t"');
  });

  it.each(["", "a\0b"])("refuses %j", (name) => {
    expect(() => quoteIdentifier(name)).toThrow(UsageError);
  });
});

describe("quoteLiteral", () => {
  it.each([
    ["", "''"],
    ["plain", "'plain'"],
    ["it's", "'it''s'"],
    ["a\\b", "E'a\\\\b'"],
    ["\\'; DROP TABLE x; --", "E'\\\\''; DROP TABLE x; --'"],
  ])("%s", (value, quoted) => {
    expect(quoteLiteral(value)).toBe(quoted);
  });

  it("refuses a NUL", () => {
    expect(() => quoteLiteral("a\0")).toThrow(UsageError);
  });
});
