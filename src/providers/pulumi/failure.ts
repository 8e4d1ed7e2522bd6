/**
 * What the Pulumi CLI's failures mean. Pure. The exit codes tell classes apart
 * since 2026 (pkg/cmd/pulumi/cmd/exit_codes.go); older versions end with 255
 * for all, so the text is asked as well.
 */
import { ProviderError } from "../../core/errors.ts";
import { redact, type Secret } from "../../core/secret.ts";

export type PulumiFailureCode =
  | "locked"
  | "stack-not-found"
  | "auth"
  | "passphrase"
  | "configuration"
  | "changes-unexpected"
  | "plan-mismatch"
  | "cancelled"
  | "timeout"
  | "failed";

interface Class {
  readonly code: PulumiFailureCode;
  readonly exitCode?: number;
  readonly says?: RegExp;
  readonly meaning?: string;
  readonly remedy?: string;
  readonly retryable?: boolean;
}

/** The first that fits counts: texts before exit codes, the particular before the general. */
const classes: readonly Class[] = [
  {
    code: "locked",
    says: /currently locked by|\[409\] Conflict: Another update/,
    meaning:
      "Another process holds the stack, or one was killed and left its lock; nothing was changed.",
    remedy:
      "Look at who holds it (named above). Only if that process is gone: pulumi cancel   (on a file or blob backend it removes every lock of the stack)",
    retryable: true,
  },
  {
    code: "passphrase",
    says: /incorrect passphrase|passphrase must be set|PULUMI_CONFIG_PASSPHRASE/,
    meaning: "The stack's secrets could not be opened; nothing was changed.",
    remedy: "Give the stack's passphrase in the plan, by reference.",
  },
  {
    code: "stack-not-found",
    says: /no stack named .* found|stack .* not found/i,
    meaning: "Nothing was changed.",
    remedy: "Compare the stack and the backend in the plan with: pulumi stack ls --all",
  },
  { code: "stack-not-found", exitCode: 6, remedy: "pulumi stack ls --all" },
  {
    code: "plan-mismatch",
    says: /is not allowed by the plan/,
    meaning:
      "The program changed since it was previewed; Pulumi stopped before the change that nobody saw.",
    remedy: "opensauced-migrate run --resume   (previews anew)",
  },
  {
    code: "auth",
    says: /PULUMI_ACCESS_TOKEN must be set|Unauthorized|invalid access token|please log in/i,
    meaning: "Pulumi could not log in to its backend; nothing was changed.",
    remedy: "pulumi login, or give PULUMI_ACCESS_TOKEN in the plan's environment by reference.",
  },
  { code: "auth", exitCode: 3, remedy: "pulumi login" },
  { code: "configuration", exitCode: 2 },
  { code: "changes-unexpected", exitCode: 7 },
  { code: "cancelled", exitCode: 8 },
  { code: "timeout", exitCode: 9, retryable: true },
];

export interface Ended {
  readonly call: string;
  readonly exitCode: number | undefined;
  /** The signal that ended it, or the reason why it never ran. */
  readonly ended: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly secrets: readonly Secret[];
}

/** The complaint itself: what follows `error:`, or else the end of what was said. */
function complaint(stderr: string, stdout: string): string {
  const text = /\S/.test(stderr) ? stderr : stdout;
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const at = lines.findIndex((line) => /^error:/i.test(line));
  return (at === -1 ? lines.slice(-3) : lines.slice(at, at + 4)).join(" / ").slice(0, 1000);
}

export function pulumiFailure(ended: Ended): ProviderError {
  const { exitCode, secrets } = ended;
  // Before anything is cut, joined or trimmed: of half a secret nobody finds the rest.
  const stdout = redact(ended.stdout, secrets);
  const stderr = redact(ended.stderr, secrets);
  const text = `${stderr}\n${stdout}`;
  const found = classes.find((entry) => entry.says?.test(text) ?? entry.exitCode === exitCode);
  // Only an update changes anything but the settings file.
  const partly = "Some resources may have been changed; the stack's state says which.";
  const meaning = found?.meaning ?? (ended.call === "pulumi up" ? partly : undefined);
  const how = ended.ended ?? `exit code ${exitCode}`;
  return new ProviderError({
    message: `${ended.call} failed (${how}): ${complaint(stderr, stdout)}`,
    ...(meaning === undefined ? {} : { meaning }),
    ...(found?.remedy === undefined ? {} : { remedy: found.remedy }),
    system: "Pulumi",
    call: ended.call,
    code: found?.code ?? "failed",
    ...(exitCode === undefined ? {} : { status: exitCode }),
    retryable: found?.retryable ?? false,
  });
}
