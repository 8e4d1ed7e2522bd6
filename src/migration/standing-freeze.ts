/**
 * A run that was killed in its freeze, and that cannot even be opened again:
 * whatever stands in the way, the person must hear that users cannot write.
 */
import { MigrationError } from "../core/errors.ts";
import type { Checkpoint } from "../core/journal/checkpoint.ts";
import type { Plan } from "../core/plan/plan.ts";

/** Carries `open` out; what it throws says also that a freeze stands, where the journal knows of one. */
export async function tellingFreeze<T>(
  known: Checkpoint | undefined,
  plan: Plan,
  open: () => Promise<T> | T,
): Promise<T> {
  try {
    return await open();
  } catch (error) {
    const frozen = known !== undefined && freezeStands(known, plan);
    if (frozen && error instanceof MigrationError) error.alsoMeans(standing(known.run));
    throw error;
  }
}

/** After the point of no return a frozen source is as it should be. */
export function freezeStands(
  { changed, pointOfNoReturn }: Checkpoint,
  plan: Pick<Plan, "steps">,
): boolean {
  if (pointOfNoReturn !== undefined) return false;
  return plan.steps.some(({ id, kind }) => kind === "source-frozen" && changed.includes(id));
}

const standing = (run: string): string =>
  `THE SOURCE MAY STILL BE FROZEN by run ${run}: applications cannot write until \`run --resume\` or \`undo\` gets through, or somebody thaws it by hand (docs/undo-and-point-of-no-return.md says how).`;
