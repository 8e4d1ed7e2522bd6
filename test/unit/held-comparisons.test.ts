/** Who lets go of the snapshots that a comparison left behind, and when. */
import { describe, expect, it } from "vitest";
import { HeldComparisons } from "../../src/steps/held-comparisons.ts";
import { applyFreeze } from "../../src/steps/source-frozen/apply.ts";
import type { World } from "../../src/steps/world.ts";
import type { Held } from "../../src/verification/index.ts";

function fake() {
  const told = { closed: 0, sessions: 0, limits: [] as number[] };
  const held = {
    limitTo: (ms: number) => void told.limits.push(ms),
    keep: async (sessions: number) => void (told.sessions = sessions),
    close: async () => void told.closed++,
  } as unknown as Held;
  return { held, told };
}

describe("what is held", () => {
  it("is held for a while only, by its database, and is whose who takes it", async () => {
    const all = new HeldComparisons();
    const [api, insights] = [fake(), fake()];
    all.hold("api", api.held);
    all.hold("insights", insights.held);
    expect(all.size).toBe(2);
    expect(api.told.limits).toEqual([6 * 3_600_000]);
    await all.keep("api", 1);
    expect([api.told.sessions, insights.told.sessions]).toEqual([1, 0]);
    expect(all.take("api")).toBe(api.held);
    expect(all.take("api")).toBe(undefined);
    await all.letGoOfAll();
    expect([api.told.closed, insights.told.closed]).toEqual([0, 1]);
    expect(all.size).toBe(0);
  });

  it("is closed when another one takes its place", () => {
    const all = new HeldComparisons();
    const [older, newer] = [fake(), fake()];
    all.hold("api", older.held);
    all.hold("api", newer.held);
    expect([older.told.closed, newer.told.closed]).toEqual([1, 0]);
  });

  it("is closed by a thaw, and not by a freeze", async () => {
    const all = new HeldComparisons();
    const { held, told } = fake();
    all.hold("api", held);
    // No statement is run: what is asked for is whether it is let go of before.
    const world = { held: all, source: { hold: async () => undefined } } as unknown as World;
    const apply = (id: string) =>
      applyFreeze({ id, summary: "", touches: "source", data: { databases: [] } }, world, {}, {
        signal: new AbortController().signal,
      } as never);
    await apply("end-late-sessions");
    expect(told.closed).toBe(0);
    await apply("allow-writes");
    expect(told.closed).toBe(1);
  });
});
