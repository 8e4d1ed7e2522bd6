/**
 * What the writing client saw, one JSON line an entry, appended at once: the
 * record must survive the client's own death. Values are numbers of writes,
 * so that what a row must hold follows from the record alone.
 */
import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import readline from "node:readline";

/** `rehearsal_writes`, `rehearsal_visits` and, where the sample has them, two of its tables. */
export type WrittenTable = "writes" | "visits" | "repos" | "highlights";

export interface Write {
  /** The number of the write: never used twice, growing. Also the value it leaves behind. */
  readonly n: number;
  readonly table: WrittenTable;
  readonly does: "insert" | "update" | "delete";
  /** Tells rows of a table apart; the write's own number for an insert. */
  readonly key: number;
}

interface Moment {
  /** Milliseconds since 1970, by a clock that only goes forward while the client runs. */
  readonly at: number;
}

export type Entry = Moment &
  (
    | { readonly is: "started"; readonly pid: number; readonly perSecond: number }
    /** The env file was read: where the app was told to go. Never the password. */
    | { readonly is: "told"; readonly server: string; readonly database: string }
    | { readonly is: "connected"; readonly server: string }
    | { readonly is: "acknowledged"; readonly server: string; readonly write: Write }
    | {
        readonly is: "failed";
        readonly server: string;
        /** SQLSTATE, the socket's code, or a word of ours. */
        readonly code: string;
        readonly message: string;
        /** Absent when there was no connection to write on. */
        readonly write?: Write;
        /** The connection broke before the answer: the write may have happened. */
        readonly inDoubt: boolean;
      }
    | { readonly is: "stopped"; readonly because: string }
  );

type Bare<T> = T extends unknown ? Omit<T, "at"> : never;

export interface Recorder {
  append(entry: Bare<Entry>): void;
  close(): void;
}

/** Wall time that no adjustment of the clock moves: gaps between writes are measured with it. */
export function nowMs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000) / 1000;
}

export function openRecord(file: string): Recorder {
  const descriptor = openSync(file, "a", 0o600);
  return {
    append: (entry) => {
      writeSync(descriptor, `${JSON.stringify({ at: nowMs(), ...entry })}\n`);
    },
    close: () => closeSync(descriptor),
  };
}

/** A torn last line, left by a client that was killed, is dropped; damage elsewhere is an error. */
export async function* readRecord(file: string): AsyncGenerator<Entry> {
  const lines = readline.createInterface({
    input: createReadStream(file, "utf8"),
    crlfDelay: Infinity,
  });
  let torn: string | undefined;
  for await (const line of lines) {
    if (torn !== undefined) throw new SyntaxError(`${file} holds a line that is no entry: ${torn}`);
    try {
      yield JSON.parse(line) as Entry;
    } catch {
      torn = line;
    }
  }
}
