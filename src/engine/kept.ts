/** Which proofs are not asked for again: asked by the run itself, and by its preview. */
import type { Checkpoint, Proven } from "../core/journal/checkpoint.ts";
import type { Step } from "../core/step.ts";

/**
 * A proof of a moment is void once an earlier step had to act again: a source
 * that was thawed by hand and frozen anew has to be compared anew. Not so after
 * the point of no return: the target takes writes, and is not equal any more.
 */
export function keptProof(
  checkpoint: Checkpoint,
  step: Pick<Step, "id" | "proof">,
  steps: readonly Pick<Step, "id">[],
): Proven | undefined {
  const proven = checkpoint.satisfied.get(step.id);
  if (proven === undefined || step.proof === "standing") return undefined;
  if (checkpoint.provenAtCrossing.has(step.id)) return proven;
  if (step.proof === "until-crossing") return undefined;
  const earlier = steps.slice(
    0,
    steps.findIndex(({ id }) => id === step.id),
  );
  const undisturbed = earlier.every(({ id }) => (checkpoint.acted.get(id) ?? 0) < proven.seq);
  return undisturbed ? proven : undefined;
}
