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
  /** Whose statement it is: another database's may read the same. Earlier versions noted none. */
  readonly database?: string;
  /** `DATABASE: KIND OBJECT` of what stays different; earlier versions noted none. */
  readonly difference?: string;
}

function all(notes: readonly Note[]): readonly Refusal[] {
  return factsNamed(notes, refused).map((value) => value as unknown as Refusal);
}

/** Of one database: statement, as shown, to the reason of its refusal. */
export function refusals(notes: readonly Note[], of: string): ReadonlyMap<string, string> {
  const its = all(notes).filter(({ database = of }) => database === of);
  return new Map(its.map(({ statement, reason }) => [statement, reason]));
}

export function refusedDifferences(notes: readonly Note[]): readonly string[] {
  return all(notes).flatMap(({ difference }) => difference ?? []);
}
