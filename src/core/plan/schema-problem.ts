/**
 * What a schema objects to, as problems at their places. Messages never hold
 * the value that they object to: it may be a secret written out by mistake.
 */
import { z } from "zod";
import type { PlanDocument } from "./document.ts";
import { nearest } from "./nearest.ts";
import { mostProblems, showPath, type Problem } from "./problem.ts";

/** `base`: the path of the value that the schema was given. */
export function schemaProblems(
  error: z.ZodError,
  base: readonly PropertyKey[],
  document: PlanDocument,
  schema: z.ZodType,
): Problem[] {
  return error.issues.slice(0, mostProblems).flatMap((issue): Problem[] => {
    const path = [...base, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(schema, issue.path);
      return issue.keys.slice(0, mostProblems).map((key) => ({
        ...document.placeOf([...path, key], "key"),
        path: showPath([...path, key]),
        message: `unknown key${nearest(key, known)}`,
      }));
    }
    const missing = valueAt(document.value, path) === undefined;
    const message = missing ? "is missing" : sentence(issue);
    return [{ ...document.placeOf(path), path: showPath(path), message }];
  });
}

const expected: { readonly [type: string]: string } = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "`true` or `false`",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

/** A schema's own words, where it has some; zod's speak of programs' types. */
function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_type" || !issue.message.startsWith("Invalid input")) {
    return issue.message;
  }
  const what = expected[issue.expected];
  return what === undefined ? issue.message : `must be ${what}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as { readonly [key: PropertyKey]: unknown })[part];
  }
  return at;
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
