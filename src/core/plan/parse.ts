/** From the text of a plan file to a Plan, or to every problem in it. */
import { createHash } from "node:crypto";
import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { canonicalJson, type Json } from "../json.ts";
import { readDocument, type PlanDocument } from "./document.ts";
import { orderProblems } from "./order.ts";
import { header, stepSchema, type Plan, type PlannedKind, type PlannedStep } from "./plan.ts";
import { PlanError, showPath, type Problem } from "./problem.ts";

const rawStep = z.looseObject({ id: z.string(), kind: z.string() });

export function parsePlan(text: string, file: string, kinds: readonly PlannedKind[]): Plan {
  const document = readDocument(text);
  if (document.problems.length > 0) throw new PlanError(file, document.problems);
  const problems: Problem[] = [];
  const { steps: rawSteps, ...rest } = asObject(document.value, problems, document);
  const head = header.safeParse(rest);
  if (!head.success) problems.push(...issuesOf(head.error, [], document, header));
  const steps = readSteps(rawSteps, kinds, document, problems);
  if (head.success) problems.push(...unknownRoles(head.data, document));
  if (problems.length > 0 || !head.success) throw new PlanError(file, problems);
  const whole = document.value as Json;
  const digest = createHash("sha256").update(canonicalJson(whole)).digest("hex");
  const { name, source, target, roles, databases } = head.data;
  return { name, source, target, roles, databases, steps, digest, document: whole };
}

function asObject(
  value: unknown,
  problems: Problem[],
  document: PlanDocument,
): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  problems.push({
    ...document.placeOf([]),
    path: "",
    message: "a plan is a mapping with version, name, source, target, roles, databases and steps",
  });
  return {};
}

function readSteps(
  raw: unknown,
  kinds: readonly PlannedKind[],
  document: PlanDocument,
  problems: Problem[],
): readonly PlannedStep[] {
  if (!Array.isArray(raw) || raw.length === 0) {
    const message = "`steps` must be a list of at least one step";
    problems.push({ ...document.placeOf(["steps"]), path: "steps", message });
    return [];
  }
  const steps = raw.map((step, index) => readStep(step, index, kinds, document, problems));
  const ordered = raw.flatMap((step: unknown, index) => {
    const known = rawStep.safeParse(step);
    return known.success ? [{ index, id: known.data.id, kind: known.data.kind }] : [];
  });
  problems.push(...orderProblems(ordered, kinds, document.placeOf));
  return steps.filter((step) => step !== undefined);
}

function readStep(
  raw: unknown,
  index: number,
  kinds: readonly PlannedKind[],
  document: PlanDocument,
  problems: Problem[],
): PlannedStep | undefined {
  const path = ["steps", index];
  const name = z.looseObject({ kind: z.string() }).safeParse(raw);
  const kind = kinds.find((known) => name.success && known.kind === name.data.kind);
  if (kind === undefined) {
    const names = kinds.map((known) => known.kind);
    const message = name.success
      ? `\`${name.data.kind}\` is not a step kind${nearest(name.data.kind, names)}`
      : "a step is a mapping with `id` and `kind`";
    problems.push({
      ...document.placeOf([...path, "kind"]),
      path: showPath([...path, "kind"]),
      message,
    });
    return undefined;
  }
  const schema = stepSchema(kind);
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    problems.push(...issuesOf(parsed.error, path, document, schema));
    return undefined;
  }
  const { id, kind: kindName, deadline, ...settings } = parsed.data;
  const refined = kind.settings.safeParse(omit(raw, ["id", "kind", "deadline"]));
  if (!refined.success) {
    problems.push(...issuesOf(refined.error, path, document, schema));
    return undefined;
  }
  return { id, kind: kindName, deadlineMs: deadline, settings: refined.data ?? settings };
}

function omit(raw: unknown, keys: readonly string[]): unknown {
  const entries = Object.entries(raw as Record<string, unknown>);
  return Object.fromEntries(entries.filter(([key]) => !keys.includes(key)));
}

/** Problems of a zod error; an unknown key is shown with the nearest known one. */
function issuesOf(
  error: z.ZodError,
  base: readonly PropertyKey[],
  document: PlanDocument,
  schema: z.ZodType,
): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const path = [...base, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key) => ({
        ...document.placeOf([...path, key], "key"),
        path: showPath([...path, key]),
        message: `unknown key${nearest(key, known)}`,
      }));
    }
    const missing = issue.code === "invalid_type" && issue.message.includes("received undefined");
    const message = missing ? "is missing" : issue.message;
    return [{ ...document.placeOf(path), path: showPath(path), message }];
  });
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const part of path) {
    at = unwrapped(at);
    if (at instanceof z.ZodObject) at = at.shape[String(part)];
    else if (at instanceof z.ZodArray) at = at.element;
    else if (at instanceof z.ZodRecord) at = at.valueType;
    else return [];
  }
  at = unwrapped(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodDefault) at = at.unwrap();
  return at;
}

function nearest(word: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  const candidate = closest(word, [...known]);
  return distance(word, candidate) <= Math.max(2, word.length / 2)
    ? `; did you mean \`${candidate}\`?`
    : `; known are ${known.map((name) => `\`${name}\``).join(", ")}`;
}

function unknownRoles(plan: z.infer<typeof header>, document: PlanDocument): Problem[] {
  const known = plan.roles.map((role) => role.name);
  const problems = plan.databases.flatMap((database, index) =>
    database.roles.flatMap((role, position) => {
      if (known.includes(role)) return [];
      const path = ["databases", index, "roles", position];
      const message = `\`${role}\` is not among the plan's \`roles\`${nearest(role, known)}`;
      return [{ ...document.placeOf(path), path: showPath(path), message }];
    }),
  );
  return [
    ...problems,
    ...twins(known, ["roles"], document),
    ...twins(
      plan.databases.map((database) => database.name),
      ["databases"],
      document,
    ),
  ];
}

function twins(
  names: readonly string[],
  path: readonly string[],
  document: PlanDocument,
): Problem[] {
  return names.flatMap((name, index) => {
    if (names.indexOf(name) === index) return [];
    const at = [...path, index, "name"];
    return [
      { ...document.placeOf(at), path: showPath(at), message: `\`${name}\` is listed twice` },
    ];
  });
}
