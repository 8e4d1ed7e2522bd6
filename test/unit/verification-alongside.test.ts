/** Two sorted sides read beside each other: whatever the parts, every name once, and none invented. */
import { describe, expect, it } from "vitest";
import { type Alongside, alongside } from "../../src/verification/alongside.ts";
import { byBytes, compound } from "../../src/verification/byte-order.ts";
import type { RowStream, TextRow } from "../../src/verification/side.ts";

/** In parts of these sizes, the last one again and again. */
function streamOf(names: readonly string[], sizes: readonly number[]): RowStream {
  let [at, part] = [0, 0];
  return {
    next: async () => {
      const size = sizes[Math.min(part++, sizes.length - 1)] ?? 1;
      const rows = names.slice(at, at + size).map((name, index) => ({ name, at: `${at + index}` }));
      at += size;
      return rows;
    },
    close: async () => undefined,
  };
}

async function read(
  source: readonly string[],
  target: readonly string[],
  sizes: readonly number[] = [2],
): Promise<string[]> {
  const seen: Alongside[] = [];
  const streams = { source: streamOf(source, sizes), target: streamOf(target, [3, ...sizes]) };
  await alongside(
    streams,
    (row: TextRow) => row["name"] ?? "",
    (rows) => seen.push(rows),
  );
  return seen.map(
    ({ name, source: ours, target: theirs }) => `${name}${ours.length}${theirs.length}`,
  );
}

describe("two sides beside each other", () => {
  it.each([[[1]], [[2]], [[100]], [[1, 5, 2]]])("in parts of %j", async (sizes) => {
    expect(await read(["a", "b", "d", "d", "d", "e"], ["b", "c", "d", "d", "f"], sizes)).toEqual([
      "a10",
      "b11",
      "c01",
      "d32",
      "e10",
      "f01",
    ]);
  });

  it("of which one has nothing, or both", async () => {
    expect(await read([], ["a"])).toEqual(["a01"]);
    expect(await read(["a"], [])).toEqual(["a10"]);
    expect(await read([], [])).toEqual([]);
  });

  it("that is out of order is a bug, not a difference", async () => {
    await expect(read(["a", "c", "b"], ["a", "b", "c"])).rejects.toThrow("order of names");
  });
});

describe("the order of bytes", () => {
  it("is that of UTF-8 and not of UTF-16", () => {
    const names = ["a", "b", "ä", "\uff5e", "\u{1f600}", ""];
    expect(names.toSorted(byBytes)).toEqual(["", "a", "b", "ä", "\uff5e", "\u{1f600}"]);
    expect(["\uff5e", "\u{1f600}"].toSorted()).toEqual(["\u{1f600}", "\uff5e"]);
  });

  it("of several texts is that of one after the other", () => {
    const keys = [compound(["ab", ""]), compound(["a", "z"]), compound(["a", "b"])];
    expect(keys.toSorted(byBytes)).toEqual([
      compound(["a", "b"]),
      compound(["a", "z"]),
      compound(["ab", ""]),
    ]);
  });
});
