/**
 * A whole migration in memory: the steps of a real plan over a world that
 * counts every effect, and whose rules catch what must never happen.
 */
import type { Action, Verdict } from "../../src/core/verdict.ts";
import { latestNote, type ActionContext, type Step } from "../../src/core/step.ts";
import { action, fake, satisfied, unmet, waiting } from "./fake-steps.ts";

export interface FakeMigration {
  readonly effects: string[];
  /** What a careless engine would have done to the data. */
  readonly wrongs: string[];
  readonly world: {
    parameter: string;
    parameterBefore: string | undefined;
    copy: "absent" | "copying" | "ready" | "cut over";
    looksAtCopy: number;
    readOnly: boolean;
    sessionsEnded: boolean;
    comparedWhileFrozen: number;
    config: string;
    healthyLooks: number;
  };
}

export function fakeMigration(): FakeMigration {
  return {
    effects: [],
    wrongs: [],
    world: {
      parameter: "off",
      parameterBefore: undefined,
      copy: "absent",
      looksAtCopy: 0,
      readOnly: false,
      sessionsEnded: false,
      comparedWhileFrozen: 0,
      config: "source",
      healthyLooks: 0,
    },
  };
}

export const migrationIds = [
  "preflight-passed",
  "target-prepared",
  "data-streaming",
  "approved",
  "source-frozen",
  "data-equal",
  "cutover-complete",
  "config-repointed",
  "service-healthy",
] as const;

/** Steps as a fresh process binds them: nothing is kept but the world. */
export function migrationSteps(migration: FakeMigration): Step[] {
  const { world } = migration;
  const effect = (applied: Action, change: () => void) => {
    migration.effects.push(applied.id);
    change();
  };
  return [
    fake({
      id: "preflight-passed",
      proof: "moment",
      look: () => (world.readOnly ? satisfied("asked again") : satisfied()),
    }),
    prepared(world, effect),
    streaming(world, effect),
    fake({
      id: "approved",
      proof: "moment",
      look: ({ approval }): Verdict =>
        approval === undefined
          ? { is: "waiting", for: "approval", reason: "Go on?" }
          : satisfied(`by ${approval.who}`),
    }),
    frozen(world, effect),
    fake({
      id: "data-equal",
      proof: "moment",
      look: () => {
        if (!world.readOnly || !world.sessionsEnded)
          migration.wrongs.push("compared while writable");
        world.comparedWhileFrozen++;
        return satisfied();
      },
    }),
    fake({
      id: "cutover-complete",
      look: () =>
        world.copy === "cut over"
          ? satisfied()
          : unmet(action("trigger-cutover", { crossesPointOfNoReturn: true })),
      apply: (applied) => {
        if (!world.readOnly) migration.wrongs.push("cut over while writable");
        if (world.comparedWhileFrozen === 0) migration.wrongs.push("cut over uncompared");
        effect(applied, () => (world.copy = "cut over"));
      },
    }),
    fake({
      id: "config-repointed",
      look: () => (world.config === "target" ? satisfied() : unmet(action("repoint"))),
      apply: async (applied, context) => {
        await context.note("config-before", world.config);
        effect(applied, () => (world.config = "target"));
      },
    }),
    fake({
      id: "service-healthy",
      look: () => (++world.healthyLooks < 3 ? waiting("warming up", 10) : satisfied()),
    }),
  ];
}

type Effect = (applied: Action, change: () => void) => void;
type World = FakeMigration["world"];

function prepared(world: World, effect: Effect): Step {
  return fake({
    id: "target-prepared",
    look: () => (world.parameter === "on" ? satisfied() : unmet(action("set-parameter"))),
    apply: async (applied, context) => {
      await context.note("parameter-before", world.parameter);
      effect(applied, () => (world.parameter = "on"));
    },
    lookUndo: ({ notes }) => {
      const before = latestNote(notes, "target-prepared", "parameter-before")?.value;
      return before === undefined || before === world.parameter
        ? satisfied()
        : unmet(action("restore-parameter"));
    },
  });
}

function streaming(world: World, effect: Effect): Step {
  return fake({
    id: "data-streaming",
    look: () => {
      if (world.copy === "absent") return unmet(action("create-migration"));
      if (world.copy === "copying" && ++world.looksAtCopy >= 3) world.copy = "ready";
      return world.copy === "copying" ? waiting("copying", 10) : satisfied();
    },
    apply: (applied) => effect(applied, () => (world.copy = "copying")),
  });
}

function frozen(world: World, effect: Effect): Step {
  return fake({
    id: "source-frozen",
    undoneOnStop: true,
    look: () => {
      if (!world.readOnly) return unmet(action("refuse-writes"), action("end-sessions"));
      return world.sessionsEnded ? satisfied() : unmet(action("end-sessions"));
    },
    apply: async (applied, context: ActionContext) => {
      if (applied.id === "refuse-writes") {
        await context.note("read-only-before", false);
        effect(applied, () => (world.readOnly = true));
      } else if (applied.id === "end-sessions") {
        await context.note("ended-up-to", context.now.toISOString());
        effect(applied, () => (world.sessionsEnded = true));
      } else {
        effect(applied, () => {
          world.readOnly = false;
          world.sessionsEnded = false;
        });
      }
    },
    lookUndo: () => (world.readOnly ? unmet(action("allow-writes")) : satisfied()),
  });
}
