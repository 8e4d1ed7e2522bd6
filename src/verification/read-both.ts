/**
 * The same question to both sides, their answers read beside each other: names
 * the side that failed, and begins anew when only a session was lost.
 */
import { type Alongside, alongside, type NameOf } from "./alongside.ts";
import { uncheckedBecause } from "./failure.ts";
import { withHolders } from "./lock-holders.ts";
import type { Unchecked } from "./report.ts";
import { StreamBroken } from "./session-stream.ts";
import type { RowStream, SideLabel, TextRow } from "./side.ts";
import type { SideSnapshot } from "./side-snapshot.ts";

export interface ReadingBoth {
  readonly source: SideSnapshot;
  readonly target: SideSnapshot;
  /** For messages: `constraints`. */
  readonly subject: string;
  /** Sorted by the bytes of the name. */
  readonly sql: string;
  readonly nameOf: NameOf;
}

export interface ReadBoth<T> {
  /** Undefined when a side could not be read to its end. */
  readonly result: T | undefined;
  readonly unchecked: readonly Unchecked[];
}

/** Remembers what it failed with, because what reads both cannot tell whose error it met. */
class Watched implements RowStream {
  readonly label: SideLabel;
  readonly #stream: RowStream;
  failure: { readonly error: unknown } | undefined;

  constructor(label: SideLabel, stream: RowStream) {
    this.label = label;
    this.#stream = stream;
  }

  async next(): Promise<readonly TextRow[]> {
    try {
      return await this.#stream.next();
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#stream.close();
  }
}

/**
 * Reads the same of both sides, name by name, into what `begin` gives. That is
 * called anew when a session was lost and others are left: what was found until
 * then is found again. Throws what is neither the server's answer nor the network's.
 */
export async function readBoth<T>(
  reading: ReadingBoth,
  begin: () => T,
  each: (found: T, rows: Alongside) => void,
): Promise<ReadBoth<T>> {
  const { source, target, sql, subject, nameOf } = reading;
  // Both asked for at once and in one order: two readers never hold what the other waits for.
  const opened = await Promise.allSettled(
    [source, target].map(async (side) => new Watched(side.label, await side.cursor(sql))),
  );
  const streams = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failures: { readonly side: SideLabel; readonly error: unknown }[] = opened.flatMap(
    (one, at) =>
      one.status === "rejected"
        ? [{ side: at === 0 ? source.label : target.label, error: one.reason as unknown }]
        : [],
  );
  const [ours, theirs] = streams;
  try {
    if (failures.length === 0 && ours !== undefined && theirs !== undefined) {
      const result = begin();
      await alongside({ source: ours, target: theirs }, nameOf, (rows) => each(result, rows));
      return { result, unchecked: [] };
    }
  } catch (error) {
    const failed = streams.flatMap(({ label, failure }) =>
      failure === undefined ? [] : [{ side: label, error: failure.error }],
    );
    if (failed.length === 0) throw error;
    failures.push(...failed);
  } finally {
    await Promise.all(streams.map((stream) => stream.close()));
  }
  const lasting = failures.filter(({ error }) => !(error instanceof StreamBroken));
  if (lasting.length === 0) return readBoth(reading, begin, each);
  const unchecked = lasting.map(({ side: label, error }) => {
    const side = label === source.label ? source : target;
    return withHolders(side, uncheckedBecause(label, subject, error));
  });
  return { result: undefined, unchecked: await Promise.all(unchecked) };
}
