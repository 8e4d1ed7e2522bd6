/** What the target lacks: pure. Only what is missing is added; nothing is taken away. */
import type { Finding } from "../../core/finding.ts";
import type { Json } from "../../core/json.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import type { Configuration } from "../../providers/azure/index.ts";
import type { PreparedSeen } from "./observe.ts";
import { preloadsOf } from "./preloads.ts";
import type { PrepareSettings } from "./settings.ts";

export function decidePrepared(seen: PreparedSeen, settings: PrepareSettings): Verdict {
  const [finding, ...findings] = obstacles(seen, settings);
  if (finding !== undefined) return { is: "blocked", findings: [finding, ...findings] };
  const [action, ...actions] = [
    ...extensionActions(seen),
    ...parameterActions(seen, settings),
    ...restartActions(seen),
    ...firewallActions(seen),
    ...roleActions(seen),
    ...databaseActions(seen),
  ];
  const warnings = loginWarnings(seen);
  if (action !== undefined) {
    return {
      is: "unmet",
      because: "the target lacks things",
      actions: [action, ...actions],
      warnings,
    };
  }
  return {
    is: "satisfied",
    because: `${count(seen.extensions, "extension")} allowed, ${count(seen.carried, "role")} and ${count(seen.sourceDatabases, "database")} there, parameters and firewall as the plan says`,
    warnings,
  };
}

/** A comma list of Azure's; names are compared without case, as Azure writes them in both. */
export function listOf(configuration: Configuration | undefined): string[] {
  return (configuration?.value ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function lacking(have: readonly string[], wanted: readonly string[]): string[] {
  const there = new Set(have.map((name) => name.toLowerCase()));
  return wanted.filter((name) => !there.has(name.toLowerCase()));
}

function obstacles(seen: PreparedSeen, settings: PrepareSettings): Finding[] {
  const findings: Finding[] = [];
  const unreadable = unreadableParameters(seen);
  if (unreadable.length > 0) {
    findings.push({
      code: "azure-parameters-unreadable",
      severity: "unknown",
      message:
        "What these parameters of the target are now is not known; setting them could lose what they hold.",
      objects: unreadable,
    });
  }
  const possible = seen.allowed?.allowedValues?.split(",").map((name) => name.trim()) ?? [];
  const impossible = possible.length === 0 ? [] : lacking(possible, seen.extensions);
  if (impossible.length > 0) {
    findings.push({
      code: "extension-not-offered",
      severity: "blocks",
      message: "Azure does not offer extensions that the source uses.",
      objects: impossible,
      remedy: `Drop them on the source (DROP EXTENSION ...), or name them in leaveOut: [${impossible.join(", ")}]`,
    });
  }
  const unknown = Object.keys(settings.parameters).filter(
    (name) => seen.parameters.get(name) === undefined,
  );
  if (unknown.length > 0) {
    findings.push({
      code: "parameter-unknown",
      severity: "blocks",
      message: "The target has no such server parameters.",
      objects: unknown,
    });
  }
  if (seen.refusedLogins.length > 0) {
    findings.push({
      code: "role-password-differs",
      severity: "blocks",
      message:
        "Roles of the plan exist on the target, and it does not let them in with the plan's password; changing it could lock somebody out.",
      objects: seen.refusedLogins,
      remedy:
        "Give their `targetPassword` in the plan, or set it: ALTER ROLE ... LOGIN PASSWORD '...'",
    });
  }
  return findings;
}

/** Those that would be added to or set, and whose value Azure does not tell. */
function unreadableParameters(seen: PreparedSeen): string[] {
  const needsLibraries = preloadsOf(seen.extensions).length > 0;
  const wanted: (readonly [string, Configuration | undefined])[] = [
    ["azure.extensions", seen.allowed],
    ...(needsLibraries ? [["shared_preload_libraries", seen.preload] as const] : []),
    // One that is not there at all is a finding of its own.
    ...[...seen.parameters].filter(([, now]) => now !== undefined),
  ];
  return wanted.flatMap(([name, now]) => (now?.value === undefined ? [name] : []));
}

function setParameter(name: string, value: string, before: Configuration | undefined): Action {
  return {
    id: `set-parameter ${name}`,
    summary: `Set ${name} of the target to ${value === "" ? "nothing" : value} (now: ${before?.value || "nothing"})`,
    touches: "Azure",
    data: { name, value, before: before?.value ?? null },
  };
}

function extensionActions(seen: PreparedSeen): Action[] {
  const actions: Action[] = [];
  const have = listOf(seen.allowed);
  const missing = lacking(have, seen.extensions);
  if (missing.length > 0) {
    actions.push(setParameter("azure.extensions", [...have, ...missing].join(","), seen.allowed));
  }
  const loaded = listOf(seen.preload);
  const libraries = lacking(loaded, preloadsOf(seen.extensions));
  if (libraries.length > 0) {
    actions.push(
      setParameter("shared_preload_libraries", [...loaded, ...libraries].join(","), seen.preload),
    );
  }
  return actions;
}

function parameterActions(seen: PreparedSeen, settings: PrepareSettings): Action[] {
  return Object.entries(settings.parameters).flatMap(([name, value]) => {
    const now = seen.parameters.get(name);
    return now?.value === value ? [] : [setParameter(name, value, now)];
  });
}

function restartActions(seen: PreparedSeen): Action[] {
  if (seen.pendingRestart.length === 0) return [];
  return [
    {
      id: "restart-target",
      summary: `Restart the target, which ${seen.pendingRestart.join(", ")} needs`,
      touches: "Azure",
    },
  ];
}

function firewallActions(seen: PreparedSeen): Action[] {
  return seen.plannedFirewall.flatMap(({ name, first, last }): Action[] => {
    const now = seen.firewall.find((rule) => rule.name === name);
    if (now !== undefined && now.first === first && now.last === last) return [];
    const before: Json = now === undefined ? null : { ...now };
    return [
      {
        id: `set-firewall-rule ${name}`,
        summary: `Admit ${first}${last === first ? "" : ` to ${last}`} to the target (firewall rule ${name})`,
        touches: "Azure",
        data: { name, first, last, before },
      },
    ];
  });
}

function roleActions(seen: PreparedSeen): Action[] {
  const names = new Set(seen.carried.map(({ name }) => name));
  const there = new Map(seen.targetRoles.map((role) => [role.name, role]));
  return seen.carried.flatMap((role): Action[] => {
    const now = there.get(role.name);
    const groups = role.memberOf.filter(
      (group) => names.has(group) && now?.memberOf.includes(group) !== true,
    );
    const admits = now !== undefined && !seen.actsAs.includes(role.name);
    if (now !== undefined && groups.length === 0 && !admits) return [];
    const changes = [
      ...(groups.length === 0 ? [] : [`a member of ${groups.join(", ")}`]),
      ...(admits ? ["one that the admin may hand objects to"] : []),
    ];
    return [
      {
        id: `create-role ${role.name}`,
        summary:
          now === undefined
            ? `Create role ${role.name} on the target`
            : `Make role ${role.name} ${changes.join(" and ")} on the target`,
        touches: "target",
        data: {
          name: role.name,
          create: now === undefined,
          admit: now === undefined || admits,
          before: now === undefined ? null : "there",
        },
      },
    ];
  });
}

function databaseActions(seen: PreparedSeen): Action[] {
  return seen.sourceDatabases
    .filter(({ name }) => !seen.targetDatabases.whole.includes(name))
    .map(({ name, encoding, collation }): Action => {
      const invalid = seen.targetDatabases.invalid.includes(name);
      const first = invalid
        ? "Drop what a DROP DATABASE that did not end has left, and create"
        : "Create";
      return {
        id: `create-database ${name}`,
        summary: `${first} database ${name} on the target (${encoding}, ${collation})`,
        touches: "Azure",
        data: { name, encoding, collation },
      };
    });
}

function loginWarnings(seen: PreparedSeen): Finding[] {
  const planned = new Set(seen.targetRoles.filter(({ login }) => login).map(({ name }) => name));
  const silent = seen.carried.filter(
    (role) =>
      role.login &&
      !planned.has(role.name) &&
      seen.targetRoles.some((there) => there.name === role.name),
  );
  if (silent.length === 0) return [];
  return [
    {
      code: "role-cannot-log-in",
      severity: "warns",
      message:
        "Roles that log in on the source were carried without a login, because the plan gives no password for them.",
      objects: silent.map(({ name }) => name),
      remedy: "List them under the plan's `roles`, or: ALTER ROLE ... LOGIN PASSWORD '...'",
    },
  ];
}

function count(list: readonly unknown[], noun: string): string {
  return `${list.length} ${noun}${list.length === 1 ? "" : "s"}`;
}
