/**
 * `${target:ROLE@DATABASE.PART}` in the steps names a database of the plan and a
 * role that uses it. Found here, before anything is looked at: at the re-point
 * it would be found within the outage.
 */
import type { PlanDocument } from "./document.ts";
import { nearest } from "./nearest.ts";
import { mostProblems, showPath, type Problem } from "./problem.ts";
import { readPieces } from "./reference.ts";

interface Used {
  readonly path: readonly PropertyKey[];
  readonly role: string;
  readonly database: string;
}

/** Undefined: the plan's databases could not be read, so nothing is known of them. */
export function targetNameProblems(
  steps: unknown,
  databases: readonly { readonly name: string; readonly roles: readonly string[] }[] | undefined,
  document: PlanDocument,
): Problem[] {
  if (databases === undefined) return [];
  return usedIn(steps, ["steps"])
    .flatMap(({ path, role, database }) => {
      const message = wrongWith(role, database, databases);
      return message === undefined
        ? []
        : [{ ...document.placeOf(path), path: showPath(path), message }];
    })
    .slice(0, mostProblems);
}

function wrongWith(
  role: string,
  database: string,
  databases: readonly { readonly name: string; readonly roles: readonly string[] }[],
): string | undefined {
  const found = databases.find(({ name }) => name === database);
  if (found === undefined) {
    const names = databases.map(({ name }) => name);
    return `\`${database}\` is not among the plan's \`databases\`${nearest(database, names)}`;
  }
  if (found.roles.includes(role)) return undefined;
  return `\`${role}\` is not among the roles of database \`${database}\`${nearest(role, found.roles)}`;
}

function usedIn(value: unknown, path: readonly PropertyKey[]): Used[] {
  if (typeof value === "string") {
    const pieces = readPieces(value);
    // What is no reference is told by the schema.
    if (typeof pieces === "string") return [];
    return pieces.flatMap((piece) =>
      "reference" in piece && piece.reference.from === "target"
        ? [{ path, role: piece.reference.role, database: piece.reference.database }]
        : [],
    );
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    usedIn(field, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}
