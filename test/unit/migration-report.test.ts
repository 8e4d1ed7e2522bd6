/** What a journal says of a run's steps: undone ones, and times in which nobody worked. */
import { expect, it } from "vitest";
import { fold } from "../../src/core/journal/checkpoint.ts";
import type { Entry } from "../../src/core/journal/entry.ts";
import { refuseUsedRun } from "../../src/migration/find-run.ts";
import { reportOf } from "../../src/migration/report.ts";
import { remarkOn } from "../../src/migration/verify-remark.ts";

const steps = [
  { id: "source-frozen", kind: "source-frozen" },
  { id: "data-equal", kind: "data-equal" },
];
const action = { id: "refuse-writes", summary: "Refuse writes", touches: "source" };

type Bare = { readonly type: Entry["type"]; readonly [field: string]: unknown };

type Timed = readonly (readonly [seconds: number, entry: Bare])[];

/** Of the one step. */
function report(...entries: Timed) {
  return reportOf(journalOf(entries), "journal.jsonl", undefined).steps[0];
}

/** `seconds`: of each entry, after the beginning. */
function journalOf(entries: Timed): readonly Entry[] {
  const opened = {
    type: "opened",
    format: 1,
    tool: "0.1.0",
    run: "r1",
    plan: { name: "p", digest: "d", document: { steps } },
    identities: {},
  };
  return [[0, opened] as const, ...entries].map(
    ([seconds, entry], at) =>
      ({
        ...entry,
        seq: at + 1,
        at: new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString(),
      }) as unknown as Entry,
  );
}

const began = { type: "action-began", step: "source-frozen", action } as const;
const ended = { type: "action-ended", step: "source-frozen", action: action.id } as const;
const satisfied = { type: "satisfied", step: "source-frozen", because: "no writes" } as const;
const resumed = { type: "resumed", tool: "0.1.0", host: "h", pid: 1 } as const;
const undone = {
  type: "undone",
  step: "source-frozen",
  because: "thawed",
  forgets: ["source-frozen", "data-equal"],
} as const;

it("counts the time from the first action to the proof", () => {
  expect(report([10, began], [12, ended], [13, satisfied])).toMatchObject({
    state: "satisfied",
    tookMs: 3000,
  });
});

it("does not count the time in which nobody carried the run", () => {
  const crashed = [[10, began] as const, [600, resumed] as const] as const;
  expect(report(...crashed, [601, began], [602, ended], [603, satisfied])?.tookMs).toBe(2000);
  expect(report(...crashed, [601, satisfied])?.tookMs).toBeUndefined();
});

it("tells what was undone, and after it counts anew", () => {
  const once = [
    [10, began],
    [12, ended],
    [13, satisfied],
    [20, undone],
  ] as const;
  expect(report(...once)).toMatchObject({ state: "undone", tookMs: 3000 });
  expect(report(...once, [300, resumed], [301, began])).toMatchObject({ state: "begun" });
  expect(
    report(...once, [300, resumed], [301, began], [302, ended], [305, satisfied]),
  ).toMatchObject({ state: "satisfied", tookMs: 4000 });
});

const stopped = {
  type: "stopped",
  ending: "blocked",
  step: "data-equal",
  message: "no",
  findings: [{ code: "rows-differ", severity: "blocks", message: "Rows differ." }],
} as const;

/** What a plain `run` says of it. */
function refusal(entries: readonly Entry[]): string {
  const checkpoint = fold(entries);
  if (checkpoint === undefined) throw new Error("The journal is empty.");
  try {
    return refuseUsedRun(checkpoint);
  } catch (error) {
    return String(error);
  }
}

it("names the stop with which the last process ended, and no older one", () => {
  const stop = [[5, began] as const, [9, stopped] as const] as const;
  const rested = journalOf(stop);
  expect(refusal(rested)).toContain("stopped in step data-equal at 2026-01-01T00:00:09.000Z,");
  expect(reportOf(rested, "j", undefined)).toMatchObject({
    lastStop: { step: "data-equal", findings: stopped.findings },
    silentSince: undefined,
  });
  const killed = journalOf([...stop, [60, resumed], [70, began]]);
  expect(refusal(killed)).toContain("ended without a word after 2026-01-01T00:01:10.000Z");
  expect(refusal(killed)).not.toContain("data-equal");
  expect(reportOf(killed, "j", undefined)).toMatchObject({
    lastStop: undefined,
    silentSince: "2026-01-01T00:01:10.000Z",
  });
});

it("is what the answer of verify is to be read by, unless the run came to its end", () => {
  const plan = { steps: steps.map((step) => ({ ...step, settings: {} })) } as unknown as Parameters<
    typeof remarkOn
  >[1];
  const remark = (...entries: Timed) => remarkOn(fold(journalOf(entries)), plan);
  expect(remarkOn(undefined, plan)).toBe("No run of this plan is in the state folder.");
  expect(remark([1, began], [2, ended])).toMatch(
    /^Run r1 is before its point of no return; its next step is source-frozen: .* FROZEN, as far/,
  );
  expect(remark([1, began], [2, ended], [3, satisfied], [4, undone])).not.toContain("FROZEN");
  const crossed = { type: "point-of-no-return", step: "data-equal", action: "x" } as const;
  expect(remark([1, began], [2, satisfied], [3, crossed])).toContain("run --resume goes on");
  expect(remark([1, began], [2, undone], [3, { type: "withdrawn" }])).toContain("was undone");
  expect(remark([1, began], [2, { type: "finished" }])).toBeUndefined();
});
