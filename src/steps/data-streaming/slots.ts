/** What a migration that failed may have left on the source: slots, which fill its disk. */
import type { Finding } from "../../core/finding.ts";
import type { StepContext } from "../../core/step.ts";
import { latestFact } from "../facts.ts";
import { inactiveSlots, readSlots, type Slot } from "../inactive-slots.ts";
import type { World } from "../world.ts";
import { attemptRetired } from "./batches.ts";

/** None where no attempt was given up: whose slots there are is told by the preflight. */
export async function slotsAfterFailure(
  world: World,
  { notes, signal }: StepContext,
): Promise<readonly Slot[]> {
  if (latestFact(notes, attemptRetired) === undefined) return [];
  return world.source.hold(signal, readSlots);
}

export function slotsLeft(slots: readonly Slot[]): readonly Finding[] {
  const found = inactiveSlots(
    slots,
    "an earlier migration of this run that did not succeed may have left them, and they keep WAL until the disk is full",
  );
  return found === undefined ? [] : [found];
}
