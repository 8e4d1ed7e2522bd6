import { expect, it } from "vitest";
import { ActionError } from "../../src/core/errors.ts";
import { fold } from "../../src/core/journal/checkpoint.ts";
import { off, carried, fake, satisfied, switched, told } from "../support/fake-steps.ts";
import type { Switch } from "../support/fake-steps.ts";
import type { MemoryJournal } from "../support/memory-journal.ts";

function undo(steps: Parameters<typeof carried>[0], journal: MemoryJournal, signal?: AbortSignal) {
  const more = signal === undefined ? {} : { signal };
  return carried(steps, { journal: journal.reopened(), backwards: true, ...more });
}

it("undoes what the run changed, last first, and nothing else", async () => {
  const effects: string[] = [];
  const before: Switch = { on: true, effects };
  const a: Switch = { on: false, effects };
  const b: Switch = { on: false, effects };
  const steps = [
    switched("before", before),
    switched("a", a),
    switched("b", b),
    switched("c", off()),
  ];
  const { journal } = await carried(steps, { until: "b" });
  const process = await undo(steps, journal);
  expect(process.outcome.ending).toBe("undone");
  expect(effects).toEqual(["turn-on a", "turn-on b", "turn-off b", "turn-off a"]);
  expect(before.on).toBe(true);
  expect(told(process).meaning).toBe("The source is writable and holds all data.");
  const checkpoint = fold(process.journal.entries);
  expect([checkpoint?.end, checkpoint?.changed]).toEqual(["withdrawn", []]);
});

it("refuses to cross the point of no return, and touches nothing", async () => {
  const a = off();
  const steps = [switched("a", a), switched("cut", off(), { crosses: true }), switched("b", off())];
  const { journal } = await carried(steps, { until: "cut" });
  const process = await undo(steps, journal);
  expect(process.outcome.ending).toBe("blocked");
  expect(a.on).toBe(true);
  expect(process.journal.entries).toEqual(journal.entries);
  expect(told(process)).toMatchObject({
    message: expect.stringContaining("point of no return in step cut"),
    meaning: expect.stringContaining("Going back would lose them"),
  });
});

it("stops at what cannot be undone, thaws all the same, and can be repeated", async () => {
  const [kept, frozen, stuck] = [off(), off(), off()];
  let broken = true;
  const steps = [
    switched("kept", kept),
    switched("frozen", frozen, { undoneOnStop: true }),
    switched("stuck", stuck, {
      lookUndo: () => {
        if (broken) throw new ActionError({ message: "403 from DigitalOcean" });
        return satisfied("gone");
      },
    }),
    switched("last", off()),
  ];
  const { journal } = await carried(steps, { until: "stuck" });
  // `until` behind the freeze leaves it standing, which is what makes this undo urgent.
  expect(frozen.on).toBe(true);
  const process = await undo(steps, journal);
  expect(process.outcome.ending).toBe("could-not-check");
  expect([kept.on, frozen.on]).toEqual([true, false]);
  expect(told(process)).toMatchObject({
    message: "403 from DigitalOcean",
    remedy: "opensauced-migrate undo",
  });
  expect(told(process).meaning ?? "").not.toContain("FROZEN");
  broken = false;
  const again = await undo(steps, process.journal);
  expect(again.outcome.ending).toBe("undone");
  expect(kept.on).toBe(false);
});

it("says that the source may be frozen when the thaw itself fails", async () => {
  const refused = new ActionError({ message: "connection refused" });
  const steps = [
    switched("frozen", off(), { undoneOnStop: true, lookUndo: () => Promise.reject(refused) }),
    fake({ id: "b", look: () => satisfied() }),
  ];
  const { journal } = await carried(steps, { until: "frozen" });
  const process = await undo(steps, journal);
  expect(told(process).meaning).toContain("THE SOURCE MAY STILL BE FROZEN");
  expect(process.journal.types().at(-1)).toBe("stopped frozen");
});

it("is interrupted without a change, and told so", async () => {
  const a = off();
  const steps = [switched("a", a), switched("b", off())];
  const { journal } = await carried(steps, { until: "a" });
  const interrupt = new AbortController();
  interrupt.abort();
  const process = await undo(steps, journal, interrupt.signal);
  expect(process.outcome.ending).toBe("interrupted");
  expect(a.on).toBe(true);
});

it("has nothing to undo in a run that changed nothing", async () => {
  const steps = [fake({ id: "a", look: () => satisfied() }), switched("b", off())];
  const { journal } = await carried(steps, { until: "a" });
  const process = await undo(steps, journal);
  expect(process.journal.types().slice(-1)).toEqual(["withdrawn"]);
});
