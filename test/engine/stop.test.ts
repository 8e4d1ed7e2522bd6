import { describe, expect, it } from "vitest";
import { ActionError } from "../../src/core/errors.ts";
import {
  action,
  blocked,
  carried,
  fake,
  off,
  switched,
  told,
  unmet,
} from "../support/fake-steps.ts";
import { MemoryJournal } from "../support/memory-journal.ts";

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

  it("journals what stood in the way, for whoever asks later", async () => {
    const process = await carried([blocked()]);
    expect(process.journal.entries.at(-1)).toMatchObject({
      type: "stopped",
      remedy: "opensauced-migrate run --resume",
      findings: [{ code: "x", severity: "blocks", message: "no" }],
    });
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

  it("is passed by finding that applications were led to the target by somebody else", async () => {
    const frozen = off();
    const steps = [
      switched("frozen", frozen, { undoneOnStop: true }),
      fake({
        id: "repointed",
        look: () => ({ is: "satisfied", because: "so it is", pastPointOfNoReturn: true }),
      }),
      blocked(),
    ];
    const process = await carried(steps);
    expect(process.journal.types()).toContain("point-of-no-return repointed");
    expect(frozen.on).toBe(true);
    const undone = await carried(steps, { journal: process.journal.reopened(), backwards: true });
    expect(undone.outcome.ending).toBe("blocked");
    expect(frozen.on).toBe(true);
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
