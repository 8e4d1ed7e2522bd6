/**
 * Test files in the order in which two workers are done soonest. Without times
 * of an earlier run the runner goes by size, and the longest may come last and alone.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Whole runs, longest first. */
const long = [
  "run-kills",
  "run-faults",
  "run-databases",
  "run-stops",
  "run-oddities",
  "run-state",
  "run-servers",
  "preflight",
  "plan-mutations",
];

function place({ moduleId }: TestSpecification): number {
  const found = long.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return found === -1 ? long.length : found;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the runner's own order, not an array's
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
