/**
 * Whether a preview shows the re-point and nothing that destroys. Pure. An
 * allow-list: pulumi-kubernetes replaces a changed Secret by default, so
 * replacing must be allowable by name, and only by name.
 */
import type { Finding } from "../../core/finding.ts";
import type { Preview, PreviewStep } from "./preview.ts";

export type ChangeKind = "create" | "update" | "replace" | "delete";

export interface Allowed {
  /** URN, or its last part, with `*` for anything: `*kubernetes:core/v1:Secret::api-*`. */
  readonly urn: string;
  readonly changes: readonly ChangeKind[];
}

export interface PreviewRules {
  /** URNs (with `*`) that must change, each at least once. Empty: any change will do. */
  readonly expected: readonly string[];
  readonly allowed: readonly Allowed[];
  /** True: creating and updating must be allowed or expected as well. */
  readonly strict?: boolean;
  /** True: a preview without any change is fine (the re-point was applied before). */
  readonly mayBeEmpty?: boolean;
}

/** Holds data or the way to it: no allow entry lets these be deleted or replaced. */
const stateful: readonly RegExp[] = [
  /^azure-native:dbforpostgresql[/:]/i,
  /^azure(?:-native)?:(?:storage|network|keyvault|recoveryservices|containerservice)[/:]/i,
  /^azure:(?:postgresql|privatedns|dns)[/:]/i,
  /^digitalocean:index\/(?:database|volume|spacesBucket|vpc|domain)/i,
  /^kubernetes:(?:core\/v1:(?:PersistentVolume|PersistentVolumeClaim|Namespace)|apps\/v1:StatefulSet)$/i,
];

export function isStateful(type: string): boolean {
  return stateful.some((pattern) => pattern.test(type));
}

/** Undefined for what changes nothing outside Pulumi's own state. */
export function changeOf(op: string): ChangeKind | undefined {
  if (["same", "read", "refresh", ""].includes(op)) return undefined;
  if (op.includes("replac")) return "replace";
  if (op.startsWith("delete") || op.startsWith("discard")) return "delete";
  if (op.startsWith("create") || op.startsWith("import")) return "create";
  // A word that is not known yet is the worst it can be.
  return op === "update" ? "update" : "delete";
}

function matches(pattern: string, urn: string): boolean {
  const expression = pattern
    .split("*")
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join(".*");
  const name = urn.split("::").at(-1) ?? urn;
  return new RegExp(`^${expression}$`).test(urn) || new RegExp(`^${expression}$`).test(name);
}

function refuse(
  code: string,
  message: string,
  steps: readonly PreviewStep[],
  remedy: string,
): Finding {
  return {
    code,
    severity: "blocks",
    message,
    objects: steps.map(({ op, urn }) => `${op} ${urn}`),
    remedy,
  };
}

function judgeSteps(changing: readonly PreviewStep[], rules: PreviewRules): Finding[] {
  const destroys = (step: PreviewStep): boolean =>
    ["delete", "replace"].includes(changeOf(step.op) ?? "");
  const allowed = (step: PreviewStep): boolean =>
    rules.allowed.some(
      ({ urn, changes }) =>
        changes.some((change) => change === changeOf(step.op)) && matches(urn, step.urn),
    );
  const expected = (step: PreviewStep): boolean =>
    rules.expected.some((urn) => matches(urn, step.urn));

  const data = changing.filter((step) => destroys(step) && isStateful(step.type));
  const lost = changing.filter(
    (step) => destroys(step) && !isStateful(step.type) && !allowed(step),
  );
  const others = changing.filter((step) => !destroys(step) && !allowed(step) && !expected(step));
  const findings: Finding[] = [];
  if (data.length > 0) {
    findings.push(
      refuse(
        "pulumi-would-destroy-data",
        "The update would delete or replace what holds data or the way to it.",
        data,
        "Mend the Pulumi program first; no setting of this tool lets this pass.",
      ),
    );
  }
  if (lost.length > 0) {
    findings.push(
      refuse(
        "pulumi-would-destroy",
        "The update would delete or replace resources that the plan does not allow it to.",
        lost,
        "Mend the Pulumi program, or add the resources to the step's `allow`.",
      ),
    );
  }
  if (others.length > 0 && rules.strict === true) {
    findings.push(
      refuse(
        "pulumi-would-change-more",
        "The update would change more than the re-point.",
        others,
        "Apply these changes before the migration, or add the resources to the step's `allow`.",
      ),
    );
  } else if (others.length > 0 && rules.expected.length > 0) {
    findings.push({
      code: "pulumi-would-change-more",
      severity: "warns",
      message: "The update would change more than the resources that the plan expects to change.",
      objects: others.map(({ op, urn }) => `${op} ${urn}`),
    });
  }
  return findings;
}

/** Empty, or only `warns`: the update may go on. */
export function judgePreview(preview: Preview, rules: PreviewRules): Finding[] {
  const changing = preview.steps.filter((step) => changeOf(step.op) !== undefined);
  const findings = judgeSteps(changing, rules);
  if (preview.errors.length > 0) {
    findings.push({
      code: "pulumi-preview-failed",
      severity: "blocks",
      message: `The preview has errors: ${preview.errors.join(" / ").slice(0, 600)}`,
    });
  }
  if (preview.maybeCorrupt) {
    findings.push({
      code: "pulumi-state-corrupt",
      severity: "blocks",
      message: "Pulumi says that the stack's state may be corrupt.",
      remedy: "pulumi refresh, then look at the result.",
    });
  }
  const summed = Object.keys(preview.changeSummary).filter((op) => changeOf(op) !== undefined);
  const untold = summed.filter((op) => !changing.some((step) => step.op === op));
  if (untold.length > 0) {
    findings.push({
      code: "pulumi-preview-incomplete",
      severity: "unknown",
      message: `The preview counts changes that it does not list (${untold.join(", ")}).`,
    });
  }
  const missed = rules.expected.filter((urn) => !changing.some((step) => matches(urn, step.urn)));
  if (rules.mayBeEmpty === true && changing.length === 0) return findings;
  if (missed.length > 0 || changing.length === 0) {
    findings.push({
      code: "pulumi-change-missing",
      severity: "blocks",
      message:
        "The update would not change what it must change to re-point the service; a misspelt key reads like this.",
      ...(missed.length > 0 ? { objects: missed } : {}),
      remedy: "Compare the step's keys and `expect` with the Pulumi program: pulumi preview --diff",
    });
  }
  return findings;
}
