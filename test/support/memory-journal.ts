/** A journal in memory that can be killed: from then on its appends never settle. */
import type { Entry, EntryBody } from "../../src/core/journal/entry.ts";
import type { Journal } from "../../src/core/journal/journal.ts";
import { firstLink, readLines, writeLine } from "../../src/core/journal/line.ts";
import { openedBody } from "./journal-entries.ts";

/** Where the process dies, counted in appends of this process from 1. */
export interface Death {
  readonly append: number;
  /** `before`: the entry is lost. `after`: it is on disk, and nobody was told. */
  readonly when: "before" | "after";
}

export class MemoryJournal implements Journal {
  readonly run: string;
  readonly place = "memory";
  readonly entries: Entry[];
  /** Settles when the process has died. */
  readonly died: Promise<void>;
  appends = 0;
  /** Thrown by every append from now on, as a full disk would. */
  refuses: Error | undefined;
  #die: () => void = () => undefined;
  #dead = false;
  readonly #death: Death | undefined;

  constructor(entries: readonly Entry[], death?: Death) {
    this.entries = [...entries];
    this.run = "osm1";
    this.#death = death;
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  static begun(steps: readonly string[]): MemoryJournal {
    const at = "2026-01-01T00:00:00.000Z";
    return new MemoryJournal([{ seq: 1, at, ...openedBody("osm1", steps) }]);
  }

  /** The same run in a new process: what is read back from the lines that were written. */
  reopened(death?: Death): MemoryJournal {
    let link = firstLink;
    const text = this.entries
      .map((entry) => {
        const written = writeLine(link, entry);
        link = written.link;
        return written.line;
      })
      .join("");
    return new MemoryJournal(readLines(text, "memory").entries, death);
  }

  append(body: EntryBody): Promise<void> {
    if (this.#dead) return forever();
    if (this.refuses !== undefined) return Promise.reject(this.refuses);
    this.appends++;
    const dies = this.#death?.append === this.appends;
    if (dies && this.#death?.when === "before") return this.#kill();
    this.entries.push({ seq: this.entries.length + 1, at: "2026-01-01T00:00:00.000Z", ...body });
    return dies ? this.#kill() : Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  types(): string[] {
    return this.entries.map((entry) =>
      "step" in entry ? `${entry.type} ${entry.step}` : entry.type,
    );
  }

  #kill(): Promise<never> {
    this.#dead = true;
    this.#die();
    return forever();
  }
}

function forever(): Promise<never> {
  return new Promise<never>(() => undefined);
}
