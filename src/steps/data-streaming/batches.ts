/**
 * Which migrations carry the plan's databases, and what they are called: the
 * names are made from the run, the attempt and the batch, so a resumed run
 * finds its own. Azure takes at most 8 databases in one migration, lower-case
 * letters and digits, and never frees a name (facts: Microsoft's migration
 * service documentation, REST 2025-08-01).
 */
import type { Json } from "../../core/json.ts";
import type { Note } from "../../core/step.ts";
import { factsNamed } from "../facts.ts";

export const largestBatch = 8;

/** Noted when an attempt ended and must not be gone on with: the attempt's number. */
export const attemptRetired = "migration-attempt-retired";
/** Noted before a migration is created: `{name, databases}`. */
export const migrationCreated = "migration-created";

export interface Batch {
  readonly name: string;
  readonly databases: readonly string[];
}

export function attemptOf(notes: readonly Note[]): number {
  const retired = factsNamed(notes, attemptRetired).filter((value) => typeof value === "number");
  return 1 + Math.max(0, ...retired);
}

export function batchesOf(
  run: string,
  databases: readonly string[],
  notes: readonly Note[],
): readonly Batch[] {
  const attempt = attemptOf(notes);
  const count = Math.ceil(databases.length / largestBatch);
  return Array.from({ length: count }, (_, index) => ({
    name: `osm${run}t${attempt}b${index + 1}`,
    databases: databases.slice(index * largestBatch, (index + 1) * largestBatch),
  }));
}

/** Databases on the target that an earlier migration of this run filled. */
export function filledByRun(notes: readonly Note[]): ReadonlySet<string> {
  const created = factsNamed(notes, migrationCreated) as readonly {
    readonly databases?: readonly string[];
  }[];
  return new Set(created.flatMap(({ databases }) => databases ?? []));
}

/** The name in a `migration-created` note. */
export function nameIn(value: Json): string | undefined {
  const name = (value as { readonly name?: unknown } | null)?.name;
  return typeof name === "string" ? name : undefined;
}
