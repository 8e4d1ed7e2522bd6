/** Right before the outage what may cease must hold; right before the point of no return, what a stop would undo. */
import { describe, expect, it } from "vitest";
import { ProviderError } from "../../src/core/errors.ts";
import type { Step } from "../../src/core/step.ts";
import {
  action,
  carried,
  fake,
  off,
  satisfied,
  switched,
  told,
  unmet,
  waiting,
  type FakeStep,
  type Switch,
} from "../support/fake-steps.ts";

interface Scene {
  readonly frozen: Switch;
  readonly cut: Switch;
  readonly steps: readonly Step[];
  readonly compared: () => number;
}

/** A freeze, a comparison, and the action that crosses. */
function scene(freeze: Partial<FakeStep>, afterComparison?: (frozen: Switch) => void): Scene {
  const [frozen, cut] = [off(), off()];
  let compared = 0;
  const steps = [
    switched("frozen", frozen, { undoneOnStop: true, ...freeze }),
    fake({
      id: "equal",
      proof: "moment",
      look: () => {
        compared++;
        afterComparison?.(frozen);
        return satisfied();
      },
    }),
    switched("cut", cut, { crosses: true }),
    fake({ id: "last", look: () => satisfied() }),
  ];
  return { frozen, cut, steps, compared: () => compared };
}

const passing = () =>
  new ProviderError({ message: "reset", system: "x", call: "look", retryable: true });

describe("the look before the point of no return", () => {
  it("does not cross when the source was thawed meanwhile, and does not freeze it again", async () => {
    let thaw = true;
    const { frozen, cut, steps, compared } = scene({}, (state) => {
      if (thaw) state.on = false;
    });
    const process = await carried(steps);
    expect(process.outcome.ending).toBe("blocked");
    expect([frozen.on, cut.on]).toEqual([false, false]);
    expect(frozen.effects).toEqual(["turn-on frozen"]);
    expect(process.journal.types()).not.toContain("point-of-no-return cut");
    expect(told(process)).toMatchObject({
      step: "frozen",
      message: expect.stringMatching(/^Right before the point of no return: .*not yet/) as string,
      pastPointOfNoReturn: false,
    });
    thaw = false;
    const again = await carried(steps, { journal: process.journal.reopened() });
    expect(again.outcome.ending).toBe("finished");
    expect(compared()).toBe(2);
  });

  it("is the kind's own short look, once in a run, and before the journal says so", async () => {
    const seen: string[] = [];
    const { steps } = scene({ lookAgain: () => (seen.push("again"), satisfied()) });
    const process = await carried(steps, {
      watch: (event) => {
        if (event.type === "point-of-no-return") seen.push(event.type);
      },
    });
    expect(process.outcome.ending).toBe("finished");
    expect(seen).toEqual(["again", "point-of-no-return"]);
    await carried(steps, { journal: process.journal.reopened() });
    expect(seen).toHaveLength(2);
  });

  it("may end what has no bearing on a proof, waits, and crosses; the comparison stays good", async () => {
    const late = action("end-late-session", { keepsProofs: true });
    const answers = [unmet(late), waiting("a session's counters", 10), satisfied()];
    const applied: string[] = [];
    const { cut, steps, compared } = scene({
      lookAgain: () => answers.shift() ?? satisfied(),
      apply: ({ id }) => void applied.push(id),
      look: () => (applied.includes("freeze") ? satisfied() : unmet(action("freeze"))),
    });
    const process = await carried(steps, { until: "cut" });
    expect(process.outcome.ending).toBe("until");
    expect(applied).toEqual(["freeze", "end-late-session"]);
    expect(cut.on).toBe(true);
    await carried(steps, { journal: process.journal.reopened() });
    expect(compared()).toBe(1);
  });

  it.each<[string, FakeStep["lookAgain"], string]>([
    ["cannot be read", () => Promise.reject(passing()), "could-not-check"],
    ["never comes to rest", () => waiting("a session's counters", 100), "failed"],
    [
      "is blocked",
      () => ({ is: "blocked", findings: [{ code: "w", severity: "blocks", message: "written" }] }),
      "blocked",
    ],
  ])("does not cross when the freeze %s", async (_, lookAgain, ending) => {
    const { frozen, cut, steps } = scene({ lookAgain: lookAgain ?? (() => satisfied()) });
    const process = await carried(steps);
    expect(process.outcome.ending).toBe(ending);
    expect([frozen.on, cut.on]).toEqual([false, false]);
    expect(process.journal.types()).not.toContain("point-of-no-return cut");
  });

  it("survives a look that fails once", async () => {
    let failures = 1;
    const { cut, steps } = scene({
      lookAgain: () => (failures-- > 0 ? Promise.reject(passing()) : satisfied()),
    });
    expect((await carried(steps)).outcome.ending).toBe("finished");
    expect(cut.on).toBe(true);
  });
});

describe("the look before the outage", () => {
  const freeze = action("refuse-writes", { beginsOutage: true });

  /** A stream that answers so from its second look on, a gate's worth of waiting, and a freeze. */
  function streamed(later: () => ReturnType<FakeStep["look"]>) {
    const applied: string[] = [];
    let looks = 0;
    const steps = [
      fake({
        id: "streaming",
        proof: "until-crossing",
        deadlineMs: 60_000,
        mayCease: true,
        look: () => (looks++ === 0 ? satisfied() : later()),
      }),
      fake({ id: "prepared", look: () => satisfied() }),
      fake({
        id: "frozen",
        undoneOnStop: true,
        look: () => (applied.includes(freeze.id) ? satisfied() : unmet(freeze)),
        apply: ({ id }) => void applied.push(id),
      }),
    ];
    return { steps, applied, looks: () => looks };
  }

  it("waits until a stream that fell behind has caught up, and freezes then", async () => {
    const answers = [waiting("61 s behind"), waiting("12 s behind"), satisfied()];
    const scene = streamed(() => answers.shift() ?? satisfied());
    const process = await carried(scene.steps);
    expect(process.outcome.ending).toBe("finished");
    expect(scene.applied).toEqual(["refuse-writes"]);
    const types = process.events.map((event) =>
      event.type === "waiting" ? `${event.step}: ${event.reason}` : event.type,
    );
    expect(types.indexOf("streaming: 61 s behind")).toBeGreaterThan(0);
    expect(types.indexOf("streaming: 12 s behind")).toBeLessThan(types.indexOf("action-began"));
    expect(scene.looks()).toBe(4);
  });

  it.each<[string, () => ReturnType<FakeStep["look"]>, string]>([
    ["never catches up", () => waiting("61 s behind"), "failed"],
    ["has to be begun anew", () => unmet(action("retire-attempt")), "blocked"],
    [
      "has failed",
      () => ({ is: "blocked", findings: [{ code: "w", severity: "blocks", message: "failed" }] }),
      "blocked",
    ],
  ])("begins no outage when the stream %s", async (_, later, ending) => {
    const scene = streamed(later);
    const process = await carried(scene.steps);
    expect(process.outcome.ending).toBe(ending);
    expect(scene.applied).toEqual([]);
    expect(told(process)).toMatchObject({
      step: "streaming",
      message: expect.stringMatching(/^Right before the outage: /) as string,
      meaning: expect.stringContaining("The source is writable.") as string,
    });
  });
});
