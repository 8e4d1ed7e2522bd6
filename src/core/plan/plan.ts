/**
 * A plan: two ends and an ordered list of steps. Parsed by the schema that the
 * step kinds give; pure, so a plan never reads a file or the environment.
 */
import { z } from "zod";
import type { Json } from "../json.ts";
import type { OrderRule } from "../step.ts";
import {
  ends,
  type ApplicationRole,
  type AzureEnd,
  type DigitalOceanEnd,
  type MigratedDatabase,
} from "./ends.ts";
import { duration, stepId } from "./fields.ts";

/** What a plan needs to know of a step kind. */
export interface PlannedKind {
  readonly kind: string;
  readonly condition: string;
  readonly settings: z.ZodType;
  readonly after: readonly OrderRule[];
  readonly before?: readonly OrderRule[];
}

export interface PlannedStep {
  readonly id: string;
  readonly kind: string;
  /** Milliseconds. */
  readonly deadlineMs: number | undefined;
  /** Parsed by the kind's own schema. */
  readonly settings: unknown;
}

export interface Plan {
  readonly name: string;
  readonly source: { readonly digitalocean: DigitalOceanEnd };
  readonly target: { readonly azure: AzureEnd };
  readonly roles: readonly ApplicationRole[];
  readonly databases: readonly MigratedDatabase[];
  readonly steps: readonly PlannedStep[];
  /** SHA-256 over `document`, hexadecimal. */
  readonly digest: string;
  /** The plan as written, references and all; what a resume is compared with. */
  readonly document: Json;
}

export const planName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, { error: "lower-case letters, digits and `-`" });

/** The fields of a plan beside its steps. */
export const header = z.strictObject({
  version: z
    .literal(1, { error: "this program knows plans of version 1" })
    .describe("The version of the plan format."),
  name: planName.describe("What the run's folder and report call this migration."),
  ...ends,
});

/** The fields that every step has. */
export const stepHeader = {
  id: stepId.describe("Unique in the plan, named as the condition that it wants: `source-frozen`."),
  deadline: duration()
    .optional()
    .describe("How long the step may take until it is satisfied. Default: the kind's."),
} as const;

/** Compiled when first used; making one anew for every step would take most of the time of reading. */
const schemas = new WeakMap<PlannedKind, ReturnType<typeof newStepSchema>>();

/** The schema of one step of this kind: common fields, then the kind's settings. */
export function stepSchema(kind: PlannedKind): ReturnType<typeof newStepSchema> {
  const made = schemas.get(kind) ?? newStepSchema(kind);
  schemas.set(kind, made);
  return made;
}

function newStepSchema(kind: PlannedKind) {
  const settings = kind.settings instanceof z.ZodObject ? kind.settings.shape : {};
  return z.strictObject({
    ...stepHeader,
    kind: z.literal(kind.kind).describe(kind.condition),
    ...settings,
  });
}

/** JSON Schema (draft 2020-12) of a plan file, for editors. */
export function planJsonSchema(kinds: readonly PlannedKind[]): Json {
  const [first, ...rest] = kinds.map(stepSchema);
  if (first === undefined) throw new Error("A plan needs at least one step kind.");
  const whole = header.extend({
    steps: z
      .array(z.discriminatedUnion("kind", [first, ...rest]))
      .min(1)
      .describe("Carried out in this order."),
  });
  const schema = z.toJSONSchema(whole, { io: "input", unrepresentable: "any" });
  return { title: "opensauced-migrate plan", ...schema } as unknown as Json;
}
