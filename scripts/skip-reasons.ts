/**
 * Vitest reporter that carries the words of `context.skip("reason")` into the
 * test's metadata, because Vitest 5's JSON report has the metadata but not the
 * note. Tests that are skipped as a block say theirs by `meta: { whenSkipped }`.
 */
import type { Reporter, TestCase } from "vitest/node";

declare module "vitest" {
  interface TaskMeta {
    /** Why it did not run, where it did not. */
    whenSkipped?: string;
  }
}

export default class SkipReasons implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state === "skipped" && result.note !== undefined)
      test.meta().whenSkipped = result.note;
  }
}
