/** The steps of a plan, each read by the schema of its kind. */
import { z } from "zod";
import type { PlanDocument } from "./document.ts";
import { nearest } from "./nearest.ts";
import { belongingProblems } from "./belonging.ts";
import { orderProblems } from "./order.ts";
import { stepSchema, type PlannedKind, type PlannedStep } from "./plan.ts";
import { showPath, type Problem } from "./problem.ts";
import { schemaProblems } from "./schema-problem.ts";

/** A step is one condition of a migration; the longest of real plans has 24. */
const mostSteps = 500;

const named = z.looseObject({ id: z.string(), kind: z.string() });

/** The steps that could be read; what is wrong with any is added to `problems`. */
export function readSteps(
  raw: unknown,
  kinds: readonly PlannedKind[],
  document: PlanDocument,
  problems: Problem[],
): readonly PlannedStep[] {
  if (!Array.isArray(raw) || raw.length === 0) {
    const message = raw === undefined ? "is missing" : "must be a list of at least one step";
    problems.push({ ...document.placeOf(["steps"]), path: "steps", message });
    return [];
  }
  if (raw.length > mostSteps) {
    const message = `has ${raw.length} steps; a plan has at most ${mostSteps}`;
    problems.push({ ...document.placeOf(["steps"]), path: "steps", message });
    return [];
  }
  const steps = raw.map((step, index) => readStep(step, index, kinds, document, problems));
  const ordered = raw.flatMap((step: unknown, index) => {
    const { data } = named.safeParse(step);
    return data === undefined ? [] : [{ index, id: data.id, kind: data.kind }];
  });
  problems.push(...orderProblems(ordered, kinds, document.placeOf));
  problems.push(...belongingProblems(steps, ordered, kinds, document.placeOf));
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
  const kind = kindOf(raw, path, kinds, document, problems);
  if (kind === undefined) return undefined;
  const schema = stepSchema(kind);
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    problems.push(...schemaProblems(parsed.error, path, document, schema));
    return undefined;
  }
  const { id, deadline } = parsed.data;
  // Once more by the kind's own schema: rules over several fields are not part of its shape.
  const { id: _id, kind: _kind, deadline: _deadline, ...own } = raw as Record<string, unknown>;
  const settings = kind.settings.safeParse(own);
  if (!settings.success) {
    problems.push(...schemaProblems(settings.error, path, document, schema));
    return undefined;
  }
  return { id, kind: kind.kind, deadlineMs: deadline, settings: settings.data };
}

function kindOf(
  raw: unknown,
  path: readonly PropertyKey[],
  kinds: readonly PlannedKind[],
  document: PlanDocument,
  problems: Problem[],
): PlannedKind | undefined {
  const { data } = z.looseObject({ kind: z.string() }).safeParse(raw);
  const kind = kinds.find((known) => known.kind === data?.kind);
  if (kind !== undefined) return kind;
  const names = kinds.map((known) => known.kind);
  const message =
    data === undefined
      ? "a step is a mapping with `id` and `kind`"
      : `\`${data.kind}\` is not a step kind${nearest(data.kind, names)}`;
  const at = [...path, "kind"];
  problems.push({ ...document.placeOf(at), path: showPath(at), message });
  return undefined;
}
