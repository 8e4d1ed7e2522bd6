/** One step kind carried out by hand, as the engine does it: look, act, look again. Notes are kept in memory. */
import type { Json } from "../../src/core/json.ts";
import type { Note, StepKind } from "../../src/core/step.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import type { World } from "../../src/steps/world.ts";
import { contextOf } from "./preflight.ts";

export interface KindLoop {
  readonly notes: Note[];
  look(direction?: "forward" | "undo"): Promise<Verdict>;
  /** Acts until there is nothing left to do; the ids of what was applied. */
  pursue(direction?: "forward" | "undo"): Promise<{ applied: string[]; verdict: Verdict }>;
}

const mostActions = 20;

export function kindLoop<Settings, Seen>(
  kind: StepKind<World, Settings, Seen>,
  world: World,
  settings: Settings,
): KindLoop {
  const notes: Note[] = [];
  const context = () => contextOf({ step: kind.kind, notes: [...notes] });
  const acting = () => ({
    ...context(),
    note: async (name: string, value: Json) => {
      notes.push({ step: kind.kind, name, value, at: new Date().toISOString() });
    },
  });
  const look = async (direction: "forward" | "undo" = "forward"): Promise<Verdict> => {
    const way = direction === "forward" ? kind : kind.undo;
    if (way === undefined) throw new Error(`${kind.kind} is never undone.`);
    return way.decide(await way.observe(world, settings, context()), settings, context());
  };
  const pursue: KindLoop["pursue"] = async (direction) => {
    const applied: string[] = [];
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- each look depends on the action before it
      const verdict = await look(direction);
      if (verdict.is !== "unmet") return { applied, verdict };
      if (applied.length === mostActions) throw new Error(`No end: ${applied.join(", ")}`);
      const [action] = verdict.actions;
      applied.push(action.id);
      // oxlint-disable-next-line no-await-in-loop
      await kind.apply(action, world, settings, acting());
    }
  };
  return { notes, look, pursue };
}
