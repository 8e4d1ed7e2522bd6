/**
 * A migration of this run that must not go on: cancelled where that is still
 * possible, waited for where it is not. Pure. Azure runs one at a time.
 */
import type { StepContext } from "../../core/step.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Migration } from "../../providers/azure/index.ts";
import { latestFact } from "../facts.ts";

const endStates = new Set(["Succeeded", "Failed", "ValidationFailed", "Canceled"]);

/** A state that this version does not know counts as active: it is not known to have ended. */
export function isActive({ state }: Migration): boolean {
  return !endStates.has(state ?? "");
}

export function isOfRun({ name }: Migration, run: string): boolean {
  return name.startsWith(`osm${run}t`);
}

/** Noted once Azure was asked to cancel that migration. */
export function cancelAsked(name: string): string {
  return `cancel-asked ${name}`;
}

export function endMigration(active: Migration, context: StepContext): Verdict {
  const ending =
    active.subState === "CancelingRequestedDBMigrations" ||
    active.state === "CleaningUp" ||
    latestFact(context.notes, cancelAsked(active.name)) !== undefined;
  if (ending) {
    const reason = `Azure is cancelling ${active.name} (${active.state})`;
    return { is: "waiting", for: "world", reason };
  }
  return {
    is: "unmet",
    because: `migration ${active.name} is ${active.state}`,
    actions: [
      {
        id: `cancel-migration ${active.name}`,
        summary: `Cancel Azure's migration ${active.name}`,
        touches: "Azure",
        data: { name: active.name },
      },
    ],
  };
}

/** Once cut over, an online migration is on its way to its end; Azure cancels it no more. */
export function awaitCutOver(active: Migration): Verdict | undefined {
  if (active.mode !== "Online" || active.triggerCutover !== true) return undefined;
  if (active.state !== "InProgress") return undefined;
  const reason = `Azure completes the cut-over of ${active.name}, which this run has given up; a new copy can begin after it`;
  return { is: "waiting", for: "world", reason };
}
