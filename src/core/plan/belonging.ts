/** Settings that name a later step, or leave it something to do: it must be there, later, and of the right kind. */
import { z } from "zod";
import { nearest } from "./nearest.ts";
import type { OrderedStep } from "./order.ts";
import type { PlannedKind, PlannedStep } from "./plan.ts";
import { showPath, type Problem } from "./problem.ts";

export function belongingProblems(
  /** By position in the plan; undefined for a step that could not be read. */
  steps: readonly (PlannedStep | undefined)[],
  ordered: readonly OrderedStep[],
  kinds: readonly PlannedKind[],
  placeOf: (path: readonly PropertyKey[]) => { line: number; column: number },
): Problem[] {
  return steps.flatMap((step, index) => {
    const kind = kinds.find((known) => known.kind === step?.kind);
    if (step === undefined || !(kind?.settings instanceof z.ZodObject)) return [];
    return Object.entries(kind.settings.shape).flatMap(([field, schema]) => {
      const meta = (schema as z.ZodType).meta();
      const wanted = meta?.["laterStepOfKind"];
      const needed = meta?.["needsLaterKind"];
      const id = (step.settings as { readonly [field: string]: unknown })[field];
      if (typeof needed === "string" && id !== undefined) {
        return followed(needed, { index, field, ordered, placeOf });
      }
      if (typeof wanted !== "string" || typeof id !== "string") return [];
      const candidates = ordered.filter((each) => each.kind === wanted && each.index > index);
      const names = candidates.map((each) => each.id);
      if (names.includes(id)) return [];
      const path = ["steps", index, field];
      const message = `\`${id}\` is not a later step of kind \`${wanted}\`${nearest(id, names)}`;
      return [{ ...placeOf(path), path: showPath(path), message }];
    });
  });
}

/** What the setting leaves open must not stay so. */
function followed(
  wanted: string,
  given: {
    readonly index: number;
    readonly field: string;
    readonly ordered: readonly OrderedStep[];
    readonly placeOf: (path: readonly PropertyKey[]) => { line: number; column: number };
  },
): Problem[] {
  const { index, field, ordered, placeOf } = given;
  if (ordered.some((each) => each.kind === wanted && each.index > index)) return [];
  const path = ["steps", index, field];
  const message = `leaves something to a later step of kind \`${wanted}\`, and the plan has none`;
  return [{ ...placeOf(path), path: showPath(path), message }];
}
