import { describe, expect, it } from "vitest";
import { ActionError, ProviderError } from "../../src/core/errors.ts";
import { action, carried, fake, satisfied, told, unmet } from "../support/fake-steps.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const provider = (retryable: boolean, message = "503 from Azure") =>
  new ProviderError({ message, system: "Azure", call: "GET /", retryable });

describe("an action that fails", () => {
  function flaky(failures: number, error: Error, effectFirst = false) {
    const clock = new VirtualClock();
    const world = { done: false, applies: 0 };
    const step = fake({
      id: "a",
      look: () => (world.done ? satisfied() : unmet(action("create"))),
      apply: () => {
        world.applies++;
        if (effectFirst) world.done = true;
        if (world.applies <= failures) throw error;
        world.done = true;
      },
    });
    return { clock, world, run: () => carried([step], { clock }) };
  }

  it("is looked at again and repeated while the reason passes", async () => {
    const { world, run } = flaky(6, provider(true));
    const { outcome, journal } = await run();
    expect(outcome.ending).toBe("finished");
    expect(world.applies).toBe(7);
    expect(journal.types().filter((type) => type === "action-failed a").length).toBe(6);
  });

  it("is not repeated when its effect took place although the call failed", async () => {
    const { world, run } = flaky(1, provider(true), true);
    expect((await run()).outcome.ending).toBe("finished");
    expect(world.applies).toBe(1);
  });

  it("fails once patience is over", async () => {
    const { clock, run } = flaky(Infinity, provider(true));
    const process = await run();
    expect(process.outcome.ending).toBe("failed");
    expect(told(process).message).toBe("503 from Azure");
    expect(clock.elapsed()).toBeGreaterThanOrEqual(120_000);
    expect(clock.elapsed()).toBeLessThan(140_000);
  });

  it.each([provider(false), new ActionError({ message: "refused" })])(
    "fails at once for a reason that does not pass: $message",
    async (error) => {
      const { world, run } = flaky(Infinity, error);
      const { outcome, journal } = await run();
      expect(outcome.ending).toBe("failed");
      expect(world.applies).toBe(1);
      expect(journal.types()).toEqual(["opened", "action-began a", "action-failed a", "stopped a"]);
    },
  );

  it("stops when three times brought nothing about", async () => {
    let applies = 0;
    const step = fake({ id: "a", look: () => unmet(action("set")), apply: () => void applies++ });
    const process = await carried([step]);
    expect(process.outcome.ending).toBe("failed");
    expect(applies).toBe(3);
    expect(told(process).message).toBe('"Do set" was done 3 times and step a still wants it done.');
  });

  it("is told to end when the deadline passes, and its outcome is called unknown", async () => {
    const clock = new VirtualClock();
    const step = fake({
      id: "a",
      deadlineMs: 9000,
      look: () => unmet(action("hang")),
      apply: (_action, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    });
    const process = await carried([step], { clock });
    expect(process.outcome.ending).toBe("failed");
    expect(told(process)).toMatchObject({
      message: '"Do hang" was not done when the deadline of step a (9.0 s) passed.',
      meaning: expect.stringContaining("Whether it took effect is not known"),
    });
    expect(clock.elapsed()).toBe(9000);
  });

  it("is shown while it goes on, and its notes reach later looks", async () => {
    const seen: unknown[] = [];
    const step = fake({
      id: "a",
      look: ({ notes }) => {
        seen.push(notes.map(({ name, value }) => [name, value]));
        return notes.length > 0 ? satisfied() : unmet(action("go"));
      },
      apply: async (_action, context) => {
        context.report({ done: 1, total: 2, unit: "tables" }, "copying");
        await context.note("lsn", "0/1");
      },
    });
    const { events } = await carried([step]);
    expect(seen).toEqual([[], [["lsn", "0/1"]]]);
    expect(events).toContainEqual({
      type: "progress",
      step: "a",
      progress: { done: 1, total: 2, unit: "tables" },
      reason: "copying",
    });
  });
});
