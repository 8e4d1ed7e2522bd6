/** How long the engine keeps trying what fails for a passing reason. */

/** In a row, for looks and for actions alike; milliseconds. */
export const patienceMs = 120_000;

/** Milliseconds before the next try, after `attempt` tries that failed before this one. */
export function backoffMs(attempt: number): number {
  return Math.min(500 * 2 ** attempt, 10_000);
}
