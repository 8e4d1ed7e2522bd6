/** Every finding at once, or how many checks passed: pure. */
import { blocking } from "../../core/finding.ts";
import type { StepContext } from "../../core/step.ts";
import type { Verdict } from "../../core/verdict.ts";
import { together } from "./check.ts";
import { judgeDatabases } from "./decide/judge-databases.ts";
import { judgeServers } from "./decide/judge-servers.ts";
import { unreadableFindings } from "./decide/unreadable.ts";
import type { PreflightSeen } from "./observe.ts";
import { unreadableOf, valueOf, type Unreadable } from "./reading.ts";
import type { PreflightSettings } from "./settings.ts";

export function decidePreflight(
  seen: PreflightSeen,
  settings: PreflightSettings,
  context: StepContext,
): Verdict {
  const { passed, findings: found } = together([
    judgeServers(seen, settings, context),
    judgeDatabases(seen, settings, context),
  ]);
  const findings = [...unreadableFindings(unread(seen)), ...found];
  const [first, ...rest] = findings;
  if (first !== undefined && blocking(findings).length > 0) {
    return { is: "blocked", findings: [first, ...rest] };
  }
  return {
    is: "satisfied",
    because: `${passed} checks passed over ${seen.planned.length} database${seen.planned.length === 1 ? "" : "s"}, both servers and both clouds; ${replication(seen)}`,
    warnings: findings,
    facts: { checks: passed, warnings: findings.length },
  };
}

function replication({ probe }: PreflightSeen): string {
  if (probe.is === "made") return "replication was proven by a temporary slot, which is gone again";
  if (probe.why === "offline") return "replication is not needed offline";
  if (probe.why === "preview") return "replication will be tried when the step runs";
  return "replication was not tried, because the source makes no temporary slots";
}

function unread(seen: PreflightSeen): readonly Unreadable[] {
  const source = valueOf(seen.source);
  const target = valueOf(seen.target);
  const { cluster, server, extensions, migrations } = seen.clouds;
  return unreadableOf([
    seen.source,
    source?.identity,
    source?.slots,
    source?.activity,
    source?.roles,
    seen.target,
    target?.identity,
    target?.offers,
    ...seen.databases.flatMap((database) => {
      const parts = valueOf(database.seen);
      return [
        database.seen,
        parts?.facts,
        parts?.tables,
        parts?.extensions,
        parts?.objects,
        parts?.readOnly,
        parts?.unrestorable,
      ];
    }),
    ...seen.logins.map(({ session }) => session),
    cluster,
    valueOf(cluster)?.firewall,
    server,
    extensions,
    migrations,
    seen.tools,
    seen.disk,
  ]);
}
