/** A preview by the plan's rules: pure. */
import { judgePreview, type Preview } from "../../providers/pulumi/index.ts";
import type { PulumiSettings } from "./settings.ts";

export function isUnchanged(preview: Preview): boolean {
  return preview.steps.every(({ op }) => ["same", "read", "refresh"].includes(op));
}

/** The preview by the plan's rules, and what it would change, in words. */
export function judge(preview: Preview, settings: PulumiSettings) {
  const findings = judgePreview(preview, {
    expected: settings.expect,
    allowed: settings.allow,
    mayBeEmpty: settings.expect.length === 0,
    // What else would ride along with the re-point is not this evening's business.
    strict: settings.expect.length > 0,
  });
  const changes = Object.entries(preview.changeSummary)
    .filter(([op]) => op !== "same")
    .map(([op, count]) => `${count} to ${op}`);
  return {
    blocking: findings.filter(({ severity }) => severity !== "warns"),
    warnings: findings.filter(({ severity }) => severity === "warns"),
    changes: changes.join(", ") || "changed outputs only",
  };
}
