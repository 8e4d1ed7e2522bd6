/** From the text of a plan file to a Plan, or to every problem in it. */
import { createHash } from "node:crypto";
import { canonicalJson, isMapping } from "../json.ts";
import { bindingPart } from "./binding.ts";
import { readDocument } from "./document.ts";
import { nameProblems } from "./names.ts";
import { header, type Plan, type PlannedKind } from "./plan.ts";
import { PlanError, type Problem } from "./problem.ts";
import { schemaProblems } from "./schema-problem.ts";
import { readSteps } from "./steps.ts";
import { targetNameProblems } from "./target-names.ts";

/** Throws PlanError with everything that is wrong, and nothing else. */
export function parsePlan(text: string, file: string, kinds: readonly PlannedKind[]): Plan {
  const document = readDocument(text);
  if (document.problems.length > 0) throw new PlanError(file, document.problems);
  const { value } = document;
  if (!isMapping(value)) throw new PlanError(file, [notAPlan(value, document.placeOf([]))]);
  const { steps: rawSteps, ...rest } = value;
  const problems: Problem[] = [];
  const head = header.safeParse(rest);
  if (!head.success) problems.push(...schemaProblems(head.error, [], document, header));
  const steps = readSteps(rawSteps, kinds, document, problems);
  problems.push(...nameProblems(rest, document));
  problems.push(...targetNameProblems(rawSteps, head.data?.databases, document));
  if (problems.length > 0 || !head.success) throw new PlanError(file, problems);
  const digest = createHash("sha256")
    .update(canonicalJson(bindingPart(value)))
    .digest("hex");
  const { name, source, target, roles, databases } = head.data;
  return { name, source, target, roles, databases, steps, digest, document: value };
}

function notAPlan(value: unknown, place: { line: number; column: number }): Problem {
  const what = "a plan is a mapping with version, name, source, target, roles, databases and steps";
  return { ...place, path: "", message: value === null ? `the file is empty; ${what}` : what };
}
