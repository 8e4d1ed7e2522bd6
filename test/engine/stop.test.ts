import { describe, expect, it } from "vitest";
import { ActionError, UsageError } from "../../src/core/errors.ts";
import {
  action,
  carried,
  fake,
  satisfied,
  switched,
  told,
  unmet,
  waiting,
} from "../support/fake-steps.ts";
import type { Switch } from "../support/fake-steps.ts";
import { MemoryJournal } from "../support/memory-journal.ts";

const off = (): Switch => ({ on: false, effects: [] });
const blocked = () =>
  fake({
    id: "blocked",
    look: () => ({ is: "blocked", findings: [{ code: "x", severity: "blocks", message: "no" }] }),
  });
const gate = (id = "gate") =>
  fake({
    id,
    proof: "moment",
    look: ({ approval }) =>
      approval === undefined
        ? { is: "waiting", for: "approval", reason: "Go on?" }
        : satisfied(`by ${approval.who}`),
  });

describe("a stop before the point of no return", () => {
  it("undoes the freeze at once, and keeps what may stay", async () => {
    const prepared = off();
    const frozen = off();
    const steps = [
      switched("prepared", prepared),
      switched("frozen", frozen, { undoneOnStop: true }),
      blocked(),
    ];
    const process = await carried(steps);
    expect(process.outcome.ending).toBe("blocked");
    expect([prepared.on, frozen.on]).toEqual([true, false]);
    expect(frozen.effects).toEqual(["turn-on frozen", "turn-off frozen"]);
    expect(told(process)).toMatchObject({
      meaning: "The freeze was undone: the source is writable again.",
      remedy: "opensauced-migrate run --resume",
      pastPointOfNoReturn: false,
    });
    expect(process.journal.types().slice(-4)).toEqual([
      "action-began frozen",
      "action-ended frozen",
      "undone frozen",
      "stopped blocked",
    ]);
  });

  it("undoes a freeze that was only begun, and one from an earlier process", async () => {
    const frozen = off();
    const steps = [blocked(), switched("frozen", frozen, { undoneOnStop: true })];
    const journal = MemoryJournal.begun(["blocked", "frozen"]);
    await journal.append({
      type: "action-began",
      step: "frozen",
      action: action("turn-on frozen"),
    });
    frozen.on = true;
    const process = await carried(steps, { journal });
    expect(frozen.on).toBe(false);
    expect(told(process).meaning).toContain("writable again");
  });

  it("says that the source is writable when nothing was frozen", async () => {
    expect(told(await carried([blocked()])).meaning).toBe("The source is writable.");
  });

  it("tells loudly when the freeze cannot be undone", async () => {
    const frozen = off();
    const steps = [
      switched("frozen", frozen, {
        undoneOnStop: true,
        lookUndo: () => Promise.reject(new ActionError({ message: "connection refused" })),
      }),
      blocked(),
    ];
    const process = await carried(steps);
    expect(process.outcome.ending).toBe("blocked");
    expect(told(process)).toMatchObject({
      meaning: "THE SOURCE MAY STILL BE FROZEN: undoing step frozen failed: connection refused",
      remedy: "opensauced-migrate undo",
    });
    expect(process.journal.types().at(-1)).toBe("stopped blocked");
  });

  it("tells loudly when our own code cannot undo it, and throws the bug", async () => {
    const bug = new TypeError("ours");
    let last: unknown;
    const steps = [
      switched("frozen", off(), { undoneOnStop: true, lookUndo: () => Promise.reject(bug) }),
      blocked(),
    ];
    const run = carried(steps, { watch: (event) => (last = event) });
    await expect(run).rejects.toBe(bug);
    expect(last).toMatchObject({ meaning: expect.stringContaining("MAY STILL BE FROZEN") });
  });

  it("undoes the other freeze too when one cannot be undone", async () => {
    const first = off();
    const steps = [
      switched("first", first, { undoneOnStop: true }),
      switched("second", off(), {
        undoneOnStop: true,
        lookUndo: () => Promise.reject(new ActionError({ message: "no" })),
      }),
      blocked(),
    ];
    const process = await carried(steps);
    expect(first.on).toBe(false);
    expect(told(process).meaning).toContain("undoing step second failed");
  });

  it("undoes the freeze before it throws a bug", async () => {
    const frozen = off();
    const bug = new TypeError("ours");
    const steps = [
      switched("frozen", frozen, { undoneOnStop: true }),
      fake({ id: "buggy", look: () => Promise.reject(bug) }),
    ];
    await expect(carried(steps)).rejects.toBe(bug);
    expect(frozen.on).toBe(false);
  });

  it("undoes the freeze although the journal takes no entry any more", async () => {
    const frozen = off();
    const full = new ActionError({ message: "the disk is full" });
    const journal = MemoryJournal.begun(["frozen", "next"]);
    const steps = [
      switched("frozen", frozen, { undoneOnStop: true }),
      fake({
        id: "next",
        look: () => {
          journal.refuses = full;
          return unmet(action("write"));
        },
        apply: () => Promise.reject(new Error("must not be applied: it is not journaled")),
      }),
    ];
    const process = await carried(steps, { journal });
    expect(frozen.on).toBe(false);
    expect(process.outcome.ending).toBe("failed");
    expect(told(process)).toMatchObject({
      message: "the disk is full",
      meaning: expect.stringContaining("could not be journaled"),
    });
    journal.refuses = undefined;
    const again = switched("next", off());
    const resumed = await carried([steps[0] as never, again], { journal: journal.reopened() });
    expect(resumed.outcome.ending).toBe("finished");
    expect(frozen.effects).toEqual(["turn-on frozen", "turn-off frozen", "turn-on frozen"]);
  });
});

describe("the point of no return", () => {
  it("is journaled before the action that crosses it, once", async () => {
    const cut = off();
    const journal = MemoryJournal.begun(["cut", "more"]);
    const seen: string[][] = [];
    const steps = [
      switched("cut", cut, {
        crosses: true,
        apply: () => {
          seen.push(journal.types());
          cut.on = true;
        },
      }),
      switched("more", off(), { crosses: true }),
    ];
    const { events } = await carried(steps, { journal });
    expect(seen).toEqual([["opened", "point-of-no-return cut", "action-began cut"]]);
    expect(journal.types().filter((type) => type.startsWith("point"))).toEqual([
      "point-of-no-return cut",
    ]);
    expect(events.filter((event) => event.type === "point-of-no-return").length).toBe(1);
  });

  it("is crossed by no action whose announcement could not be journaled", async () => {
    const frozen = off();
    const cut = off();
    const journal = MemoryJournal.begun(["frozen", "cut"]);
    const steps = [
      switched("frozen", frozen, { undoneOnStop: true }),
      switched("cut", cut, { crosses: true }),
    ];
    const process = await carried(steps, {
      journal,
      watch: (event) => {
        if (event.type === "step-entered" && event.step === "cut") {
          journal.refuses = new ActionError({ message: "full" });
        }
      },
    });
    expect(process.outcome.ending).toBe("failed");
    expect([frozen.on, cut.on]).toEqual([false, false]);
  });

  it("keeps the source frozen after it, whatever stops the run", async () => {
    const frozen = off();
    const steps = [
      switched("frozen", frozen, { undoneOnStop: true }),
      switched("cut", off(), { crosses: true }),
      blocked(),
    ];
    const process = await carried(steps);
    expect(frozen.on).toBe(true);
    expect(told(process)).toMatchObject({
      pastPointOfNoReturn: true,
      meaning: expect.stringContaining("stays frozen. From here the run only goes forward."),
    });
  });

  it("holds for a bug as well", async () => {
    const frozen = off();
    const bug = new TypeError("ours");
    const steps = [
      switched("frozen", frozen, { undoneOnStop: true }),
      switched("cut", off(), { crosses: true }),
      fake({ id: "buggy", look: () => Promise.reject(bug) }),
    ];
    await expect(carried(steps)).rejects.toBe(bug);
    expect(frozen.on).toBe(true);
  });
});

describe("an interrupt", () => {
  it("ends a wait at once, undoes the freeze, and can be resumed", async () => {
    const frozen = off();
    const interrupt = new AbortController();
    const steps = [
      switched("frozen", frozen, { undoneOnStop: true }),
      fake({
        id: "ready",
        look: () => (interrupt.signal.aborted ? satisfied() : waiting("copying", 60_000)),
      }),
    ];
    let waits = 0;
    const process = await carried(steps, {
      signal: interrupt.signal,
      watch: (event) => {
        if (event.type !== "waiting") return;
        waits++;
        queueMicrotask(() => interrupt.abort());
      },
    });
    expect(process.outcome.ending).toBe("interrupted");
    expect(waits).toBe(1);
    expect(told(process).tookMs).toBe(0);
    expect(frozen.on).toBe(false);
    const resumed = await carried(steps, { journal: process.journal.reopened() });
    expect(resumed.outcome.ending).toBe("finished");
  });

  it("during an action leaves it in doubt, and resume looks instead of repeating", async () => {
    const interrupt = new AbortController();
    const world = { created: 0 };
    const step = fake({
      id: "a",
      look: () => (world.created > 0 ? satisfied() : unmet(action("create"))),
      apply: (_action, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted")));
          world.created++;
          interrupt.abort();
        }),
    });
    const process = await carried([step], { signal: interrupt.signal });
    expect(process.outcome.ending).toBe("interrupted");
    expect(process.journal.types()).toEqual(["opened", "action-began a", "stopped a"]);
    const resumed = await carried([step], { journal: process.journal.reopened() });
    expect(resumed.outcome.ending).toBe("finished");
    expect(world.created).toBe(1);
  });

  it("before the first step touches nothing", async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const step = fake({ id: "a", look: () => Promise.reject(new Error("must not look")) });
    expect((await carried([step], { signal: interrupt.signal })).outcome.ending).toBe(
      "interrupted",
    );
  });

  it("at a gate is an interrupt, not an answer", async () => {
    const interrupt = new AbortController();
    const { outcome, journal } = await carried([gate()], {
      signal: interrupt.signal,
      approve: () => {
        interrupt.abort();
        return Promise.resolve({ who: "anna", how: "terminal" });
      },
    });
    expect(outcome.ending).toBe("interrupted");
    expect(journal.types()).not.toContain("approved gate");
  });
});

describe("a gate", () => {
  it("stops the run without a yes, and lets it on with one that is journaled", async () => {
    const after = off();
    const steps = [gate(), switched("after", after)];
    const asked: string[] = [];
    const first = await carried(steps, {
      approve: (step, question) => {
        asked.push(`${step}: ${question}`);
        return Promise.resolve(undefined);
      },
    });
    expect(first.outcome.ending).toBe("at-gate");
    expect(asked).toEqual(["gate: Go on?"]);
    expect(told(first).remedy).toBe("opensauced-migrate run --resume --approve gate");
    expect(after.on).toBe(false);
    const second = await carried(steps, {
      journal: first.journal.reopened(),
      approve: () => Promise.resolve({ who: "anna", how: "--approve" }),
    });
    expect(second.outcome.ending).toBe("finished");
    expect(second.journal.entries).toContainEqual(
      expect.objectContaining({ type: "approved", step: "gate", who: "anna", how: "--approve" }),
    );
    const third = await carried(steps, { journal: second.journal.reopened() });
    expect(third.outcome.ending).toBe("finished");
    expect(third.events.map((event) => event.type)).toContain("step-kept");
  });

  it("asks again after what stood before it was undone", async () => {
    const frozen = off();
    let yes = 0;
    const steps = [switched("frozen", frozen, { undoneOnStop: true }), gate(), blocked()];
    const approve = () => Promise.resolve({ who: `anna ${++yes}`, how: "terminal" });
    const first = await carried(steps, { approve });
    expect(yes).toBe(1);
    const second = await carried(steps, { journal: first.journal.reopened(), approve });
    expect(second.outcome.ending).toBe("blocked");
    expect(yes).toBe(2);
  });
});

describe("--until", () => {
  it("stops after the step, satisfied, and a resume goes on behind it", async () => {
    const [a, b] = [off(), off()];
    const steps = [switched("a", a), switched("b", b)];
    const first = await carried(steps, { until: "a" });
    expect(first.outcome.ending).toBe("until");
    expect([a.on, b.on]).toEqual([true, false]);
    const second = await carried(steps, { journal: first.journal.reopened() });
    expect(second.outcome.ending).toBe("finished");
    expect(a.effects).toEqual(["turn-on a"]);
  });

  it("leaves a freeze that it was asked to stop after, and says so", async () => {
    const frozen = off();
    const steps = [switched("frozen", frozen, { undoneOnStop: true }), switched("b", off())];
    const process = await carried(steps, { until: "frozen" });
    expect(frozen.on).toBe(true);
    expect(told(process)).toMatchObject({
      meaning: "Step frozen stands: the source is FROZEN and applications cannot write.",
      remedy: expect.stringContaining("opensauced-migrate undo"),
    });
  });

  it("is finished when it is the last step", async () => {
    expect((await carried([switched("a", off())], { until: "a" })).outcome.ending).toBe("finished");
  });

  it("refuses a step that the plan does not have, before anything is looked at", async () => {
    const a = off();
    const run = carried([switched("a", a)], { until: "typo" });
    await expect(run).rejects.toThrow(UsageError);
    expect(a.effects).toEqual([]);
  });
});
