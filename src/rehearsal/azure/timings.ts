/**
 * How long things take that take minutes on Azure. Milliseconds unless the
 * name says otherwise; quick but never instant, so that every state is seen.
 */

export interface Timings {
  /** From the 201 to the first substate. */
  readonly acceptedMs: number;
  readonly prerequisitesMs: number;
  /** Shortest duration of ValidationInProgress. */
  readonly validationMs: number;
  /** From the end of the cutover's work to Succeeded. */
  readonly completingMs: number;
  readonly cancelMs: number;
  /** A server that is down holds up the end of a migration for that long. */
  readonly cleanUpMs: number;
  /** Between two looks at the replication's position. */
  readonly sampleMs: number;
  /** Shortest duration of a long-running operation. */
  readonly operationMs: number;
  readonly retryAfterSeconds: number;
}

export const defaultTimings: Timings = {
  acceptedMs: 100,
  prerequisitesMs: 300,
  validationMs: 300,
  completingMs: 200,
  cancelMs: 200,
  cleanUpMs: 5000,
  sampleMs: 250,
  operationMs: 200,
  retryAfterSeconds: 1,
};
