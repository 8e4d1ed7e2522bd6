/** Whether a Pulumi stack is re-pointed, and whether it may be: pure. */
import type { Finding } from "../../core/finding.ts";
import type { Verdict } from "../../core/verdict.ts";
import { judgePreview, type Preview } from "../../providers/pulumi/index.ts";
import type { PulumiSettings } from "./settings.ts";
import type { PulumiSeen } from "./through-pulumi.ts";

export function decidePulumi(seen: PulumiSeen, settings: PulumiSettings): Verdict {
  if (seen.is === "missing") {
    const { message, remedy } = seen;
    return {
      is: "blocked",
      findings: [{ code: "pulumi-missing", severity: "unknown", message, remedy }],
    };
  }
  const [obstacle, ...obstacles] = stateFindings(seen);
  if (obstacle !== undefined) return { is: "blocked", findings: [obstacle, ...obstacles] };
  const { differingConfig, differingOutputs, preview, stack } = seen;
  const unchanged = preview?.steps.every(({ op }) => ["same", "read", "refresh"].includes(op));
  if (differingConfig.length > 0 || preview === undefined) {
    if (preview !== undefined && unchanged === false) {
      return { is: "blocked", findings: [drift(stack, preview)] };
    }
    return {
      is: "unmet",
      because: `the configuration of stack ${stack} does not lead to the target yet`,
      actions: [
        {
          id: "set-config",
          summary: `Set ${differingConfig.join(", ")} in the configuration of stack ${stack}`,
          touches: "Pulumi",
          data: { keys: differingConfig },
        },
        update(stack),
      ],
    };
  }
  if (unchanged === true && differingOutputs.length === 0) {
    return {
      is: "satisfied",
      because: `stack ${stack} is up to date with the target in its configuration${outputsRead(settings)} (through Pulumi)`,
    };
  }
  const findings = judgePreview(preview, {
    expected: settings.expect,
    allowed: settings.allow,
    mayBeEmpty: settings.expect.length === 0,
    // What else would ride along with the re-point is not this evening's business.
    strict: settings.expect.length > 0,
  });
  const [blocking, ...more] = findings.filter(({ severity }) => severity !== "warns");
  if (blocking !== undefined) return { is: "blocked", findings: [blocking, ...more] };
  const changes = Object.entries(preview.changeSummary)
    .filter(([op]) => op !== "same")
    .map(([op, count]) => `${count} to ${op}`);
  return {
    is: "unmet",
    because: `the preview shows ${changes.join(", ") || "changed outputs only"}, and nothing that destroys`,
    actions: [update(stack)],
    warnings: findings.filter(({ severity }) => severity === "warns"),
  };
}

function outputsRead(settings: PulumiSettings): string {
  const names = Object.keys(settings.outputs);
  return names.length === 0 ? "" : `, and its outputs ${names.join(", ")} read back so`;
}

function update(stack: string) {
  return {
    id: "update-stack",
    summary: `Update stack ${stack}, so that applications use the target`,
    touches: "Pulumi",
    crossesPointOfNoReturn: true,
  } as const;
}

function stateFindings(seen: Extract<PulumiSeen, { is: "seen" }>): Finding[] {
  const { state, stack } = seen;
  const findings: Finding[] = [];
  if (state.pending.length > 0) {
    findings.push({
      code: "pulumi-pending-operations",
      severity: "blocks",
      message: `Stack ${stack} has operations that an interrupted update left open; an update now would only warn of them.`,
      objects: state.pending.map(({ type, urn }) => `${type} ${urn}`),
      remedy: `pulumi refresh --stack ${stack}`,
    });
  }
  if (state.lock.is === "held") {
    findings.push({
      code: "pulumi-stack-locked",
      severity: "blocks",
      message: `Stack ${stack} is locked by another update, or by one that was killed.`,
      objects: state.lock.holders.map(
        ({ user, host, pid, since }) =>
          `${user ?? "?"}@${host ?? "?"}, process ${pid ?? "?"}, since ${since ?? "?"}`,
      ),
      remedy: `If that process is gone: pulumi cancel --stack ${stack}   (removes every lock of the stack)`,
    });
  }
  return findings;
}

function drift(stack: string, preview: Preview): Finding {
  return {
    code: "pulumi-drift",
    severity: "blocks",
    message: `Before any change of this run, an update of stack ${stack} would already change things; they would ride along with the re-point.`,
    objects: preview.steps.filter(({ op }) => op !== "same").map(({ op, urn }) => `${op} ${urn}`),
    remedy: `pulumi up --stack ${stack}   (before the migration)`,
  };
}
