/**
 * Errors that are for the person reading them. Anything thrown that is not one
 * of these is a bug of the tool (exit code 70).
 */

export interface ErrorText {
  /** What happened and where, in one sentence, already redacted. */
  readonly message: string;
  /** What it means for the data. */
  readonly meaning?: string;
  /** What to do next: a command or a setting. */
  readonly remedy?: string;
}

export abstract class MigrationError extends Error {
  readonly meaning: string | undefined;
  readonly remedy: string | undefined;

  constructor(text: ErrorText, options?: ErrorOptions) {
    super(text.message, options);
    this.name = new.target.name;
    this.meaning = text.meaning;
    this.remedy = text.remedy;
  }

  /** Says besides what else it means for the data; that comes first. */
  alsoMeans(sentence: string): this {
    const said = this.meaning === undefined ? sentence : `${sentence} ${this.meaning}`;
    (this as { meaning: string | undefined }).meaning = said;
    return this;
  }
}

/** Wrong arguments, plan or environment; nothing was changed (exit code 2). */
export class UsageError extends MigrationError {}

/** Doing something to the world failed (exit code 1). */
export class ActionError extends MigrationError {}

/**
 * The world could not be read (exit code 5): refused, timed out, or answered
 * in a way that we do not understand. Never to be taken as a zero.
 */
export class UnreadableError extends MigrationError {}

/** May the same call succeed later? What could not be read may be readable soon. */
export function passes(error: unknown): boolean {
  if (error instanceof ProviderError) return error.retryable;
  return error instanceof UnreadableError;
}

/**
 * A vendor's call failed. `retryable` says that the same call may succeed
 * later; the engine looks again rather than repeating it.
 */
export class ProviderError extends MigrationError {
  /** The outside system, as people say it: `DigitalOcean`, `Azure`, `PostgreSQL source`. */
  readonly system: string;
  /** The call: `GET /v2/databases/{id}`, `pg_dump`. */
  readonly call: string;
  /** The vendor's own code, an HTTP status or an SQLSTATE, where there is one. */
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly retryable: boolean;

  constructor(
    text: ErrorText & {
      readonly system: string;
      readonly call: string;
      readonly code?: string | undefined;
      readonly status?: number | undefined;
      readonly retryable: boolean;
    },
    options?: ErrorOptions,
  ) {
    super(text, options);
    this.system = text.system;
    this.call = text.call;
    this.code = text.code;
    this.status = text.status;
    this.retryable = text.retryable;
  }
}
