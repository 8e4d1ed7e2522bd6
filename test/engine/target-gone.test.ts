/** A resumed run whose target is gone, or another: nothing is done there, and the source is thawed. */
import { describe, expect, it } from "vitest";
import { ProviderError, UsageError } from "../../src/core/errors.ts";
import { carried, off, switched, told } from "../support/fake-steps.ts";

const unreachable = new ProviderError({
  message: "no answer from the target",
  system: "PostgreSQL target",
  call: "connect",
  retryable: true,
});
const other = new UsageError({ message: "the target is another server" });

async function frozenRun() {
  const [prepared, frozen] = [off(), off()];
  const steps = [
    switched("prepared", prepared),
    switched("frozen", frozen, { undoneOnStop: true }),
    switched("later", off()),
  ];
  const first = await carried(steps, { until: "frozen" });
  expect(frozen.on).toBe(true);
  const effects = prepared.effects.length;
  return { steps, frozen, prepared, effects, journal: first.journal.reopened() };
}

describe.each([
  ["resume", false],
  ["undo", true],
])("%s", (_, backwards) => {
  it("thaws a source that a crash left frozen, and touches nothing else", async () => {
    const { steps, frozen, prepared, effects, journal } = await frozenRun();
    const confirmTarget = () => Promise.reject(unreachable);
    const process = await carried(steps, { journal, backwards, confirmTarget });
    expect([frozen.on, prepared.effects.length]).toEqual([false, effects]);
    expect(process.outcome.ending).toBe("failed");
    expect(told(process)).toMatchObject({
      message: "no answer from the target",
      meaning: expect.stringContaining("The freeze was undone: the source is writable again."),
    });
    expect(journal.types().at(-1)).toBe("stopped");
  });

  it("says what is wrong with the servers only after that", async () => {
    const { steps, frozen, journal } = await frozenRun();
    const confirmTarget = () => Promise.reject(other);
    await expect(carried(steps, { journal, backwards, confirmTarget })).rejects.toBe(other);
    expect(frozen.on).toBe(false);
  });

  it("goes on with a target that is confirmed", async () => {
    const { steps, journal } = await frozenRun();
    const confirmTarget = () => Promise.resolve();
    const { outcome } = await carried(steps, { journal, backwards, confirmTarget });
    expect(outcome.ending).toBe(backwards ? "undone" : "finished");
  });
});

it("tells loudly when the thaw fails as well", async () => {
  const { steps, journal } = await frozenRun();
  const stuck = switched("frozen", off(), {
    undoneOnStop: true,
    lookUndo: () => Promise.reject(unreachable),
  });
  const process = await carried([steps[0] as never, stuck], {
    journal,
    backwards: true,
    confirmTarget: () => Promise.reject(unreachable),
  });
  expect(told(process).meaning).toContain("THE SOURCE MAY STILL BE FROZEN");
});
