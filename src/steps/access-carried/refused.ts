/**
 * What the target, a managed server, refused of the source's access: noted by
 * the step that tried, and known to those that compare.
 */
import type { Note } from "../../core/step.ts";
import { factsNamed } from "../facts.ts";

/** The note's name, for each statement. */
export const refused = "access-refused";

interface Refusal {
  readonly statement: string;
  readonly reason: string;
  /** `DATABASE: KIND OBJECT` of what stays different; earlier versions noted none. */
  readonly difference?: string;
}

function all(notes: readonly Note[]): readonly Refusal[] {
  return factsNamed(notes, refused).map((value) => value as unknown as Refusal);
}

/** Statement, as shown, to the reason of its refusal. */
export function refusals(notes: readonly Note[]): ReadonlyMap<string, string> {
  return new Map(all(notes).map(({ statement, reason }) => [statement, reason]));
}

export function refusedDifferences(notes: readonly Note[]): readonly string[] {
  return all(notes).flatMap(({ difference }) => difference ?? []);
}
