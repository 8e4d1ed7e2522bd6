import { describe, expect, it } from "vitest";
import { ProviderError, UnreadableError, UsageError } from "../../src/core/errors.ts";
import { action, carried, fake, satisfied, told, unmet, waiting } from "../support/fake-steps.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const provider = (retryable: boolean, message = "503 from Azure") =>
  new ProviderError({ message, system: "Azure", call: "GET /", retryable });

describe("verdicts", () => {
  it("goes on at satisfied, with the facts and warnings of the look", async () => {
    const warning = { code: "w", severity: "warns", message: "mind this" } as const;
    const step = fake({
      id: "a",
      look: () => ({ is: "satisfied", because: "seen", warnings: [warning], facts: { rows: 7 } }),
    });
    const { outcome, events, journal } = await carried([step]);
    expect(outcome).toEqual({ ending: "finished", stop: undefined });
    expect(journal.types()).toEqual(["opened", "satisfied a", "finished"]);
    expect(events.map((event) => event.type)).toEqual([
      "step-entered",
      "looked",
      "warned",
      "step-satisfied",
      "run-stopped",
    ]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "step-satisfied", facts: { rows: 7 } }),
    );
  });

  it("stops at findings, and tells all of them", async () => {
    const findings = [
      { code: "a", severity: "blocks", message: "one" },
      { code: "b", severity: "unknown", message: "two" },
      { code: "c", severity: "warns", message: "three" },
    ] as const;
    const never = fake({ id: "b", look: () => Promise.reject(new Error("must not be reached")) });
    const process = await carried([
      fake({ id: "a", look: () => ({ is: "blocked", findings }) }),
      never,
    ]);
    expect(process.outcome.ending).toBe("blocked");
    expect(told(process)).toMatchObject({
      findings,
      step: "a",
      message: expect.stringContaining("2 findings"),
    });
    expect(process.journal.types()).toEqual(["opened", "stopped a"]);
  });

  it("looks again although the look that failed took longer than patience lasts", async () => {
    const clock = new VirtualClock();
    let looks = 0;
    const step = fake({
      id: "a",
      look: async () => {
        looks++;
        await clock.sleep(3_600_000, new AbortController().signal);
        if (looks === 1) throw provider(true);
        return { is: "satisfied", because: "seen" };
      },
      deadlineMs: 4 * 3_600_000,
    });
    expect((await carried([step], { clock })).outcome.ending).toBe("finished");
    expect(looks).toBe(2);
  });

  it("keeps could-not-check apart from blocked", async () => {
    const findings = [{ code: "a", severity: "unknown", message: "lag unknown" }] as const;
    const { outcome } = await carried([
      fake({ id: "a", look: () => ({ is: "blocked", findings }) }),
    ]);
    expect(outcome.ending).toBe("could-not-check");
  });

  describe("that could not be had for a reason that passes", () => {
    const passing = {
      code: "a",
      severity: "unknown",
      message: "Azure says 429.",
      passes: true,
    } as const;

    it("are asked for again, and counted on once they are there", async () => {
      const clock = new VirtualClock();
      const step = fake({
        id: "a",
        look: () =>
          clock.elapsed() < 60_000 ? { is: "blocked", findings: [passing] } : satisfied(),
      });
      const { outcome, events } = await carried([step], { clock });
      expect(outcome.ending).toBe("finished");
      const wait = events.find((event) => event.type === "waiting");
      expect(wait?.reason).toBe("could not check, trying again for 2m 0s: Azure says 429.");
    });

    it("are given up after two minutes, with the findings", async () => {
      const clock = new VirtualClock();
      const step = fake({ id: "a", look: () => ({ is: "blocked", findings: [passing] }) });
      const process = await carried([step], { clock });
      expect(process.outcome.ending).toBe("could-not-check");
      expect(told(process).findings).toEqual([passing]);
      expect(clock.elapsed()).toBe(120_000);
    });

    it.each([
      ["blocks", "blocked"],
      ["unknown", "could-not-check"],
    ] as const)("do not delay what %s", async (severity, ending) => {
      const clock = new VirtualClock();
      const findings = [passing, { code: "b", severity, message: "two" }] as const;
      const step = fake({ id: "a", look: () => ({ is: "blocked", findings }) });
      expect((await carried([step], { clock })).outcome.ending).toBe(ending);
      expect(clock.elapsed()).toBe(0);
    });
  });

  it("applies only the first action before it looks again", async () => {
    const todo = ["x", "y", "z"];
    const step = fake({
      id: "a",
      look: () => {
        const [first, ...rest] = todo.map((id) => action(id));
        return first === undefined ? satisfied() : unmet(first, ...rest);
      },
      apply: ({ id }) => {
        expect(id).toBe(todo.shift());
      },
    });
    const { journal, events } = await carried([step]);
    expect(todo).toEqual([]);
    expect(events.filter((event) => event.type === "looked").length).toBe(4);
    expect(journal.types().filter((type) => type.startsWith("action"))).toEqual([
      "action-began a",
      "action-ended a",
      "action-began a",
      "action-ended a",
      "action-began a",
      "action-ended a",
    ]);
  });
});

describe("waiting", () => {
  it("says why, keeps the step's rhythm, and ends as soon as it is over", async () => {
    const clock = new VirtualClock();
    const step = fake({
      id: "a",
      look: () => (clock.elapsed() >= 10_000 ? satisfied() : waiting("copying", 2500)),
    });
    const { events } = await carried([step], { clock });
    const waits = events.filter((event) => event.type === "waiting");
    expect(waits.map((event) => [event.reason, event.deadlineInMs])).toEqual([
      ["copying", 600_000],
      ["copying", 597_500],
      ["copying", 595_000],
      ["copying", 592_500],
    ]);
    expect(clock.elapsed()).toBe(10_000);
  });

  it("fails at the deadline with what was last seen, after one last look", async () => {
    const clock = new VirtualClock();
    const looks: number[] = [];
    const step = fake({
      id: "a",
      deadlineMs: 1700,
      look: () => {
        looks.push(clock.elapsed());
        return waiting("lag 12 MB");
      },
    });
    const process = await carried([step], { clock });
    expect(process.outcome.ending).toBe("failed");
    expect(told(process).message).toBe(
      "Step a was not satisfied within 1.7 s. Last seen: lag 12 MB.",
    );
    expect(looks).toEqual([0, 1000, 1700]);
  });

  it("is satisfied when the last look, at the deadline, says so", async () => {
    const clock = new VirtualClock();
    const step = fake({
      id: "a",
      deadlineMs: 1700,
      look: () => (clock.elapsed() >= 1700 ? satisfied() : waiting("soon")),
    });
    expect((await carried([step], { clock })).outcome.ending).toBe("finished");
  });

  it("never looks without a pause, however hurried the step", async () => {
    const clock = new VirtualClock();
    let looks = 0;
    const step = fake({ id: "a", deadlineMs: 1000, look: () => (looks++, waiting("now", 0)) });
    await carried([step], { clock });
    expect(looks).toBeLessThanOrEqual(101);
  });

  it("does not count against the deadline the time until a moment that was known before", async () => {
    const clock = new VirtualClock();
    const until = new Date(clock.now().getTime() + 1_800_000).toISOString();
    const step = fake({
      id: "a",
      deadlineMs: 1000,
      look: ({ now }) =>
        now < new Date(until)
          ? { is: "waiting", for: "world", reason: "a cache", lookAgainInMs: 5000, until }
          : waiting("the world", 400),
    });
    const process = await carried([step], { clock });
    expect(process.outcome.ending).toBe("failed");
    expect(told(process).message).toContain("Last seen: the world");
    expect(clock.elapsed()).toBe(1_801_000);
    const wait = process.events.find((event) => event.type === "waiting");
    expect(wait?.deadlineInMs).toBe(1_801_000);
  });

  it("waits for such a moment no longer than it seemed, when the clock is set back meanwhile", async () => {
    const clock = new VirtualClock();
    const until = new Date(clock.now().getTime() + 60_000).toISOString();
    const look = () =>
      ({ is: "waiting", for: "world", reason: "a cache", lookAgainInMs: 5000, until }) as const;
    const realNow = clock.now.bind(clock);
    clock.now = () => new Date(realNow().getTime() - (clock.elapsed() > 20_000 ? 86_400_000 : 0));
    const process = await carried([fake({ id: "a", deadlineMs: 1000, look })], { clock });
    expect(process.outcome.ending).toBe("failed");
    expect(clock.elapsed()).toBe(61_000);
  });

  it("begins no action after the deadline", async () => {
    const clock = new VirtualClock();
    const step = fake({
      id: "a",
      deadlineMs: 500,
      look: () => (clock.elapsed() < 500 ? waiting("soon") : unmet(action("late"))),
      apply: () => Promise.reject(new Error("must not be applied")),
    });
    const { outcome, journal } = await carried([step], { clock });
    expect(outcome.ending).toBe("failed");
    expect(journal.types()).toEqual(["opened", "stopped a"]);
  });
});

describe("a look that fails", () => {
  it("is tried again while the reason passes, and forgotten once it has", async () => {
    const clock = new VirtualClock();
    const step = fake({
      id: "a",
      look: () => {
        if (clock.elapsed() < 60_000) throw provider(true);
        return satisfied();
      },
    });
    const { outcome, events } = await carried([step], { clock });
    expect(outcome.ending).toBe("finished");
    const wait = events.find((event) => event.type === "waiting");
    expect(wait?.reason).toBe("could not look, trying again for 2m 0s: 503 from Azure");
    expect(clock.elapsed()).toBeGreaterThanOrEqual(60_000);
  });

  it.each([
    ["for a passing reason that stays", provider(true), 120_000],
    [
      "because what came back was not understood",
      new UnreadableError({ message: "what?" }),
      120_000,
    ],
    ["for a reason that does not pass", provider(false), 0],
  ])("is could-not-check %s", async (_name, error, after) => {
    const clock = new VirtualClock();
    const { outcome } = await carried([fake({ id: "a", look: () => Promise.reject(error) })], {
      clock,
    });
    expect(outcome.ending).toBe("could-not-check");
    expect(outcome.stop?.message).toBe(error.message);
    expect(clock.elapsed()).toBe(after);
  });

  it("is could-not-check at the step's deadline too, not a failure of the world", async () => {
    const clock = new VirtualClock();
    const step = fake({ id: "a", deadlineMs: 5000, look: () => Promise.reject(provider(true)) });
    expect((await carried([step], { clock })).outcome.ending).toBe("could-not-check");
    expect(clock.elapsed()).toBe(5000);
  });

  it("is told to end when it hangs", async () => {
    const clock = new VirtualClock();
    const step = fake({
      id: "a",
      deadlineMs: 45_000,
      look: ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    });
    const process = await carried([step], { clock });
    expect(process.outcome.ending).toBe("could-not-check");
    expect(told(process).message).toContain("had not ended when its deadline (45.0 s) passed");
    expect(clock.elapsed()).toBe(45_000);
  });

  it("throws a bug on, after saying that the run stopped, and without its words", async () => {
    const bug = new TypeError("password hunter2 is not a function");
    const events: string[] = [];
    const run = carried([fake({ id: "a", look: () => Promise.reject(bug) })], {
      watch: (event) => events.push(JSON.stringify(event)),
    });
    await expect(run).rejects.toBe(bug);
    expect(events.at(-1)).toContain("The tool met an error of its own in step a.");
    expect(events.join()).not.toContain("hunter2");
  });

  it("throws wrong usage on", async () => {
    const usage = new UsageError({ message: "no such env" });
    await expect(carried([fake({ id: "a", look: () => Promise.reject(usage) })])).rejects.toBe(
      usage,
    );
  });
});

it("goes on when a listener fails", async () => {
  const { outcome } = await carried([fake({ id: "a", look: () => satisfied() })], {
    watch: () => {
      throw new Error("EPIPE");
    },
  });
  expect(outcome.ending).toBe("finished");
});
