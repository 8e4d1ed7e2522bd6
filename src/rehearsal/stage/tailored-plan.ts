/**
 * The rehearsal's plan, fitted to what is migrated: another database, or a
 * machine without Pulumi. Without a need the plan in migrations-plans is used
 * as it is. Pure: text in, text out.
 */
import { parse, stringify } from "yaml";
import { names } from "../cloud/settings.ts";

interface PlanShape {
  roles: unknown[];
  databases: unknown[];
  steps: { id: string; kind: string; [setting: string]: unknown }[];
}

export interface Tailoring {
  /** Tables without a key, as `database.schema.table`, when a dump is migrated. */
  readonly dump: { readonly insertOnly: readonly string[] } | undefined;
  readonly pulumi: boolean;
}

export function tailorPlan(text: string, tailoring: Tailoring): string {
  const plan = parse(text) as PlanShape;
  if (tailoring.dump !== undefined) forDump(plan, tailoring.dump.insertOnly);
  if (!tailoring.pulumi) throughFile(plan);
  return stringify(plan);
}

function forDump(plan: PlanShape, insertOnly: readonly string[]): void {
  const { dumpDatabase, dumpRole } = names;
  plan.roles = [
    { name: dumpRole, password: `\${env:REHEARSAL_${dumpRole.toUpperCase()}_PASSWORD}` },
  ];
  plan.databases = [{ name: dumpDatabase, roles: [dumpRole] }];
  // It names tables of the generated databases.
  plan.steps = plan.steps.filter(({ kind }) => kind !== "source-prepared");
  for (const step of plan.steps) {
    if (step.kind === "preflight-passed") step["acceptInsertOnly"] = insertOnly;
    if (step.kind === "config-repointed") {
      const url = `\${target:${dumpRole}@${dumpDatabase}.url}`;
      const pulumi = step["pulumi"] as Record<string, unknown>;
      pulumi["secrets"] = { apiDatabaseUrl: url };
      pulumi["outputs"] = { DATABASE_URL: url };
      pulumi["expect"] = ["apps*"];
    }
  }
}

function throughFile(plan: PlanShape): void {
  for (const step of plan.steps) {
    if (step.kind !== "config-repointed") continue;
    const { outputs } = step["pulumi"] as { outputs: Record<string, string> };
    delete step["pulumi"];
    step["file"] = { path: "${env:REHEARSAL_FOLDER}/app.env", set: outputs };
  }
}
