/** Counters that come late: asked again for all tables together, and no longer than they may be late. */
import { describe, expect, it } from "vitest";
import { UnreadableError } from "../../src/core/errors.ts";
import type { TablePair } from "../../src/verification/contents/table-pair.ts";
import type { Counters } from "../../src/verification/counters.ts";
import { type Looked, withLateCounters } from "../../src/verification/since/late-counters.ts";
import { isUnexplained } from "../../src/verification/since/lost-rows.ts";

const size = { blocks: 1, blockSize: 8192, bytes: 8192n };
const limitMs = 60_000;

/** Of 100 rows of then as many are gone, and nothing was counted yet. */
function missing(table: string, gone: number, exact = true): Looked {
  const pair: TablePair = { table, source: size, target: size, types: "", columns: [], key: [] };
  return {
    pair,
    seen: {
      known: ["100", "7", "5", "file", "5"],
      target: { rows: BigInt(100 - gone), hash: 3n, newer: 0n },
      counters: { changed: 0n, deleted: 0n, exact, rewritten: false },
      rows: { changed: 0, extra: 0, modified: 0, gone, listed: [] },
    },
  };
}

/** Each table's deletes since, as they are counted at the first question, the second, ... */
function asking(...answers: readonly Readonly<Record<string, bigint>>[]) {
  const asked = { times: 0 };
  const counters = (): Promise<Counters> => {
    const answer = answers[Math.min(asked.times++, answers.length - 1)] ?? {};
    const tables = Object.entries(answer).map(([table, deletes]) => {
      const deleted = 5n + deletes;
      const one = {
        inserted: 0n,
        changed: deleted,
        deleted,
        file: "file",
        attributes: "1",
        composites: "",
      };
      return [table, one] as const;
    });
    return Promise.resolve({ xid: 9n, countedSince: "", exact: true, tables: new Map(tables) });
  };
  const { signal } = new AbortController();
  return {
    asked,
    request: { manifest: { countedSince: "" }, withinMs: limitMs, pauseMs: 1, signal, counters },
  };
}

const unexplained = (looked: readonly Looked[]) =>
  looked.filter(({ seen }) => isUnexplained(seen)).map(({ pair }) => pair.table);

describe("late counters", () => {
  it("are waited for once, however many tables there are", async () => {
    const tables = Array.from({ length: 20 }, (_, at) => missing(`t${at}`, 3));
    const counted = (deletes: bigint) =>
      Object.fromEntries(tables.map(({ pair }) => [pair.table, deletes]));
    const { asked, request } = asking(counted(0n), counted(2n), counted(3n));
    const latest = await withLateCounters(tables, request);
    expect(asked.times).toBe(3);
    expect(unexplained(latest)).toEqual([]);
    expect(latest.map(({ pair }) => pair)).toEqual(tables.map(({ pair }) => pair));
  });

  it("are not asked for where nothing is missing, nor where they are not exact or lost", async () => {
    const { asked, request } = asking({});
    const lost = missing("c", 3);
    const looked = [
      missing("a", 0),
      missing("b", 3, false),
      { ...lost, seen: { ...lost.seen, counters: { ...lost.seen.counters, changed: undefined } } },
    ];
    expect(await withLateCounters(looked, request)).toEqual(looked);
    expect(asked.times).toBe(0);
  });

  it("stay missing when the time is over", async () => {
    const { request } = asking({ a: 1n, b: 3n });
    const looked = [missing("a", 3), missing("b", 3)];
    const latest = await withLateCounters(looked, { ...request, withinMs: 50 });
    expect(unexplained(latest)).toEqual(["a"]);
    expect(latest[0]?.seen.counters).toMatchObject({ changed: 1n, deleted: 1n });
  });

  it("make nothing a loss when they cannot be read", async () => {
    const { request } = asking({});
    const error = new UnreadableError({ message: "gone away" });
    const counters = () => Promise.reject(error);
    const [a, b] = await withLateCounters([missing("a", 3), missing("b", 0)], {
      ...request,
      counters,
    });
    expect(a?.seen.rows).toEqual(expect.stringContaining("gone away"));
    expect(b).toEqual(missing("b", 0));
  });

  it("end with the signal", async () => {
    const { request } = asking({ a: 0n });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(withLateCounters([missing("a", 3)], { ...request, signal })).rejects.toThrow(
      "enough",
    );
  });
});
