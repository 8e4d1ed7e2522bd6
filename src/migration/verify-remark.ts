/** What a person must know of the plan's run to read the answer of `verify`. Pure. */
import type { Checkpoint } from "../core/journal/checkpoint.ts";
import type { Plan } from "../core/plan/plan.ts";
import { freezeStands } from "./standing-freeze.ts";

/** Before its end a run has not made everything equal yet: what differs is no damage then. */
export function remarkOn(
  latest: Checkpoint | undefined,
  plan: Pick<Plan, "steps">,
): string | undefined {
  if (latest === undefined) return "No run of this plan is in the state folder.";
  const { run, end, pointOfNoReturn } = latest;
  if (end === "withdrawn") return `Run ${run} was undone: what was never copied differs.`;
  if (end === "finished") return undefined;
  if (pointOfNoReturn !== undefined) {
    return `Run ${run} is past its point of no return and not at its end: run --resume goes on with it.`;
  }
  const next = plan.steps.find(({ id }) => !latest.satisfied.has(id))?.id;
  const where = next === undefined ? "" : `; its next step is ${next}`;
  const frozen = freezeStands(latest, plan)
    ? " FROZEN, as far as its journal tells: the source takes no writes."
    : "";
  return `Run ${run} is before its point of no return${where}: until it is through, differences are to be expected.${frozen}`;
}
