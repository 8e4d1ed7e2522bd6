/** How the program ends, as a number: the interface for scripts and CI. */
import { ProviderError, UnreadableError, UsageError, MigrationError } from "../core/errors.ts";
import type { Ending } from "../core/event.ts";
import { blocking } from "../core/finding.ts";
import type { SurveyedStep } from "../engine/index.ts";
import type { Checked } from "../migration/api.ts";

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  blocked: 3,
  atGate: 4,
  couldNotCheck: 5,
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function codeOfEnding(ending: Ending): ExitCode {
  switch (ending) {
    case "finished":
    case "until":
    case "undone":
      return exitCodes.done;
    case "failed":
      return exitCodes.failed;
    case "blocked":
      return exitCodes.blocked;
    case "at-gate":
      return exitCodes.atGate;
    case "could-not-check":
      return exitCodes.couldNotCheck;
    case "interrupted":
      return exitCodes.interrupted;
  }
}

export function codeOfChecked(checked: Checked): ExitCode {
  switch (checked) {
    case "equal":
      return exitCodes.done;
    case "different":
      return exitCodes.blocked;
    case "could-not-check":
      return exitCodes.couldNotCheck;
  }
}

/**
 * Only steps that depend on no unfinished one count: what a later step says
 * may change until the run gets there.
 */
export function codeOfPreview(steps: readonly SurveyedStep[]): ExitCode {
  const codes = steps
    .filter((step) => step.dependsOn === undefined)
    .map(({ seen }) => codeOfSeen(seen));
  if (codes.includes(exitCodes.blocked)) return exitCodes.blocked;
  return codes.includes(exitCodes.couldNotCheck) ? exitCodes.couldNotCheck : exitCodes.done;
}

function codeOfSeen(seen: SurveyedStep["seen"]): ExitCode {
  if ("unreadable" in seen) return exitCodes.couldNotCheck;
  if (seen.verdict.is !== "blocked") return exitCodes.done;
  const known = blocking(seen.verdict.findings).some((finding) => finding.severity === "blocks");
  return known ? exitCodes.blocked : exitCodes.couldNotCheck;
}

/**
 * An error that reached the command line. A provider's error that did so came
 * from reading: while a run acts, the engine turns errors into endings.
 */
export function codeOfError(error: unknown): ExitCode {
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof UnreadableError || error instanceof ProviderError)
    return exitCodes.couldNotCheck;
  return error instanceof MigrationError ? exitCodes.failed : exitCodes.bug;
}
