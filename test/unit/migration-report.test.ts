/** What a journal says of a run's steps: undone ones, and times in which nobody worked. */
import { expect, it } from "vitest";
import type { Entry } from "../../src/core/journal/entry.ts";
import { reportOf } from "../../src/migration/report.ts";

const steps = [
  { id: "source-frozen", kind: "source-frozen" },
  { id: "data-equal", kind: "data-equal" },
];
const action = { id: "refuse-writes", summary: "Refuse writes", touches: "source" };

type Bare = { readonly type: Entry["type"]; readonly [field: string]: unknown };

/** `seconds`: of each entry, after the beginning. */
function report(...entries: readonly (readonly [seconds: number, entry: Bare])[]) {
  const opened = {
    type: "opened",
    format: 1,
    tool: "0.1.0",
    run: "r1",
    plan: { name: "p", digest: "d", document: { steps } },
    identities: {},
  };
  const all = [[0, opened] as const, ...entries].map(
    ([seconds, entry], at) =>
      ({
        ...entry,
        seq: at + 1,
        at: new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString(),
      }) as unknown as Entry,
  );
  return reportOf(all, "journal.jsonl", undefined).steps[0];
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
