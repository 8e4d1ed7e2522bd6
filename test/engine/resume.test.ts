import { describe, expect, it } from "vitest";
import { carry } from "../../src/engine/index.ts";
import { fold } from "../../src/core/journal/checkpoint.ts";
import { fakeMigration, migrationIds, migrationSteps } from "../support/fake-migration.ts";
import type { FakeMigration } from "../support/fake-migration.ts";
import { carried, fake, satisfied, switched } from "../support/fake-steps.ts";
import { MemoryJournal, type Death } from "../support/memory-journal.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const yes = () => Promise.resolve({ who: "anna", how: "terminal" });

/** One process; what it leaves when it is killed is the world and the journal. */
async function livesUntil(migration: FakeMigration, journal: MemoryJournal): Promise<string> {
  const run = carry(
    { journal, clock: new VirtualClock(), approve: yes, emit: () => undefined },
    { steps: migrationSteps(migration), signal: new AbortController().signal },
  );
  return Promise.race([run.then(({ ending }) => ending), journal.died.then(() => "died")]);
}

const onceEach = [
  "set-parameter",
  "create-migration",
  "refuse-writes",
  "end-sessions",
  "trigger-cutover",
  "repoint",
];

async function undisturbed(): Promise<{ migration: FakeMigration; journal: MemoryJournal }> {
  const migration = fakeMigration();
  const journal = MemoryJournal.begun(migrationIds);
  expect(await livesUntil(migration, journal)).toBe("finished");
  return { migration, journal };
}

describe("killed at every journal append, and resumed", () => {
  it("has enough of them to be worth it", async () => {
    const { migration, journal } = await undisturbed();
    expect(migration.effects).toEqual(onceEach);
    expect(migration.wrongs).toEqual([]);
    expect(journal.appends).toBeGreaterThanOrEqual(28);
  });

  // `before` the entry that ends an action is between its effect and the journal.
  it.each(["before", "after"] as const)(
    "%s the entry: the same end, each effect once",
    async (when) => {
      const clean = await undisturbed();
      for (let append = 1; append <= clean.journal.appends; append++) {
        const migration = fakeMigration();
        const journal = MemoryJournal.begun(migrationIds).reopened({ append, when });
        expect(await livesUntil(migration, journal)).toBe("died");
        const again = journal.reopened();
        const where = `append ${append}, ${journal.types().at(-1)}`;
        expect([where, await livesUntil(migration, again)]).toEqual([where, "finished"]);
        expect([where, migration.effects]).toEqual([where, onceEach]);
        expect([where, migration.wrongs]).toEqual([where, []]);
        const { comparedWhileFrozen, healthyLooks, ...world } = migration.world;
        expect(world).toMatchObject({
          parameter: "on",
          copy: "cut over",
          config: "target",
          readOnly: true,
        });
        expect([comparedWhileFrozen > 0, healthyLooks > 0]).toEqual([true, true]);
        const checkpoint = fold(again.entries);
        expect([where, checkpoint?.end, checkpoint?.inDoubt]).toEqual([
          where,
          "finished",
          undefined,
        ]);
      }
    },
  );

  it("twice in a row, at every pair of places", async () => {
    const clean = await undisturbed();
    for (let first = 1; first <= clean.journal.appends; first += 2) {
      for (let second = 1; second <= 12; second++) {
        const migration = fakeMigration();
        const one = MemoryJournal.begun(migrationIds).reopened({ append: first, when: "before" });
        expect(await livesUntil(migration, one)).toBe("died");
        const two = one.reopened({ append: second, when: "after" });
        const ended = await livesUntil(migration, two);
        if (ended === "died") expect(await livesUntil(migration, two.reopened())).toBe("finished");
        expect([first, second, migration.effects]).toEqual([first, second, onceEach]);
        expect(migration.wrongs).toEqual([]);
      }
    }
  });
});

describe("killed while a stop is made safe", () => {
  it("ends thawed all the same, wherever it was killed", async () => {
    const failing = (migration: FakeMigration) => {
      const steps = migrationSteps(migration);
      const at = steps.findIndex((step) => step.id === "cutover-complete");
      steps[at] = fake({
        id: "cutover-complete",
        look: () => ({
          is: "blocked",
          findings: [{ code: "x", severity: "blocks", message: "no" }],
        }),
      });
      return steps;
    };
    const lives = (migration: FakeMigration, journal: MemoryJournal) =>
      Promise.race([
        carried(failing(migration), { journal, approve: yes }).then(
          ({ outcome }) => outcome.ending,
        ),
        journal.died.then(() => "died"),
      ]);
    const clean = MemoryJournal.begun(migrationIds);
    expect(await lives(fakeMigration(), clean)).toBe("blocked");
    const undoes = clean.types().lastIndexOf("action-began source-frozen");
    expect(clean.types().indexOf("satisfied data-equal")).toBeLessThan(undoes);
    for (let append = undoes - 3; append <= clean.appends; append++) {
      for (const when of ["before", "after"] as const) {
        const migration = fakeMigration();
        const death: Death = { append, when };
        const journal = MemoryJournal.begun(migrationIds).reopened(death);
        expect(await lives(migration, journal)).toBe("died");
        const again = journal.reopened();
        expect(await lives(migration, again)).toBe("blocked");
        expect([append, when, migration.world.readOnly]).toEqual([append, when, false]);
        expect(fold(again.entries)?.changed).not.toContain("source-frozen");
        expect(migration.wrongs).toEqual([]);
      }
    }
  });
});

describe("proofs on resume", () => {
  it("looks at standing ones anew, and keeps those of a moment", async () => {
    const looks = { standing: 0, moment: 0 };
    const steps = [
      fake({ id: "standing", look: () => (looks.standing++, satisfied()) }),
      fake({
        id: "moment",
        proof: "moment",
        look: () => (looks.moment++, satisfied("counted 7 rows")),
      }),
      fake({ id: "more", look: () => satisfied() }),
    ];
    const first = await carried(steps, { until: "moment" });
    const second = await carried(steps, { journal: first.journal.reopened() });
    expect(looks).toEqual({ standing: 2, moment: 1 });
    expect(second.events).toContainEqual({
      type: "step-kept",
      step: "moment",
      at: "2026-01-01T00:00:00.000Z",
      because: "counted 7 rows",
    });
  });

  it("forgets those that stood behind what was undone", async () => {
    const frozen = { on: false, effects: [] };
    const looks = { early: 0, late: 0 };
    let blocks = true;
    const steps = [
      fake({ id: "early", proof: "moment", look: () => (looks.early++, satisfied()) }),
      switched("frozen", frozen, { undoneOnStop: true }),
      fake({ id: "late", proof: "moment", look: () => (looks.late++, satisfied()) }),
      fake({
        id: "last",
        look: () =>
          blocks
            ? { is: "blocked", findings: [{ code: "x", severity: "blocks", message: "no" }] }
            : satisfied(),
      }),
    ];
    const first = await carried(steps);
    expect(first.outcome.ending).toBe("blocked");
    blocks = false;
    await carried(steps, { journal: first.journal.reopened() });
    expect(looks).toEqual({ early: 1, late: 2 });
  });

  it("does not trust a comparison from before the source was thawed by hand", async () => {
    const frozen = { on: false, effects: [] };
    let compared = 0;
    const steps = [
      switched("frozen", frozen, { undoneOnStop: true }),
      fake({ id: "equal", proof: "moment", look: () => (compared++, satisfied()) }),
      fake({ id: "last", look: () => satisfied() }),
    ];
    const first = await carried(steps, { until: "equal" });
    frozen.on = false;
    await carried(steps, { journal: first.journal.reopened(), until: "equal" });
    expect(compared).toBe(2);
  });

  it("makes nothing ready again that is in use by now, and does before", async () => {
    const copy = { on: false, effects: [] };
    const cut = { on: false, effects: [] };
    const steps = [
      switched("copy", copy, { proof: "until-crossing" }),
      switched("cut", cut, { crosses: true }),
      fake({ id: "last", look: () => satisfied() }),
    ];
    const first = await carried(steps, { until: "copy" });
    copy.on = false;
    const second = await carried(steps, { journal: first.journal.reopened(), until: "cut" });
    expect(copy.effects).toEqual(["turn-on copy", "turn-on copy"]);
    copy.on = false;
    await carried(steps, { journal: second.journal.reopened() });
    expect(copy.effects).toEqual(["turn-on copy", "turn-on copy"]);
  });

  it("asks no comparison again once the target may have taken writes", async () => {
    const [early, cut] = [
      { on: false, effects: [] },
      { on: false, effects: [] },
    ];
    let compared = 0;
    let late = 0;
    const steps = [
      switched("early", early),
      fake({ id: "equal", proof: "moment", look: () => (compared++, satisfied()) }),
      switched("cut", cut, { crosses: true }),
      fake({ id: "counted", proof: "moment", look: () => (late++, satisfied()) }),
      fake({ id: "last", look: () => satisfied() }),
    ];
    const first = await carried(steps, { until: "counted" });
    early.on = false;
    const second = await carried(steps, { journal: first.journal.reopened() });
    expect(second.outcome.ending).toBe("finished");
    expect(early.effects).toEqual(["turn-on early", "turn-on early"]);
    expect([compared, late]).toEqual([1, 2]);
  });

  it("gives a step the places among its notes at which the run stopped in it", async () => {
    const stops: (readonly number[])[] = [];
    const step = fake({
      id: "a",
      look: (context) => {
        stops.push(context.stops);
        return { is: "blocked", findings: [{ code: "x", severity: "blocks", message: "no" }] };
      },
    });
    const first = await carried([step]);
    await carried([step], { journal: first.journal.reopened() });
    expect(stops.map((each) => each.length)).toEqual([0, 1]);
  });
});
