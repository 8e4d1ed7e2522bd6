/**
 * The note of `config-staged`: a settings file that waits beside the run, made
 * from the stack's own as it was then, and good only while that is unchanged.
 */
import type { Note } from "../../core/step.ts";
import { latestFact } from "../facts.ts";

export interface Staged {
  /** Absolute; 0600. */
  readonly file: string;
  /** SHA-256 of it, hexadecimal. */
  readonly sha256: string;
  /** SHA-256 of the settings file that it was made from. */
  readonly base: string;
}

/** Noted when the settings of that step were staged. */
export function stagedNote(step: string): string {
  return `config-staged ${step}`;
}

export function stagedFor(notes: readonly Note[], step: string): Staged | undefined {
  return latestFact(notes, stagedNote(step)) as unknown as Staged | undefined;
}
