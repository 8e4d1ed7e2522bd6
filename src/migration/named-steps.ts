/** Steps that were named on the command line: each must be in the plan, and a gate be a gate. */
import { UsageError } from "../core/errors.ts";
import { likely } from "../core/plan/nearest.ts";
import type { Plan } from "../core/plan/plan.ts";

export function refuseUnknownStep(plan: Plan, id: string | undefined, option: string): void {
  const ids = plan.steps.map((step) => step.id);
  if (id === undefined || ids.includes(id)) return;
  throw new UsageError({
    message: `${option} ${shown(id)}: the plan has no step of that id${likely(id, ids)}`,
    meaning: "Nothing was changed.",
    remedy: `Its steps are ${ids.join(", ")}.`,
  });
}

/** As it was typed, within reason. */
function shown(id: string): string {
  if (id.trim() === "") return JSON.stringify(id);
  return id.length > 100 ? `${id.slice(0, 100)}...` : id;
}

/** A yes to a gate that is not there would be found missing hours later, at the one that is. */
export function refuseNoGate(plan: Plan, id: string): void {
  const gates = plan.steps.filter(({ kind }) => kind === "approved").map((step) => step.id);
  if (gates.includes(id)) return;
  const known = plan.steps.some((step) => step.id === id);
  throw new UsageError({
    message: `--approve ${shown(id)}: ${known ? "that step is no gate" : "the plan has no step of that id"}${likely(id, gates)}`,
    meaning: "Nothing was changed.",
    remedy:
      gates.length === 0 ? "The plan has no gates." : `The plan's gates are ${gates.join(", ")}.`,
  });
}
