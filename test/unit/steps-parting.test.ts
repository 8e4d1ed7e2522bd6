import { describe, expect, it } from "vitest";
import { parting } from "../../src/steps/data-equal/parting.ts";

describe("where two texts part", () => {
  const long = (middle: string) => `${"a".repeat(200)}${middle}${"z".repeat(200)}`;

  it("shows short ones whole", () => {
    expect(parting("1.9", "1.10")).toBe("1.9 -> 1.10");
    expect(parting("select\n  1", "select\n  2")).toBe("select 1 -> select 2");
  });

  it("shows of long ones what stands around the first character that is not the same", () => {
    expect(parting(long("one"), long("two"))).toBe(
      `...${"a".repeat(30)}one${"z".repeat(67)}... -> ...${"a".repeat(30)}two${"z".repeat(67)}...`,
    );
    expect(parting(long(""), "a".repeat(200))).toBe(
      `...${"a".repeat(30)}${"z".repeat(70)}... -> ...${"a".repeat(30)}`,
    );
  });

  it("says so where nothing but white space differs", () => {
    expect(parting("select  1", "select\n1")).toBe("the same but for white space");
  });
});
