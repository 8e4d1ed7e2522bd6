/**
 * `${target:ROLE@DATABASE.PART}` in the steps names a database of the plan and a
 * role that uses it. Found here, before anything is looked at: at the re-point
 * it would be found within the outage.
 */
import type { PlanDocument } from "./document.ts";
import { nearest } from "./nearest.ts";
import { mostProblems, showPath, type Problem } from "./problem.ts";
import { referencesIn } from "./reference.ts";

/** Undefined: the plan's databases could not be read, so nothing is known of them. */
export function targetNameProblems(
  steps: unknown,
  databases: readonly { readonly name: string; readonly roles: readonly string[] }[] | undefined,
  document: PlanDocument,
): Problem[] {
  if (databases === undefined) return [];
  return referencesIn(steps, ["steps"])
    .flatMap(({ path, reference }) => {
      if (reference.from !== "target") return [];
      const message = wrongWith(reference.role, reference.database, databases);
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
