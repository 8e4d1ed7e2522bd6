/**
 * Facts that one step notes and another reads, by name. A name is the fact's,
 * whatever the step that noted it is called in the plan.
 */
import type { Json } from "../core/json.ts";
import type { Note } from "../core/step.ts";

/** The latest value noted under that name by any step. */
export function latestFact(notes: readonly Note[], name: string): Json | undefined {
  return notes.findLast((note) => note.name === name)?.value;
}

/** Every value noted under that name, oldest first. */
export function factsNamed(notes: readonly Note[], name: string): readonly Json[] {
  return notes.filter((note) => note.name === name).map((note) => note.value);
}
