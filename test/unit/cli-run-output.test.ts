import { describe, expect, test } from "vitest";
import { activeLines, progressLines } from "../../src/cli/output/active-lines.ts";
import { jsonOutput } from "../../src/cli/output/json.ts";
import { Pace } from "../../src/cli/output/pace.ts";
import { plainOutput } from "../../src/cli/output/plain.ts";
import { rowsOf } from "../../src/cli/output/rows.ts";
import { blankPicture, follow, type RunPicture } from "../../src/cli/output/run-picture.ts";
import { widthOf } from "../../src/cli/output/text.ts";
import type { TimedEvent } from "../../src/core/event.ts";
import {
  approvedBeats,
  beforeGate,
  inventedSteps,
  thrownBack,
  timed,
  toTheEnd,
  type Beat,
} from "../support/invented-run.ts";
import { pageOf } from "../support/page.ts";

const whole = timed([...beforeGate, ...approvedBeats, ...toTheEnd]);
const stopped = timed([...beforeGate, ...approvedBeats, ...thrownBack]);
const screen = { columns: 80, rows: 24 };

function picturesOf(
  events: readonly TimedEvent[],
): { picture: RunPicture; at: number; event: TimedEvent }[] {
  let picture = blankPicture;
  return events.map((event) => {
    picture = follow(picture, event);
    return { picture, at: Date.parse(event.at), event };
  });
}

function plainText(events: readonly TimedEvent[], width = Infinity): string {
  let text = "";
  const output = plainOutput((more) => (text += more), pageOf(width));
  for (const event of events) output.listener(event);
  return text;
}

describe("the live list", () => {
  test.each([
    ["80x24", screen],
    ["40x12", { columns: 40, rows: 12 }],
  ])("never overflows a terminal of %s, at any moment of a run", (_, size) => {
    for (const { picture, at } of picturesOf([...whole, ...stopped])) {
      const rows = rowsOf(picture, size, at + 100);
      if (rows === undefined) continue;
      const lines = [rows.title, ...rows.lines, ...rows.later];
      expect(lines.length).toBeLessThanOrEqual(Math.min(18, size.rows - 4));
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(size.columns - 4);
    }
  });

  test("draws nothing that acts on the terminal, and stays as narrow as it was", () => {
    const began = picturesOf(whole).find(({ event }) => event.type === "waiting");
    const { active, ...rest } = began?.picture ?? blankPicture;
    if (active === undefined) throw new Error("Nothing waits.");
    const doing = "\u001b[2J\u009b".repeat(30);
    const parts = [{ name: "\u001b]0;x\u0007", text: "\u001b[8m" }];
    const hostile = { ...rest, active: { ...active, id: "\u001b[1A", doing, progress: { parts } } };
    const rows = rowsOf(hostile, screen, began?.at ?? 0);
    const lines = [rows?.title ?? "", ...(rows?.lines ?? [])];
    expect(lines.join(" ")).toContain(String.raw`\u001b[2J`);
    // oxlint-disable-next-line no-control-regex -- the subject
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    for (const line of rows?.lines ?? []) expect(widthOf(line)).toBeLessThanOrEqual(76);
  });

  test("says why it waits, since when, and when it gives up", () => {
    const waiting = picturesOf(whole).findLast(({ event }) => event.type === "waiting");
    const rows = rowsOf(
      waiting?.picture ?? blankPicture,
      { columns: 110, rows: 40 },
      (waiting?.at ?? 0) + 400,
    );
    expect(rows?.title).toMatch(/^data-streaming +6\.0 s of at most 4h 0m$/);
    expect(rows?.lines[0]).toBe(
      "waiting: lag 48.2 MB on api is above the plan's maxLag of 10.0 MB",
    );
    expect(rows?.lines).toContain("1,120 of 1,310 tables (85 %)");
    expect(
      rows?.lines.some((line) => /^analytics +WaitingForCutoverTrigger, lag 0 B$/.test(line)),
    ).toBe(true);
  });

  test("shows the steps to come, and how many more there are when they do not fit", () => {
    const entered = picturesOf(whole).find(({ event }) => event.type === "step-entered");
    const rows = rowsOf(entered?.picture ?? blankPicture, screen, entered?.at ?? 0);
    expect(rows?.later).toEqual(inventedSteps.slice(1));
    const few = rowsOf(
      entered?.picture ?? blankPicture,
      { columns: 80, rows: 12 },
      entered?.at ?? 0,
    );
    expect(few?.later.at(-1)).toMatch(/^and \d+ more steps$/);
  });

  test("says that the point of no return is passed", () => {
    const first = picturesOf(whole).find(
      ({ picture }) => picture.pastPointOfNoReturn && picture.active !== undefined,
    );
    expect(first?.event.type).toBe("point-of-no-return");
    expect(rowsOf(first?.picture ?? blankPicture, screen, first?.at ?? 0)?.title).toContain(
      "past the point of no return",
    );
  });

  test("shows only the step being undone while it is undone", () => {
    const undoing = picturesOf(stopped).find(({ event }) => event.type === "undoing");
    const rows = rowsOf(undoing?.picture ?? blankPicture, screen, undoing?.at ?? 0);
    expect(rows?.title).toMatch(/^source-frozen/);
    expect(rows?.lines[0]).toBe("undoing: the run stopped before the point of no return");
    expect(rows?.later).toEqual([]);
  });

  test("a step that stopped a run is never shown as satisfied", () => {
    const end = picturesOf(stopped).at(-1)?.picture;
    expect(end?.steps.find((step) => step.id === "cutover-complete")?.state).toBe("stopped");
    expect(end?.steps.find((step) => step.id === "source-frozen")?.state).toBe("not-reached");
    expect(end?.active).toBeUndefined();
  });

  test("a long reason is cut after three lines, and says so", () => {
    const active = {
      id: "a",
      undoing: false,
      since: 0,
      doing: "word ".repeat(200),
      waiting: true,
      deadline: undefined,
      progress: undefined,
    };
    const lines = activeLines({ ...blankPicture, active }, 60, 10);
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/…$/);
  });

  test("many parts are listed up to a point", () => {
    const parts = Array.from({ length: 20 }, (_, index) => ({
      name: `db${index}`,
      text: "copying",
    }));
    const lines = progressLines({ parts }, 80);
    expect(lines).toHaveLength(8);
    expect(lines.at(-1)).toBe("and 13 more");
  });

  test("progress that could not be read shows no zero", () => {
    expect(progressLines({ total: 10, unit: "tables" }, 80)).toEqual([]);
  });
});

describe("plain lines", () => {
  test("each has a time and a step; every step's end is told", () => {
    const lines = plainText(whole).split("\n");
    for (const id of inventedSteps) {
      expect(
        lines.some((line) =>
          new RegExp(`^2026-03-01T03:00:\\d\\dZ ${id}: SATISFIED in `).test(line),
        ),
      ).toBe(true);
    }
    expect(
      lines.some((line) =>
        line.includes("cutover-complete: POINT OF NO RETURN: Trigger the cut-over"),
      ),
    ).toBe(true);
    expect(lines.some((line) => line.startsWith("✔ Finished after 31.2 s."))).toBe(true);
  });

  test("tell the stop, its meaning and the way on", () => {
    const text = plainText(stopped);
    expect(text).toContain(
      "✖ Blocked after 21.2 s. Step cutover-complete is blocked by 1 finding.",
    );
    expect(text).toContain("The freeze was undone: the source is writable again.");
    expect(text).toContain("    opensauced-migrate run --resume\n");
    expect(text).toContain("Journal: .opensauced-migrate/k3f9a2/journal.jsonl");
  });

  test("do not repeat a wait every second", () => {
    const told = plainText(whole)
      .split("\n")
      .filter((line) => line.includes("data-streaming: waiting"));
    expect(whole.filter((event) => event.type === "waiting").length).toBe(8);
    expect(told).toHaveLength(1);
  });

  test("in a rehearsal that is taken down, no command to go on with", () => {
    let text = "";
    const output = plainOutput((more) => (text += more), pageOf(), false);
    for (const event of stopped) output.listener(event);
    expect(text).not.toContain("run --resume");
    expect(text).toContain("the source is writable again");
  });
});

test("pace: the first at once, news after ten seconds, a sign of life after sixty", () => {
  const pace = new Pace();
  const told = [
    pace.tells("a", "x", 0),
    pace.tells("a", "y", 9_999),
    pace.tells("a", "y", 10_000),
    pace.tells("a", "y", 69_999),
    pace.tells("a", "y", 70_000),
    pace.tells("b", "y", 70_001),
  ];
  expect(told).toEqual([true, false, true, false, true, true]);
  pace.forget("a");
  expect(pace.tells("a", "y", 70_002)).toBe(true);
});

test("json: standard output is one event a line and nothing else", () => {
  let out = "";
  let people = "";
  const output = jsonOutput(
    (text) => (out += text),
    plainOutput((text) => (people += text), pageOf()),
  );
  for (const event of whole) output.listener(event);
  output.say("stopping");
  const lines = out.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(whole);
  expect(people).toContain("stopping");
});

test("the invented run is what it claims: it has every type of event", () => {
  const types = new Set([...whole, ...stopped].map((event) => event.type));
  const beats: readonly Beat["event"]["type"][] = [
    "waiting",
    "progress",
    "gate",
    "point-of-no-return",
    "undoing",
    "step-undone",
    "warned",
  ];
  for (const type of beats) expect(types).toContain(type);
});
