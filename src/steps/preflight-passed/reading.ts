/**
 * One read that may fail without hiding what others find: an error that is
 * for a person becomes a part of the observation, anything else is a bug and
 * passes.
 */
import type pg from "pg";
import { MigrationError } from "../../core/errors.ts";
import { openedWith, postgresError } from "../../providers/postgres/index.ts";

export interface Unreadable {
  readonly is: "unreadable";
  /** What could not be read, as an object of a finding: `database api`. */
  readonly subject: string;
  readonly error: MigrationError;
}

export type Reading<T> = { readonly is: "read"; readonly value: T } | Unreadable;

/** Throws the signal's reason when it fires. */
export async function reading<T>(
  subject: string,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<Reading<T>> {
  try {
    return { is: "read", value: await read() };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MigrationError) return { is: "unreadable", subject, error };
    throw error;
  }
}

/** The same within a session that goes on to other reads. */
export async function readingIn<T>(
  client: pg.Client,
  subject: string,
  signal: AbortSignal,
  read: (client: pg.Client) => Promise<T>,
): Promise<Reading<T>> {
  const place = openedWith(client);
  return reading(subject, signal, async () => {
    try {
      return await read(client);
    } catch (error) {
      if (place === undefined) throw error;
      const { options, endpoint } = place;
      throw postgresError(error, { server: options.server, endpoint, call: `read ${subject}` });
    }
  });
}

export function valueOf<T>(read: Reading<T> | undefined): T | undefined {
  return read?.is === "read" ? read.value : undefined;
}

export function unreadableOf(
  readings: readonly (Reading<unknown> | undefined)[],
): readonly Unreadable[] {
  return readings.filter((read) => read?.is === "unreadable");
}
