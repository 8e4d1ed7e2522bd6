/** Step kinds as a person reads them, made from the same schemas that check a plan. */
import { stringify } from "yaml";
import { z } from "zod";
import type { DeclaredActions } from "../core/declared-action.ts";
import type { Json } from "../core/json.ts";
import { planJsonSchema } from "../core/plan/plan.ts";
import { kinds, type AnyKind } from "../steps/index.ts";
import type { ExplainedKind } from "./api.ts";

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: Json;
  readonly description?: string;
  readonly default?: Json;
  readonly title?: string;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly pattern?: string;
}

/** JSON Schema of a plan file, with a newline at the end: the text of plan.schema.json. */
export function schemaText(): string {
  return `${JSON.stringify(planJsonSchema(kinds), null, 2)}\n`;
}

export function explainKinds(): ExplainedKind[] {
  return kinds.map(explain);
}

function explain(kind: AnyKind): ExplainedKind {
  const schema = z.toJSONSchema(kind.settings as z.ZodType, {
    io: "input",
    unrepresentable: "any",
  }) as JsonSchema;
  const { condition, details, deadlineMs, after, before = [], undoneOnStop } = kind;
  return {
    kind: kind.kind,
    condition,
    details,
    deadlineMs,
    after,
    before,
    undoneOnStop,
    undoable: kind.undo !== undefined,
    actions: [...actionsOf(kind.actions, "run"), ...actionsOf(kind.undo?.actions ?? {}, "undo")],
    settings: settingsOf(schema, ""),
    example: stringify([{ id: kind.kind, kind: kind.kind, ...kind.example }]),
  };
}

function actionsOf(declared: DeclaredActions, when: "run" | "undo"): ExplainedKind["actions"] {
  return Object.entries(declared).map(([action, { touches, does, crossesPointOfNoReturn }]) => ({
    action,
    touches,
    does,
    crossesPointOfNoReturn: crossesPointOfNoReturn === true,
    when,
  }));
}

function settingsOf(schema: JsonSchema, prefix: string): ExplainedKind["settings"] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = `${prefix}${key}`;
    const own = {
      name,
      type: typeOf(field),
      required: schema.required?.includes(key) === true && field.default === undefined,
      default: shownDefault(field.default),
      description: field.description ?? "",
    };
    const inner = field.items?.properties === undefined ? field : field.items;
    const mark = inner === field ? "." : "[].";
    return [own, ...settingsOf(inner, `${name}${mark}`)];
  });
}

/** Undefined for an empty list or mapping: leaving it out says the same. */
function shownDefault(value: Json | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text === "[]" || text === "{}" ? undefined : text;
}

function typeOf(field: JsonSchema): string {
  if (field.enum !== undefined) return field.enum.join(" | ");
  if (field.title !== undefined) return field.title;
  if (field.type === "array")
    return `list of ${field.items === undefined ? "values" : typeOf(field.items)}`;
  if (field.type === "object" && typeof field.additionalProperties === "object") {
    return `name to ${typeOf(field.additionalProperties)}`;
  }
  if (field.type === "string" && field.pattern?.includes("ms|s|m|h|d") === true) return "duration";
  return field.type ?? "value";
}
