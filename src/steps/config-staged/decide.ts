/** Whether a stack's new configuration is ready: pure. */
import type { Verdict } from "../../core/verdict.ts";
import type { Preview, StackState } from "../../providers/pulumi/index.ts";
import { drift, missingPulumi, stateFindings } from "../config-repointed/decide.ts";
import { isUnchanged, judge } from "../config-repointed/judge.ts";
import type { PulumiSettings, RepointSettings } from "../config-repointed/settings.ts";
import type { Staged } from "../config-repointed/staged.ts";

export type StagedSeen = { readonly repoint: RepointSettings } & (
  | { readonly is: "nothing to stage" }
  | { readonly is: "missing"; readonly message: string; readonly remedy: string }
  | {
      readonly is: "seen";
      readonly state: StackState;
      readonly file: string;
      /** Undefined: none, or made from settings that have changed since. */
      readonly staged: Staged | undefined;
      /** The staged settings are the stack's own by now. */
      readonly inPlace: boolean;
      /** Of the stack as it is; while nothing is staged. */
      readonly baseline?: Preview;
      /** Keys of the staged file that are not as wanted. */
      readonly differing?: readonly string[];
      /** With the staged settings. */
      readonly preview?: Preview;
    }
);

export function decideStaged(
  seen: StagedSeen,
  settings: PulumiSettings | undefined,
  step: string,
): Verdict {
  if (seen.is === "nothing to stage" || settings === undefined) {
    return {
      is: "satisfied",
      because: `step ${step} writes a file, in one move; there is nothing to stage`,
    };
  }
  if (seen.is === "missing") return missingPulumi(seen);
  const { stack } = settings;
  if (seen.inPlace)
    return { is: "satisfied", because: "the staged configuration is in place by now" };
  const [obstacle, ...obstacles] = stateFindings(seen.state, stack);
  if (obstacle !== undefined) return { is: "blocked", findings: [obstacle, ...obstacles] };
  if (seen.baseline !== undefined && !isUnchanged(seen.baseline)) {
    return { is: "blocked", findings: [drift(stack, seen.baseline)] };
  }
  if (
    seen.staged === undefined ||
    seen.preview === undefined ||
    (seen.differing ?? []).length > 0
  ) {
    const keys = [...Object.keys(settings.config), ...Object.keys(settings.secrets)];
    return {
      is: "unmet",
      because: `the new configuration of stack ${stack} is not ready yet`,
      actions: [
        {
          id: "stage-config",
          summary: `Set ${keys.join(", ")} in a copy of the settings of stack ${stack}`,
          touches: "files",
          data: { keys },
        },
      ],
    };
  }
  const { blocking, warnings, changes } = judge(seen.preview, settings);
  const [first, ...rest] = blocking;
  if (first !== undefined) return { is: "blocked", findings: [first, ...rest] };
  return {
    is: "satisfied",
    because: `the new configuration of stack ${stack} is encrypted and waits in the run's folder; its preview shows ${changes}, and nothing that destroys`,
    warnings,
  };
}

export function decideUnstaged(seen: StagedSeen): Verdict {
  if (seen.is !== "seen" || seen.staged === undefined) {
    return { is: "satisfied", because: "nothing is staged" };
  }
  return {
    is: "unmet",
    because: "a staged configuration waits in the run's folder",
    actions: [{ id: "delete-staged", summary: `Delete ${seen.file}`, touches: "files" }],
  };
}
