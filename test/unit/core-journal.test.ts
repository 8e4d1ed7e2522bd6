import { describe, expect, it } from "vitest";
import { UnreadableError } from "../../src/core/errors.ts";
import { fold } from "../../src/core/journal/checkpoint.ts";
import { entryBody, type Entry, type EntryBody } from "../../src/core/journal/entry.ts";
import { firstLink, readLines, writeLine } from "../../src/core/journal/line.ts";
import { canonicalJson } from "../../src/core/json.ts";
import { Secret } from "../../src/core/secret.ts";
import { journalText, note, openedBody } from "../support/journal-entries.ts";

const sound = journalText([openedBody("osm1"), note("one"), note("two"), note("three")]);
const lines = sound.split("\n").slice(0, -1);

function refusal(text: string): string {
  try {
    readLines(text, "j.jsonl");
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableError);
    return String(error);
  }
  return "accepted";
}

describe("canonicalJson", () => {
  it("is the same for the same value, whatever the order of its keys", () => {
    const a = { b: [1, { d: null, c: "é" }], a: true };
    expect(canonicalJson(a)).toBe('{"a":true,"b":[1,{"c":"é","d":null}]}');
    expect(canonicalJson(JSON.parse('{"a":true,"b":[1,{"c":"é","d":null}]}'))).toBe(
      canonicalJson(a),
    );
  });

  it("differs for different values, and is JSON", () => {
    const values = [
      [],
      {},
      "",
      0,
      false,
      null,
      [[]],
      [{}],
      ["a,b"],
      ["a", "b"],
      { a: "b" },
      '{"a":"b"}',
      { "a:b": 1 },
    ];
    const texts = values.map((value) => canonicalJson(value));
    expect(new Set(texts).size).toBe(values.length);
    expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual(values);
  });
});

describe("journal lines", () => {
  it("read back as written, in bytes as well", () => {
    const read = readLines(sound, "j");
    expect(read.entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(read.entries[1]).toEqual({ seq: 2, at: "2026-01-01T00:00:01.000Z", ...note("one") });
    expect(read.soundBytes).toBe(Buffer.byteLength(sound));
    const wide = journalText([openedBody("osm1"), note("é✓😀\u2028\u0000")]);
    expect(readLines(wide, "j").soundBytes).toBe(Buffer.byteLength(wide));
  });

  it("go on from the link that reading gives", () => {
    const { link, entries } = readLines(sound, "j");
    const entry = { seq: 5, at: "2026-01-01T00:00:09.000Z", ...note("four") };
    expect(readLines(sound + writeLine(link, entry).line, "j").entries).toEqual([
      ...entries,
      entry,
    ]);
  });

  it("never hold a secret", () => {
    const body = {
      ...note(""),
      value: { password: new Secret("hunter2") },
    } as unknown as EntryBody;
    expect(journalText([openedBody("osm1"), body])).not.toContain("hunter2");
  });

  it("are none in an empty file, or one that a power cut filled with NULs", () => {
    for (const text of ["", "\0\0\0\0", '{"seq":1', "\0\0\n"]) {
      expect(readLines(text, "j")).toEqual({ entries: [], link: firstLink, soundBytes: 0 });
    }
  });

  it("leave a torn last one out, wherever it was torn", () => {
    const before = lines.slice(0, 3).join("\n").length + 1;
    for (let length = before; length < sound.length; length++) {
      const read = readLines(sound.slice(0, length), "j");
      expect([length, read.entries.length, read.soundBytes]).toEqual([length, 3, before]);
    }
    expect(readLines(`${sound.slice(0, -20)}${"\0".repeat(19)}\n`, "j").entries.length).toBe(3);
    expect(readLines(`${sound}${"\0".repeat(4096)}`, "j")).toEqual(readLines(sound, "j"));
  });

  it.each<[string, string[], number]>([
    ["torn in the middle", lines.with(1, lines[1]?.slice(0, 30) ?? ""), 2],
    ["NULs in the middle", lines.with(1, "\0".repeat(30)), 2],
    ["an empty one", lines.toSpliced(1, 0, ""), 2],
    ["one left out", lines.toSpliced(1, 1), 2],
    ["the first left out", lines.slice(1), 1],
    ["two exchanged", [lines[0], lines[2], lines[1], lines[3]] as string[], 2],
    ["one twice", lines.toSpliced(2, 0, lines[1] ?? ""), 3],
    ["a value edited", lines.with(2, lines[2]?.replace('"two"', '"2"') ?? ""), 3],
    ["the last one's value edited", lines.with(3, lines[3]?.replace('"three"', '"3"') ?? ""), 4],
    ["a time edited", lines.with(1, lines[1]?.replace("00:00:01", "00:00:02") ?? ""), 2],
    ["a field added", lines.with(1, lines[1]?.replace('"step"', '"new":1,"step"') ?? ""), 2],
    ["another type", lines.with(1, lines[1]?.replace('"note"', '"notes"') ?? ""), 2],
    ["JSON, but no entry", lines.with(1, "[]"), 2],
    [
      "a line of another journal",
      lines.with(1, journalText([openedBody("x"), note("one")]).split("\n")[1] ?? ""),
      2,
    ],
  ])("are refused with their number: %s", (_name, damaged, number) => {
    expect(damaged.join("\n")).not.toBe(lines.join("\n"));
    expect(refusal(`${damaged.join("\n")}\n`)).toContain(
      `The journal j.jsonl is damaged in line ${number}:`,
    );
  });

  it("of a newer format are refused in other words", () => {
    const newer = journalText([{ ...openedBody("osm1"), format: 2 }]);
    expect(refusal(newer)).toContain(
      "has format 2; this version of opensauced-migrate knows up to 1",
    );
  });

  it("with a field that only a newer version knows are read", () => {
    const { entries } = readLines(
      journalText([
        openedBody("osm1"),
        { ...note("x"), later: { b: 1, a: 2 } } as unknown as EntryBody,
      ]),
      "j",
    );
    expect(entries[1]).toMatchObject({ type: "note", value: "x" });
  });
});

describe("fold", () => {
  const action = { id: "x", summary: "Do x", touches: "target" } as const;
  const began = (step: string): EntryBody => ({ type: "action-began", step, action });
  const ended = (step: string): EntryBody => ({ type: "action-ended", step, action: "x" });
  const proven = (step: string): EntryBody => ({ type: "satisfied", step, because: "seen" });
  const folded = (...bodies: EntryBody[]) => {
    const entries = [openedBody("osm1"), ...bodies].map((body, index): Entry => ({
      seq: index + 1,
      at: `t${index}`,
      ...entryBody.parse(body),
    }));
    const checkpoint = fold(entries);
    if (checkpoint === undefined) throw new Error("no checkpoint");
    return checkpoint;
  };

  it("is nothing for a run that never began", () => {
    expect(fold([])).toBe(undefined);
    expect(fold([{ seq: 1, at: "t", ...note("x") }])).toBe(undefined);
  });

  it("knows the run's beginning", () => {
    expect(folded()).toMatchObject({
      run: "osm1",
      openedAt: "t0",
      plan: { digest: "d" },
      identities: { target: { systemIdentifier: "7300000000000000002" } },
      end: "open",
      inDoubt: undefined,
      pointOfNoReturn: undefined,
    });
  });

  it("has an action in doubt until it ended, failed, or a look settled it", () => {
    const failed: EntryBody = { type: "action-failed", step: "a", action: "x", error: "no" };
    const undone: EntryBody = { type: "undone", step: "a", because: "gone", forgets: ["a"] };
    expect(folded(began("a")).inDoubt).toEqual({ step: "a", action });
    for (const settles of [ended("a"), failed, proven("a"), undone]) {
      expect(folded(began("a"), settles).inDoubt).toBe(undefined);
    }
    expect(folded(began("b"), proven("a")).inDoubt?.step).toBe("b");
  });

  it("keeps the changed steps in their order, and forgets the undone", () => {
    const changes = [began("a"), ended("a"), began("b"), ended("b"), began("a"), ended("a")];
    expect(folded(...changes).changed).toEqual(["a", "b"]);
    expect(
      folded(...changes, { type: "undone", step: "a", because: "", forgets: ["a"] }).changed,
    ).toEqual(["b"]);
    expect(folded(...changes).acted).toEqual(
      new Map([
        ["a", 6],
        ["b", 4],
      ]),
    );
  });

  it("forgets with an undone step the proofs and the yeses that stood on it", () => {
    const yes: EntryBody = { type: "approved", step: "c", who: "anna", how: "terminal" };
    const checkpoint = folded(proven("a"), proven("b"), proven("c"), yes, {
      type: "undone",
      step: "b",
      because: "",
      forgets: ["b", "c"],
    });
    expect([...checkpoint.satisfied.keys()]).toEqual(["a"]);
    expect(checkpoint.approvals.size).toBe(0);
    const undone = { step: "b", at: "t5" };
    expect(checkpoint.voided.get("c")).toEqual({ who: "anna", at: "t4", how: "terminal", undone });
    expect(folded(yes).approvals.get("c")).toEqual({ who: "anna", at: "t1", how: "terminal" });
  });

  it("keeps the latest proof, the first point of no return, every note and stop", () => {
    const checkpoint = folded(
      proven("a"),
      { type: "point-of-no-return", step: "a", action: "x" },
      { type: "stopped", ending: "failed", step: "a", message: "" },
      { type: "stopped", ending: "failed", message: "" },
      { type: "resumed", tool: "0", host: "h", pid: 1 },
      note("one"),
      note("two"),
      { type: "point-of-no-return", step: "b", action: "y" },
      proven("a"),
    );
    expect(checkpoint.satisfied.get("a")).toEqual({ at: "t9", because: "seen", seq: 10 });
    expect(checkpoint.pointOfNoReturn).toEqual({ step: "a", at: "t2" });
    expect(checkpoint.stops).toEqual([{ step: "a", at: "t3", notes: 0 }]);
    expect(checkpoint.notes.map(({ value }) => value)).toEqual(["one", "two"]);
  });

  it("knows how the run ended", () => {
    expect(folded({ type: "finished" }).end).toBe("finished");
    expect(folded({ type: "withdrawn" }).end).toBe("withdrawn");
  });
});
