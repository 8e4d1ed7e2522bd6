/** What a long look has found so far: kept for the next process, and by nobody who has been told to end. */
import { expect, it } from "vitest";
import type { StepContext } from "../../src/core/step.ts";
import { carried, fake, satisfied } from "../support/fake-steps.ts";
import { MemoryJournal } from "../support/memory-journal.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const found = (context: StepContext) =>
  context.notes.filter(({ name }) => name === "found").map(({ value }) => value);

it("is there for the next process, and voids no proof", async () => {
  let looks = 0;
  const steps = [
    fake({ id: "proven", proof: "moment", look: () => satisfied(`look ${++looks}`) }),
    fake({
      id: "long",
      look: async (context) => {
        const known = found(context).length;
        for (let part = known; part < 3; part++) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          await context.remember("found", part);
        }
        return satisfied(`${known} were known`);
      },
    }),
  ];
  const opened = MemoryJournal.begun(["proven", "long"]);
  // `satisfied proven`, and two parts; the third is never written.
  const journal = opened.reopened({ append: 4, when: "before" });
  void carried(steps, { journal });
  await journal.died;
  const { outcome, journal: after } = await carried(steps, { journal: journal.reopened() });
  expect(outcome.ending).toBe("finished");
  expect(looks).toBe(1);
  expect(after.types()).toEqual([
    "opened",
    "satisfied proven",
    "note long",
    "note long",
    "note long",
    "satisfied long",
    "finished",
  ]);
  expect(after.entries.findLast(({ type }) => type === "satisfied")).toMatchObject({
    because: "2 were known",
  });
});

/** Looks until it is told to end, and only then has found something. */
const late = (ended: (remembered: Promise<void>) => void) =>
  fake({
    id: "late",
    deadlineMs: 45_000,
    look: (context) =>
      new Promise((_resolve, reject) => {
        context.signal.addEventListener("abort", () => {
          ended(context.remember("found", "too late"));
          reject(new Error("told to end"));
        });
      }),
  });

it("is nothing any more once the look came to its deadline, or was told to end", async () => {
  const ended: Promise<void>[] = [];
  const step = late((remembered) => ended.push(remembered));
  const overdue = await carried([step], { clock: new VirtualClock() });
  expect(overdue.outcome.ending).toBe("could-not-check");
  const stop = new AbortController();
  const stopped = await carried([step], {
    signal: stop.signal,
    watch: ({ type }) => type === "step-entered" && setImmediate(() => stop.abort()),
  });
  expect(stopped.outcome.ending).toBe("interrupted");
  await Promise.all(ended);
  expect(ended).toHaveLength(2);
  for (const { journal } of [overdue, stopped]) expect(journal.types()).not.toContain("note late");
});

it("is nothing any more once the look has ended", async () => {
  let looked: StepContext | undefined;
  const step = fake({
    id: "ended",
    look: (context) => {
      looked = context;
      return satisfied();
    },
  });
  const { journal } = await carried([step]);
  expect(looked).toBeDefined();
  await looked?.remember("found", "afterwards");
  expect(journal.types()).not.toContain("note ended");
});
