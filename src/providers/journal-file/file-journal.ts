/**
 * One run's journal.jsonl, open for append: whole lines, one after the other,
 * each on disk before its promise resolves. After a failed write nothing more
 * is written: what the disk holds is then not known for certain.
 */
import { constants } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { ActionError, type MigrationError } from "../../core/errors.ts";
import { entryBody, type Entry, type EntryBody } from "../../core/journal/entry.ts";
import type { Journal } from "../../core/journal/journal.ts";
import { readLines, writeLine } from "../../core/journal/line.ts";
import { codeOf, tell } from "./failure.ts";
import type { RunLock } from "./lock.ts";

export interface FileJournal extends Journal {
  /** Bytes of a last line that a crash tore, and that were cut off; 0 for none. */
  readonly tornBytes: number;
}

export async function openFile(path: string, create: boolean): Promise<FileHandle> {
  const { O_RDWR, O_APPEND, O_CREAT } = constants;
  return open(path, O_RDWR | O_APPEND | (create ? O_CREAT : 0), 0o600);
}

export interface Opened {
  readonly run: string;
  readonly path: string;
  readonly handle: FileHandle;
  readonly lock: RunLock;
  readonly now: () => Date;
}

/** Reads the file under its lock, and cuts a torn last line off. */
export async function readJournal(opened: Opened): Promise<FileJournal> {
  const { handle, path } = opened;
  const content = await handle.readFile();
  const { entries, link, soundBytes } = readLines(content.toString("utf8"), path);
  const tornBytes = content.length - soundBytes;
  if (tornBytes > 0) {
    await handle.truncate(soundBytes);
    await handle.sync();
  }
  return new AppendedFile(opened, [...entries], link, soundBytes, tornBytes);
}

export class AppendedFile implements FileJournal {
  readonly run: string;
  readonly place: string;
  readonly tornBytes: number;
  readonly #opened: Opened;
  readonly #entries: Entry[];
  #link: string;
  #bytes: number;
  #last: Promise<void> = Promise.resolve();
  #broken: MigrationError | undefined;
  #closed = false;

  constructor(opened: Opened, entries: Entry[], link: string, bytes: number, tornBytes: number) {
    this.run = opened.run;
    this.place = opened.path;
    this.tornBytes = tornBytes;
    this.#opened = opened;
    this.#entries = entries;
    this.#link = link;
    this.#bytes = bytes;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  async append(body: EntryBody): Promise<void> {
    // A line that the reader would refuse must never be written.
    const known = entryBody.parse(JSON.parse(JSON.stringify(body)));
    if (this.#closed) throw new Error(`The journal of run ${this.run} is closed.`);
    const appended = this.#last.then(() => this.#write(known));
    this.#last = appended.catch(() => undefined);
    await appended;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#last;
    try {
      await this.#opened.handle.close();
    } finally {
      await this.#opened.lock.release();
    }
  }

  async #write(body: EntryBody): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    const { handle, path, now } = this.#opened;
    const entry: Entry = { seq: this.#entries.length + 1, at: now().toISOString(), ...body };
    const { line, link } = writeLine(this.#link, entry);
    const bytes = Buffer.from(line);
    try {
      await this.#refuseForeignChange();
      const { bytesWritten } = await handle.write(bytes);
      // The kernel writes what still fits and reports the full disk only to the next call.
      if (bytesWritten !== bytes.length) await handle.write(bytes, bytesWritten);
      await handle.datasync();
    } catch (error) {
      this.#broken = tell(error, "append", path);
      // Tidy, not needed: a torn last line is dropped on reading.
      if (!(error instanceof ActionError))
        await handle.truncate(this.#bytes).catch(() => undefined);
      throw this.#broken;
    }
    this.#entries.push(entry);
    this.#link = link;
    this.#bytes += bytes.length;
  }

  /** An entry in a file that was deleted is durable nowhere. */
  async #refuseForeignChange(): Promise<void> {
    const { handle, path } = this.#opened;
    const own = await handle.stat();
    const named = await stat(path).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    });
    const same = named !== undefined && named.ino === own.ino && named.dev === own.dev;
    if (same && own.size === this.#bytes) return;
    throw new ActionError({
      message: `The journal ${path} was ${same ? "written to" : "removed or replaced"} by something else while the run went on.`,
      meaning: "The run cannot be recorded any more, so it does nothing further.",
      remedy:
        "Find out what touches the state folder. Restore the file from a copy if you have one, then: opensauced-migrate status",
    });
  }
}
