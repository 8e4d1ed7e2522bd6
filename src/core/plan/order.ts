/** Orders of steps that could never work, or would lose data: refused before anything is touched. */
import type { PlannedKind } from "./plan.ts";
import type { Problem } from "./problem.ts";

export interface OrderedStep {
  readonly index: number;
  readonly id: string;
  readonly kind: string;
}

export function orderProblems(
  steps: readonly OrderedStep[],
  kinds: readonly PlannedKind[],
  placeOf: (path: readonly PropertyKey[]) => { line: number; column: number },
): Problem[] {
  const problems: Problem[] = [];
  const problem = (step: OrderedStep, field: string, message: string) => {
    problems.push({
      ...placeOf(["steps", step.index, field]),
      path: `steps[${step.index}].${field}`,
      message,
    });
  };
  for (const step of steps) {
    const before = steps.filter((other) => other.index < step.index);
    const twin = before.find((other) => other.id === step.id);
    if (twin !== undefined) {
      problem(step, "id", `\`${step.id}\` is already the id of step ${twin.index + 1}`);
    }
    const kind = kinds.find((known) => known.kind === step.kind);
    for (const rule of kind?.before ?? []) {
      const earlier = before.find((other) => other.kind === rule.kind);
      if (earlier === undefined) continue;
      problem(step, "kind", `\`${step.kind}\` must come before \`${earlier.id}\`: ${rule.because}`);
    }
    for (const rule of kind?.after ?? []) {
      if (before.some((other) => other.kind === rule.kind)) continue;
      const later = steps.find((other) => other.kind === rule.kind);
      const what =
        later === undefined
          ? `needs a step of kind \`${rule.kind}\` before it`
          : `must come after \`${later.id}\``;
      problem(step, "kind", `\`${step.kind}\` ${what}: ${rule.because}`);
    }
  }
  return problems;
}
