/**
 * Names that a plan declares and uses: each once, none unknown. Reads the
 * plan as written, so that a mistake elsewhere does not hide one here.
 */
import type { PlanDocument } from "./document.ts";
import { nearest } from "./nearest.ts";
import { mostProblems, showPath, type Problem } from "./problem.ts";

type Named = { readonly path: readonly PropertyKey[]; readonly name: string };

export function nameProblems(
  plan: { readonly [key: string]: unknown },
  document: PlanDocument,
): Problem[] {
  const roles = namesIn(plan["roles"], ["roles"]);
  const known = roles.map(({ name }) => name);
  const used = list(plan["databases"]).flatMap((database, index) =>
    list(field(database, "roles")).flatMap((name, position): Named[] =>
      typeof name === "string" ? [{ path: ["databases", index, "roles", position], name }] : [],
    ),
  );
  const at = ({ path }: Named, message: string): Problem => ({
    ...document.placeOf(path),
    path: showPath(path),
    message,
  });
  const unknown = used
    .filter(({ name }) => !known.includes(name))
    // The search for the name that was meant takes time for each.
    .slice(0, mostProblems)
    .map((use) =>
      at(use, `\`${use.name}\` is not among the plan's \`roles\`${nearest(use.name, known)}`),
    );
  const twice = [...twins(roles), ...twins(namesIn(plan["databases"], ["databases"]))].slice(
    0,
    mostProblems,
  );
  return [...unknown, ...twice.map((twin) => at(twin, `\`${twin.name}\` is listed twice`))];
}

function namesIn(value: unknown, path: readonly PropertyKey[]): Named[] {
  return list(value).flatMap((item, index): Named[] => {
    const name = field(item, "name");
    return typeof name === "string" ? [{ path: [...path, index, "name"], name }] : [];
  });
}

function twins(names: readonly Named[]): Named[] {
  return names.filter(({ name }, index) => names.findIndex((other) => other.name === name) < index);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as { readonly [key: string]: unknown })[key];
}
