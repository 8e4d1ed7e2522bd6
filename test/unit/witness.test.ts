import { describe, expect, it } from "vitest";
import { parseTold } from "../../src/rehearsal/client/env-file.ts";
import type { Entry, Write } from "../../src/rehearsal/client/record.ts";
import { splitByPhase } from "../../src/rehearsal/client/outages.ts";
import { type Testimony, Witness } from "../../src/rehearsal/client/witness.ts";
import { planWrites } from "../../src/rehearsal/client/writes.ts";
import { scale } from "../../src/rehearsal/sample/scale.ts";

function write(n: number, does: Write["does"] = "insert", key = n): Write {
  return { n, table: "writes", does, key };
}

function acknowledged(at: number, given: Write, server = "old:1"): Entry {
  return { at, is: "acknowledged", server, write: given };
}

function failed(at: number, code: string, given?: Write, inDoubt = false): Entry {
  const about = given === undefined ? {} : { write: given };
  return { at, is: "failed", server: "old:1", code, message: "said so", inDoubt, ...about };
}

function hear(entries: readonly Entry[], outageMs = 100): Testimony {
  const witness = new Witness(outageMs);
  for (const entry of entries) witness.take(entry);
  return witness.testimony();
}

describe("outages", () => {
  it("reach from the last acknowledged write before to the first one after", () => {
    const {
      longest,
      outages,
      acknowledged: count,
      failed: failures,
    } = hear([
      acknowledged(1_000, write(1)),
      acknowledged(1_010, write(2)),
      failed(1_020, "25006", write(3)),
      failed(1_045, "25006", write(4)),
      failed(1_070, "ECONNREFUSED"),
      acknowledged(2_510, write(5), "new:2"),
      acknowledged(2_520, write(6), "new:2"),
      acknowledged(2_640, write(7), "new:2"),
    ]);
    expect(longest).toEqual({
      fromMs: 1_010,
      toMs: 2_510,
      ms: 1_500,
      ended: true,
      errors: [
        { error: "25006 said so", count: 2 },
        { error: "ECONNREFUSED said so", count: 1 },
      ],
    });
    expect(outages.map((outage) => [outage.ms, outage.errors.length])).toEqual([
      [1_500, 2],
      [120, 0],
    ]);
    expect([count, failures]).toEqual([5, 3]);
  });

  it("count as open when the record ends in one", () => {
    const { longest } = hear([
      acknowledged(0, write(1)),
      acknowledged(50, write(2)),
      failed(900, "57P01"),
    ]);
    expect(longest).toMatchObject({ fromMs: 50, toMs: 900, ms: 850, ended: false });
  });

  it("are none before there were two writes", () => {
    expect(hear([failed(5, "X")]).longest).toBeUndefined();
    expect(hear([acknowledged(5, write(1))]).longest).toBeUndefined();
  });

  it("tell who took the writes", () => {
    const { servers } = hear([
      acknowledged(1, write(1)),
      acknowledged(2, write(2)),
      acknowledged(9, write(3), "new:2"),
    ]);
    expect(servers).toEqual([
      { server: "old:1", acknowledged: 2, firstMs: 1, lastMs: 2 },
      { server: "new:2", acknowledged: 1, firstMs: 9, lastMs: 9 },
    ]);
  });
});

describe("the parts of an outage", () => {
  const phases = [
    { name: "cutover", startMs: 1_500 },
    { name: "frozen", startMs: 1_000 },
    { name: "repointed", startMs: 3_000 },
  ];

  it("add up to the whole, whatever the order of the phases", () => {
    const parts = splitByPhase({ fromMs: 900, toMs: 3_250 }, phases);
    expect(parts).toEqual([
      { name: "before", ms: 100 },
      { name: "frozen", ms: 500 },
      { name: "cutover", ms: 1_500 },
      { name: "repointed", ms: 250 },
    ]);
  });

  it("leave out phases that it did not touch", () => {
    expect(splitByPhase({ fromMs: 1_600, toMs: 1_700 }, phases)).toEqual([
      { name: "cutover", ms: 100 },
    ]);
    expect(splitByPhase({ fromMs: 1_600, toMs: 1_700 }, [])).toEqual([{ name: "before", ms: 100 }]);
  });
});

describe("what a row must hold", () => {
  const fateOf = (entries: readonly Entry[], key: number): unknown =>
    hear(entries).fates.get("writes")?.get(key);

  it("is what was acknowledged last", () => {
    const entries = [acknowledged(1, write(1)), acknowledged(2, write(7, "update", 1))];
    expect(fateOf(entries, 1)).toEqual({ value: 7, present: true, orElse: [] });
    expect(fateOf([...entries, acknowledged(3, write(9, "delete", 1))], 1)).toEqual({
      value: undefined,
      present: false,
      orElse: [],
    });
  });

  it("may also be what was in doubt since then", () => {
    const entries = [
      acknowledged(1, write(1)),
      failed(2, "ECONNRESET", write(7, "update", 1), true),
    ];
    expect(fateOf(entries, 1)).toEqual({ value: 1, present: true, orElse: [7] });
    expect(fateOf([failed(1, "BROKEN", write(3), true)], 3)).toEqual({
      value: undefined,
      present: false,
      orElse: [3],
    });
    expect(fateOf([...entries, failed(3, "BROKEN", write(8, "delete", 1), true)], 1)).toMatchObject(
      {
        orElse: [7, undefined],
      },
    );
  });

  it("is not touched by a write that was refused", () => {
    expect(
      fateOf([acknowledged(1, write(1)), failed(2, "25006", write(7, "update", 1))], 1),
    ).toEqual({
      value: 1,
      present: true,
      orElse: [],
    });
  });
});

describe("the writes of the client", () => {
  it("use every number once and touch only rows that were acknowledged", () => {
    const writes = planWrites(1, true);
    const numbers = new Set<number>();
    const live = new Set<number>();
    const kinds = new Set<string>();
    for (let i = 0; i < 5_000; i += 1) {
      const next = writes.next();
      expect(numbers.has(next.n)).toBe(false);
      numbers.add(next.n);
      kinds.add(`${next.does} ${next.table}`);
      if (next.table === "writes" && next.does !== "insert") expect(live.has(next.key)).toBe(true);
      if (i % 3 === 0) {
        writes.abandon(next);
        if (next.table === "writes") live.delete(next.key);
        continue;
      }
      writes.acknowledged(next);
      if (next.table === "writes" && next.does === "insert") live.add(next.key);
      if (next.table === "writes" && next.does === "delete") live.delete(next.key);
    }
    expect([...kinds].toSorted()).toEqual([
      "delete writes",
      "insert highlights",
      "insert visits",
      "insert writes",
      "update repos",
      "update writes",
    ]);
  });

  it("leave the sample alone when it is not there", () => {
    const writes = planWrites(1, false);
    const tables = new Set(Array.from({ length: 200 }, () => writes.next().table));
    expect([...tables].toSorted()).toEqual(["visits", "writes"]);
  });
});

describe("the env file", () => {
  it("gives the address, and the CA unless the URL has one", () => {
    const text =
      'OTHER=1\nexport API_DB="postgres://u:p%40ss@db.test:25060/api?sslmode=verify-full"\nPGSSLROOTCERT=/ca.crt\n';
    const told = parseTold(text, "API_DB");
    expect(told).toMatchObject({ server: "db.test:25060", database: "api" });
    expect(new URL(told.url).searchParams.get("sslrootcert")).toBe("/ca.crt");
    const own = parseTold("A=postgres://u:p@h/d?sslrootcert=/own\nPGSSLROOTCERT=/ca", "A");
    expect(new URL(own.url).searchParams.get("sslrootcert")).toBe("/own");
    expect(own.server).toBe("h:5432");
  });

  it("never quotes the value in an error", () => {
    expect(() => parseTold("A=canary-secret", "A")).toThrow(/^A in the env file is no URL$/);
    expect(() => parseTold("B=1", "A")).toThrow(/has no A/);
  });
});

describe("the scale of the sample", () => {
  it("gives about as many rows as asked for, and a few to each table at least", () => {
    const counts = scale({ big: 90, small: 10, tiny: 0.001 }, 1_000);
    expect(counts).toEqual({ big: 900, small: 100, tiny: 5 });
    expect(() => scale({ a: 1 }, 1.5)).toThrow(/not a number of rows/);
  });
});
