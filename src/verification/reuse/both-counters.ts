/** The counters of both sides: before a comparison in sessions of their own, and within one. */
import { type Counters, readCounters } from "../counters.ts";
import { uncheckedBecause } from "../failure.ts";
import { openSideSnapshot } from "../side-snapshot.ts";
import type { Reader, Side } from "../side.ts";
import type { BothCounters } from "./proven.ts";

interface Before {
  readonly source: Side;
  readonly target: Side;
  readonly signal: AbortSignal;
  readonly options?: { readonly ignoredSchemas?: readonly string[] };
}

/**
 * Read and let go of before any snapshot is taken: what is written in between is
 * counted twice at most, and never not at all. Undefined when a side could not be
 * asked: nothing will be reused. Throws the signal's reason when it fires.
 */
export async function countersBefore(request: Before): Promise<BothCounters | undefined> {
  const { source, target, signal, options } = request;
  const ignored = options?.ignoredSchemas ?? [];
  const read = async (side: Side): Promise<Counters | undefined> => {
    try {
      const snapshot = await openSideSnapshot(side, 1, signal);
      try {
        return await readCounters(snapshot, ignored);
      } finally {
        await snapshot.close();
      }
    } catch (error) {
      signal.throwIfAborted();
      uncheckedBecause(side.label, "its counters", error);
      return undefined;
    }
  };
  const [ours, theirs] = await Promise.all([read(source), read(target)]);
  return ours === undefined || theirs === undefined ? undefined : { source: ours, target: theirs };
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
