/** The counters of both sides: before a comparison takes its snapshots, and within one. */
import { type Counters, readCounters } from "../counters.ts";
import { uncheckedBecause } from "../failure.ts";
import type { Reader, SideLabel } from "../side.ts";
import type { BothCounters } from "./proven.ts";

/**
 * Read of each side before its snapshot is taken: what is written in between is
 * counted twice at most, and never not at all.
 */
export class CountersBefore {
  readonly #ignored: readonly string[];
  readonly #read = new Map<SideLabel, Counters>();

  constructor(ignoredSchemas: readonly string[]) {
    this.#ignored = ignoredSchemas;
  }

  /** To be asked in a transaction of its own. Throws only for bugs. */
  of(label: SideLabel): (reader: Reader) => Promise<void> {
    return async (reader) => {
      try {
        this.#read.set(label, await readCounters(reader, this.#ignored));
      } catch (error) {
        uncheckedBecause(label, "its counters", error);
      }
    };
  }

  /** Undefined when a side could not be asked: nothing will be reused. */
  get both(): BothCounters | undefined {
    const [source, target] = [this.#read.get("source"), this.#read.get("target")];
    return source === undefined || target === undefined ? undefined : { source, target };
  }
}

/** Undefined when a side could not be asked: then every table is read. */
export async function readBothCounters(
  { source, target }: { readonly source: Reader; readonly target: Reader },
  ignored: readonly string[],
): Promise<BothCounters | undefined> {
  try {
    const [ours, theirs] = await Promise.all([
      readCounters(source, ignored),
      readCounters(target, ignored),
    ]);
    return { source: ours, target: theirs };
  } catch (error) {
    uncheckedBecause("target", "its counters", error);
    return undefined;
  }
}
