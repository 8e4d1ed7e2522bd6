/** Every finding at once, or how many checks passed: pure. */
import { blocking } from "../../core/finding.ts";
import type { StepContext } from "../../core/step.ts";
import type { Verdict } from "../../core/verdict.ts";
import { judge, together } from "./check.ts";
import { unreadableFindings } from "./decide/unreadable.ts";
import { sourceVersionChecks, versionChecks } from "./decide/versions.ts";
import type { PreflightSeen } from "./observe.ts";
import { unreadableOf, valueOf } from "./reading.ts";
import type { PreflightSettings } from "./settings.ts";

export function decidePreflight(
  seen: PreflightSeen,
  _settings: PreflightSettings,
  _context: StepContext,
): Verdict {
  const source = valueOf(seen.source);
  const target = valueOf(seen.target);
  const ends =
    source !== undefined && target !== undefined ? { source: source.facts, target } : undefined;
  const unread = unreadableOf([
    seen.source,
    seen.target,
    ...seen.logins.map(({ session }) => session),
  ]);
  const { passed, findings: found } = together([
    judge(source?.facts, sourceVersionChecks),
    judge(ends, versionChecks),
  ]);
  const findings = [...unreadableFindings(unread), ...found];
  const [first, ...rest] = findings;
  if (first !== undefined && blocking(findings).length > 0) {
    return { is: "blocked", findings: [first, ...rest] };
  }
  return { is: "satisfied", because: `${passed} checks passed`, warnings: findings };
}
