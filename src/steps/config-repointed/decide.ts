/** Whether a Pulumi stack is re-pointed, and whether it may be: pure. */
import type { Finding } from "../../core/finding.ts";
import type { StepContext } from "../../core/step.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Preview, StackState } from "../../providers/pulumi/index.ts";
import { isUnchanged, judge } from "./judge.ts";
import type { PulumiSettings } from "./settings.ts";
import { decideLock, withoutOwnChanges } from "./stack-lock.ts";
import type { PulumiSeen } from "./through-pulumi.ts";

export function decidePulumi(
  seen: PulumiSeen,
  settings: PulumiSettings,
  context: StepContext,
): Verdict {
  if (seen.is === "missing") return missingPulumi(seen);
  const locked = decideLock(seen.state, seen.stack, context);
  if (locked !== undefined) return locked;
  const [obstacle, ...obstacles] = stateFindings(
    withoutOwnChanges(seen.state, context),
    seen.stack,
  );
  if (obstacle !== undefined) return { is: "blocked", findings: [obstacle, ...obstacles] };
  const { differingConfig, differingOutputs, preview, stack } = seen;
  const unchanged = preview === undefined ? undefined : isUnchanged(preview);
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
      pastPointOfNoReturn: true,
    };
  }
  const { blocking, warnings, changes } = judge(preview, settings);
  const [first, ...more] = blocking;
  if (first !== undefined) return { is: "blocked", findings: [first, ...more] };
  return {
    is: "unmet",
    because: `the preview shows ${changes}, and nothing that destroys`,
    actions: [update(stack)],
    warnings,
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

export function missingPulumi({
  message,
  remedy,
}: {
  readonly message: string;
  readonly remedy: string;
}): Verdict {
  return {
    is: "blocked",
    findings: [{ code: "pulumi-missing", severity: "unknown", message, remedy }],
  };
}

export function stateFindings(state: StackState, stack: string): Finding[] {
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

export function drift(stack: string, preview: Preview): Finding {
  return {
    code: "pulumi-drift",
    severity: "blocks",
    message: `Before any change of this run, an update of stack ${stack} would already change things; they would ride along with the re-point.`,
    objects: preview.steps.filter(({ op }) => op !== "same").map(({ op, urn }) => `${op} ${urn}`),
    remedy: `pulumi up --stack ${stack}   (before the migration)`,
  };
}
