/** A plan in full, and a small registry of step kinds that it uses. */
import { z } from "zod";
import { duration, size } from "../../src/core/plan/fields.ts";
import { parsePlan } from "../../src/core/plan/parse.ts";
import type { PlannedKind } from "../../src/core/plan/plan.ts";
import { PlanError } from "../../src/core/plan/problem.ts";
import { text } from "../../src/core/plan/reference.ts";

function kind(name: string, settings: z.ZodType, after: PlannedKind["after"] = []): PlannedKind {
  return { kind: name, condition: `${name} holds`, settings, after };
}

export const kinds: readonly PlannedKind[] = [
  kind("preflight-passed", z.strictObject({})),
  kind(
    "data-streaming",
    z.strictObject({
      maxLag: size().default(1_000_000).describe("Lag at which it counts as caught up."),
      online: z.boolean().default(true),
    }),
    [{ kind: "preflight-passed", because: "a copy takes hours" }],
  ),
  kind("source-frozen", z.strictObject({ sessionsWithin: duration().optional() })),
  kind("data-equal", z.strictObject({ exclude: z.array(z.string()).optional() }), [
    { kind: "source-frozen", because: "a source that is written to is never equal" },
  ]),
  kind(
    "dns-flipped",
    z
      .strictObject({
        records: z.array(z.strictObject({ name: text(), ttl: z.number().int().min(1) })).min(1),
        quorum: z.number().int().optional(),
      })
      .superRefine((settings, context) => {
        if ((settings.quorum ?? 0) <= settings.records.length) return;
        context.addIssue({
          code: "custom",
          path: ["quorum"],
          message: "more than there are records",
        });
      }),
    [{ kind: "data-equal", because: "nothing may be sent to an unproven copy" }],
  ),
];

export const planText = `# yaml-language-server: $schema=plan.schema.json
version: 1
name: opensauced
source:
  digitalocean:
    token: \${env:DIGITALOCEAN_TOKEN}
    cluster: opensauced-prod
    password: \${env:SOURCE_PASSWORD}
target:
  azure:
    subscription: \${env:SUBSCRIPTION}
    resourceGroup: opensauced
    server: opensauced-flex
    user: osadmin
    password: \${file:secrets/target}
roles:
  - name: api
    password: \${env:API_PASSWORD}
  - name: pizza
    password: \${env:PIZZA_PASSWORD}
databases:
  - name: insights
    roles: [api, pizza]
  - name: oven
    roles: [pizza]
steps:
  - id: preflight-passed
    kind: preflight-passed
  - id: data-streaming
    kind: data-streaming
    deadline: 12h
    maxLag: 10MB
  - id: source-frozen
    kind: source-frozen
    sessionsWithin: 30s
  - id: data-equal
    kind: data-equal
  - id: dns-flipped
    kind: dns-flipped
    records:
      - name: db.opensauced.pizza
        ttl: 30
`;

/** Every problem as `line:column path: message`, in the order told. */
export function problems(text: string): string[] {
  try {
    parsePlan(text, "p.yaml", kinds);
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    return error.problems.map(
      ({ line, column, path, message }) =>
        `${line}:${column} ${path === "" ? "" : `${path}: `}${message}`,
    );
  }
  return [];
}

/** The plan with one part of its text replaced. */
export function edited(from: string, to: string): string {
  if (planText.split(from).length !== 2) throw new Error(`${from} does not stand once in the plan`);
  return planText.replace(from, () => to);
}
