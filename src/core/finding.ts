/**
 * Findings: what is wrong with the world. Not errors: a finding is an answer
 * that a look could give, an error means that it could give none.
 */

/**
 * `blocks`: the run must not go on. `warns`: it may. `unknown`: the answer
 * could not be had, which is never taken as a pass (exit code 5).
 */
export type Severity = "blocks" | "warns" | "unknown";

export interface Finding {
  /** Stable, kebab-case, unique to what is wrong: `replica-identity-missing`. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence: what is so, and what it means for the data. */
  readonly message: string;
  /** The objects by their quoted names, all of them; printers show about ten. */
  readonly objects?: readonly string[];
  /** SQL, a command or a plan line to paste. */
  readonly remedy?: string;
  /** Of an unknown: the reason passes by itself, so that a look in a moment may give the answer. */
  readonly passes?: true;
}

/** Nothing is known to be wrong, and all that is not known may be in a moment. */
export function mayPass(findings: readonly Finding[]): boolean {
  return blocking(findings).every(({ passes }) => passes === true);
}

export function blocking(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((finding) => finding.severity !== "warns");
}
