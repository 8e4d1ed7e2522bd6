import { describe, expect, it } from "vitest";
import {
  action,
  carried,
  fake,
  gate,
  off,
  satisfied,
  switched,
  told,
  unmet,
  waiting,
} from "../support/fake-steps.ts";

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
