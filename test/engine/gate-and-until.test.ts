import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import {
  blocked,
  carried,
  fake,
  gate,
  off,
  satisfied,
  switched,
  told,
} from "../support/fake-steps.ts";

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

describe("the yes of a gate whose allowance was undone", () => {
  const later = off();
  const yes = () => Promise.resolve({ who: "anna", how: "terminal" });

  it("counts no more, and the question says so; an earlier gate's yes still counts", async () => {
    const [copied, frozen, cut] = [off(), off(), off()];
    const voided: unknown[] = [];
    const freezeGate = fake({
      id: "freeze-now",
      proof: "moment",
      look: (context) => {
        voided.push(context.voided);
        return context.approval === undefined
          ? { is: "waiting", for: "approval", reason: "Freeze?" }
          : satisfied();
      },
    });
    const steps = [
      gate("copy-now"),
      switched("copied", copied),
      freezeGate,
      switched("frozen", frozen, { undoneOnStop: true }),
      switched("cut", cut, { undoneOnStop: true }),
      blocked(),
    ];
    const first = await carried(steps, { approve: yes });
    expect([frozen.on, cut.on]).toEqual([false, false]);
    voided.length = 0;
    const second = await carried(steps, { journal: first.journal.reopened() });
    expect(second.outcome.ending).toBe("at-gate");
    expect(told(second).step).toBe("freeze-now");
    expect(frozen.effects).toEqual(["turn-on frozen", "turn-off frozen"]);
    expect(voided).toEqual([
      expect.objectContaining({
        who: "anna",
        undone: expect.objectContaining({ step: "cut" }) as unknown,
      }),
    ]);
    const third = await carried(steps, { journal: second.journal.reopened(), approve: yes });
    expect(third.outcome.ending).toBe("blocked");
    expect(third.events).toContainEqual(
      expect.objectContaining({ type: "step-kept", step: "copy-now" }),
    );
  });

  it("stands while the freeze does", async () => {
    const frozen = off();
    const steps = [
      gate(),
      switched("frozen", frozen, { undoneOnStop: true }),
      switched("later", later),
    ];
    const first = await carried(steps, { approve: yes, until: "frozen" });
    expect(frozen.on).toBe(true);
    const second = await carried(steps, { journal: first.journal.reopened() });
    expect(second.outcome.ending).toBe("finished");
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
