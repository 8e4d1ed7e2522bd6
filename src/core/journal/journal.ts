/** The port behind which a run's journal is kept: a folder, later a shared store. */
import type { Entry, EntryBody } from "./entry.ts";

export interface Journal {
  readonly run: string;
  /** Where a person finds it. */
  readonly place: string;
  readonly entries: readonly Entry[];
  /** Durable when the promise resolves; what it announces may happen only then. */
  append(body: EntryBody): Promise<void>;
  /** Gives the lock back. */
  close(): Promise<void>;
}

/** Opening takes the run's lock, or throws a UsageError that says who holds it since when. */
export interface JournalStore {
  create(run: string): Promise<Journal>;
  open(run: string): Promise<Journal>;
  /** Reads without the lock: for `status`, and to find the run to resume. Newest first. */
  list(): Promise<readonly { readonly run: string; readonly entries: readonly Entry[] }[]>;
}
