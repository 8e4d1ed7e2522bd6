/**
 * The note of a comparison that was made while applications wrote: what it
 * found cannot be seen again. Pure.
 */
import type { Finding } from "../../core/finding.ts";
import type { Json } from "../../core/json.ts";
import { blocking } from "../../core/finding.ts";
import type { StepContext } from "../../core/step.ts";

export interface Compared {
  /** Of the copy. Another attempt is another copy. */
  readonly attempt: number;
  readonly findings: readonly Finding[];
  readonly rows: number;
  readonly tables: number;
}

export function copyCompared(database: string): string {
  return `copy-compared ${database}`;
}

export function noteOf(compared: Compared): Json {
  return compared as unknown as Json;
}

/**
 * Of this attempt. One that stood in the way counts until the run has stopped
 * because of it: then it is made anew.
 */
export function comparedOf(
  database: string,
  attempt: number,
  { notes, stops }: Pick<StepContext, "notes" | "stops">,
): Compared | undefined {
  const at = notes.findLastIndex(({ name }) => name === copyCompared(database));
  if (at === -1) return undefined;
  const compared = notes[at]?.value as unknown as Compared;
  if (compared.attempt !== attempt) return undefined;
  const told = stops.some((made) => made > at);
  return told && blocking(compared.findings).length > 0 ? undefined : compared;
}
