/** Which parts of what an earlier process read still count, and why the others do not. */
import { describe, expect, it, vi } from "vitest";
import { hashForm } from "../../src/verification/contents/row-hash.ts";
import type { TablePair } from "../../src/verification/contents/table-pair.ts";
import type { TableSum } from "../../src/verification/contents/table-sums.ts";
import type { Counters, TableCounters } from "../../src/verification/counters.ts";
import { judgeReads } from "../../src/verification/resume/judge.ts";
import type { ReadBatch, SideRead } from "../../src/verification/resume/read-batch.ts";
import { ReadRecorder } from "../../src/verification/resume/recorder.ts";
import { Reads } from "../../src/verification/resume/reads.ts";
import type { SideNow } from "../../src/verification/resume/side-now.ts";
import type { SideLabel } from "../../src/verification/side.ts";

const size = { blocks: 24, bytes: 24n * 8192n, blockSize: 8192 };

function pairOf(table: string, types = "int"): TablePair {
  const columns = [{ name: "id", sent: "as-is" as const, output: false }];
  return { table, types, columns, key: [], source: size, target: size };
}

const users = pairOf("users");
const orders = pairOf("orders");
const sum = (rows: bigint, hash: bigint | undefined): TableSum => ({ rows, hash });
const first = { pair: users, to: 8, bytes: 10 };
const second = { pair: users, from: 8, bytes: 10 };
const whole = { pair: orders, bytes: 5 };

const counted = (over: Partial<TableCounters> = {}): TableCounters => ({
  inserted: 5n,
  changed: 1n,
  file: "1000",
  deleted: 0n,
  composites: "",
  attributes: "2",
  ...over,
});

const counters = (over: Partial<Counters> = {}): Counters => ({
  xid: 10n,
  countedSince: "since",
  exact: true,
  tables: new Map([
    ["users", counted()],
    ["orders", counted()],
  ]),
  ...over,
});

const now = (over: Partial<SideNow> = {}): SideNow => ({
  database: "1 2",
  snapshot: "10:10:",
  hasOthers: false,
  counters: counters(),
  ...over,
});

/** What one process had read: both parts of one table, and all of the other, of both sides. */
async function readOnce(over: Partial<{ before: Counters; everyMs: number }> = {}) {
  const batches: ReadBatch[] = [];
  const before = over.before ?? counters();
  const side = { database: "1 2", snapshot: "10:10:", before };
  const recorder = new ReadRecorder({
    rowHash: "record-send",
    sides: { source: side, target: side },
    everyMs: over.everyMs ?? 0,
    onRead: (batch) => Promise.resolve(void batches.push(batch)),
  });
  for (const label of ["source", "target"] as const) {
    recorder.add(label, first, sum(3n, 30n));
    recorder.add(label, second, sum(4n, -40n));
    recorder.add(label, whole, sum(2n, 2n));
  }
  await recorder.finish();
  return batches;
}

interface Later {
  readonly source?: SideNow;
  readonly target?: SideNow;
  readonly hash?: "record-send" | "text-chain";
  readonly pairs?: readonly TablePair[];
}

function judge(batches: readonly ReadBatch[], later: Later = {}) {
  const { source = now(), target = now(), hash = "record-send", pairs = [users, orders] } = later;
  return judgeReads({ batches, now: { source, target }, hash, pairs });
}

const ranges = (judged: ReturnType<typeof judge>, side: SideLabel) =>
  [...judged.known[side]].flatMap(([table, sums]) =>
    [...sums.keys()].map((range) => `${table} ${range}`),
  );
const everything = ["users -8", "users 8-", "orders all"];

/** Other transactions were made on the server. */
const later = "12:12:";

describe("what was read before", () => {
  it("counts when no transaction has ended since", async () => {
    const judged = judge(await readOnce());
    expect(ranges(judged, "source")).toEqual(everything);
    expect(ranges(judged, "target")).toEqual(everything);
    expect(judged.redone).toEqual([]);
    expect(judged.known.source.get("users")?.get("8-")).toEqual(sum(4n, -40n));
  });

  it("counts when others were made, by the counters", async () => {
    const judged = judge(await readOnce(), {
      source: now({ snapshot: later, hasOthers: true }),
      target: now({ snapshot: later }),
    });
    expect(ranges(judged, "source")).toEqual(everything);
    expect(ranges(judged, "target")).toEqual(everything);
  });

  it("counts by the snapshot alone where the server does not count exactly", async () => {
    const inexact = counters({ exact: false });
    const batches = await readOnce({ before: inexact });
    const same = now({ counters: inexact, hasOthers: true });
    expect(judge(batches, { source: same, target: same }).redone).toEqual([]);
    const moved = now({ counters: inexact, snapshot: later });
    expect(why(judge(batches, { source: moved }), "source", "users")).toContain("for certain");
  });

  const tables = (over: Partial<TableCounters>) =>
    counters({
      tables: new Map([
        ["users", counted(over)],
        ["orders", counted()],
      ]),
    });

  it.each([
    ["rows that were inserted", { snapshot: later, counters: tables({ inserted: 6n }) }, "written"],
    ["rows that were changed", { snapshot: later, counters: tables({ changed: 2n }) }, "written"],
    ["another file", { counters: tables({ file: "1001" }) }, "truncated"],
    ["another file, at another time", { snapshot: later, counters: tables({ file: "1" }) }, "trun"],
    ["a column made anew", { snapshot: later, counters: tables({ attributes: "3" }) }, "altered"],
    [
      "no counters",
      { counters: counters({ tables: new Map([["orders", counted()]]) }) },
      "does not tell",
    ],
  ])("is void for the one table, on the one side: %s", async (_, over, because) => {
    const judged = judge(await readOnce(), { target: now(over) });
    expect(ranges(judged, "source")).toEqual(everything);
    expect(ranges(judged, "target")).toEqual(["orders all"]);
    expect(judged.redone).toHaveLength(1);
    expect(why(judged, "target", "users")).toContain(because);
  });

  it.each([
    ["another database", { database: "1 3" }, "database"],
    ["a crash", { counters: counters({ countedSince: "later" }) }, "crashed"],
    [
      "a crash, and other transactions",
      { snapshot: later, counters: counters({ countedSince: "later" }) },
      "crashed",
    ],
    [
      "counting that was turned off",
      { snapshot: later, counters: counters({ exact: false }) },
      "for certain",
    ],
    ["somebody else's session", { snapshot: later, hasOthers: true }, "somebody else"],
  ])("is void for all tables of the side: %s", async (_, over, because) => {
    const judged = judge(await readOnce(), { target: now(over) });
    expect(ranges(judged, "source")).toEqual(everything);
    expect(ranges(judged, "target")).toEqual([]);
    expect(why(judged, "target", "users")).toContain(because);
    expect(why(judged, "target", "orders")).toContain(because);
  });

  it("is void for both sides when rows were hashed in another way", async () => {
    const batches = await readOnce();
    const other = batches.map((batch) => ({ ...batch, form: hashForm + 1 }));
    for (const judged of [judge(other), judge(batches, { hash: "text-chain" })]) {
      expect(ranges(judged, "source")).toEqual([]);
      expect(judged.redone).toHaveLength(4);
    }
  });

  it("is void for the one table of which other columns are compared, and forgotten with a table that is gone", async () => {
    const judged = judge(await readOnce(), { pairs: [pairOf("users", "bigint")] });
    expect(ranges(judged, "source")).toEqual([]);
    expect(judged.redone.map(({ side, table }) => `${side} ${table}`)).toEqual([
      "source users",
      "target users",
    ]);
    expect(why(judged, "source", "users")).toContain("columns");
  });

  it("says nothing of a table that was read once more since", async () => {
    const batches = await readOnce();
    const old = batches.map((batch) => ({
      ...batch,
      sides: batch.sides.map((side): SideRead => ({ ...side, countedSince: "before" })),
    }));
    expect(judge(old).redone).toHaveLength(4);
    const judged = judge([...old, ...batches]);
    expect(judged.redone).toEqual([]);
    expect(ranges(judged, "source")).toEqual(everything);
  });

  function why(judged: ReturnType<typeof judge>, side: SideLabel, table: string): string {
    return (
      judged.redone.find((one) => one.side === side && one.table === table)?.because ?? "nothing"
    );
  }
});

describe("the reads of a comparison", () => {
  it("leave out the very same ranges only, and add them to what is read", async () => {
    const judged = judge(await readOnce());
    const reads = new Reads(judged, undefined);
    const other = { pair: users, from: 8, to: 16, bytes: 10 };
    const left = reads.left("source", [
      { slices: [first], bytes: 10 },
      { slices: [other, whole], bytes: 15 },
    ]);
    expect(left).toEqual([{ slices: [other], bytes: 10 }]);
    expect(reads.resumed).toEqual({ slices: 2, bytes: 15, redone: [] });
    const read = reads.whole("source", {
      sums: new Map([["users", sum(100n, 1000n)]]),
      unchecked: [],
    });
    expect(read.sums).toEqual(
      new Map([
        ["users", sum(103n, 1030n)],
        ["orders", sum(2n, 2n)],
      ]),
    );
  });

  it("do not make whole a table of which a part could not be read", async () => {
    const reads = new Reads(judge(await readOnce()), undefined);
    reads.left("source", [{ slices: [first, second], bytes: 20 }]);
    const failed = { code: "unreadable", side: "source", object: "users", reason: "x" } as const;
    const read = reads.whole("source", { sums: new Map(), unchecked: [failed] });
    expect(read.sums).toEqual(new Map());
  });

  it("say nothing where nothing had been read", () => {
    const reads = new Reads(judge([]), undefined);
    expect(reads.left("source", [{ slices: [first], bytes: 10 }])).toHaveLength(1);
    expect(reads.resumed).toBe(undefined);
  });
});

describe("the record of reads", () => {
  const side = { database: "1 2", snapshot: "10:10:", before: counters() };
  const recording = {
    rowHash: "record-send",
    sides: { source: side, target: side },
    everyMs: 5000,
  } as const;

  it("is handed out once in the interval, with what was hashed since", async () => {
    vi.useFakeTimers();
    try {
      const onRead = vi.fn<(batch: ReadBatch) => Promise<void>>(() => Promise.resolve());
      const recorder = new ReadRecorder({ ...recording, onRead });
      recorder.add("source", first, sum(3n, 30n));
      recorder.add("source", whole, sum(2n, undefined));
      await vi.advanceTimersByTimeAsync(5000);
      await vi.advanceTimersByTimeAsync(5000);
      recorder.add("target", first, sum(3n, 30n));
      await recorder.finish();
      await vi.advanceTimersByTimeAsync(5000);
      expect(onRead.mock.calls.map(([{ sides }]) => sides.map((one) => one.side))).toEqual([
        ["source"],
        ["target"],
      ]);
      const read = onRead.mock.calls[0]?.[0].sides[0]?.tables;
      expect(read).toEqual({
        users: [expect.any(String), "1000 2", "5 1", [["-8", "3", "30"]]],
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it("is not worth a word of a comparison that is shorter", async () => {
    const onRead = vi.fn<(batch: ReadBatch) => Promise<void>>(() => Promise.resolve());
    const recorder = new ReadRecorder({ ...recording, onRead });
    recorder.add("source", first, sum(3n, 30n));
    await recorder.finish();
    expect(onRead).not.toHaveBeenCalled();
  });

  it("is over when the comparison is, even while one is being kept", async () => {
    const kept = Promise.withResolvers<void>();
    const onRead = vi.fn<(batch: ReadBatch) => Promise<void>>(() => kept.promise);
    const recorder = new ReadRecorder({ ...recording, everyMs: 0, onRead });
    recorder.add("source", first, sum(3n, 30n));
    await vi.waitFor(() => expect(onRead).toHaveBeenCalledTimes(1));
    recorder.add("source", second, sum(3n, 30n));
    recorder.stop();
    kept.resolve();
    await recorder.finish();
    expect(onRead).toHaveBeenCalledTimes(1);
  });

  it("ends the comparison when it cannot be kept", async () => {
    const full = new Error("the disk is full");
    const onRead = () => Promise.reject(full);
    const recorder = new ReadRecorder({ ...recording, everyMs: 0, onRead });
    recorder.add("source", first, sum(3n, 30n));
    await expect(recorder.finish()).rejects.toBe(full);
    expect(() => recorder.add("source", second, sum(3n, 30n))).toThrow(full);
  });
});
