/**
 * The reads of one comparison: which an earlier process has made already, and
 * the record of those that this one makes, for a later one.
 */
import { addSums, type SideSums, type SliceSum, type TableSum } from "../contents/table-sums.ts";
import type { RowHash } from "../contents/row-hash.ts";
import type { TablePair } from "../contents/table-pair.ts";
import type { Task } from "../contents/tasks.ts";
import type { CompareOptions } from "../options.ts";
import type { Resumed } from "../report.ts";
import type { BothCounters } from "../reuse/proven.ts";
import type { SideLabel } from "../side.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import { type Judged, judgeReads } from "./judge.ts";
import { rangeOf } from "./read-batch.ts";
import { ReadRecorder } from "./recorder.ts";
import { readSideNow } from "./side-now.ts";

export interface ReadsRequest {
  readonly source: SideSnapshot;
  readonly target: SideSnapshot;
  readonly hash: RowHash | undefined;
  readonly options: Pick<
    CompareOptions,
    "read" | "onRead" | "readEveryMs" | "ignoredSchemas" | "countedWithinMs"
  >;
  /** Read before the snapshots were taken. */
  readonly before?: BothCounters | undefined;
}

const nothingKnown: Judged = { known: { source: new Map(), target: new Map() }, redone: [] };

export class Reads {
  readonly #judged: Judged;
  readonly #recorder: ReadRecorder | undefined;
  readonly #known = { source: new Map<string, TableSum>(), target: new Map<string, TableSum>() };
  #slices = 0;
  #bytes = 0;

  constructor(judged: Judged, recorder: ReadRecorder | undefined) {
    this.#judged = judged;
    this.#recorder = recorder;
  }

  /** The tasks without what is known: once for each side. */
  left(label: SideLabel, tasks: readonly Task[]): Task[] {
    return tasks.flatMap((task) => {
      const slices = task.slices.filter((slice) => {
        const sum = this.#judged.known[label].get(slice.pair.table)?.get(rangeOf(slice));
        if (sum === undefined) return true;
        const sums = this.#known[label];
        sums.set(slice.pair.table, addSums(sums.get(slice.pair.table), sum));
        this.#slices++;
        this.#bytes += slice.bytes;
        return false;
      });
      const bytes = slices.reduce((total, slice) => total + slice.bytes, 0);
      return slices.length === 0 ? [] : [{ slices, bytes }];
    });
  }

  /** Throws what handing out threw. */
  add(label: SideLabel, read: readonly SliceSum[]): void {
    for (const { slice, sum } of read) this.#recorder?.add(label, slice, sum);
  }

  /** What was read, and what was known. */
  whole(label: SideLabel, read: SideSums): SideSums {
    const failed = new Set(read.unchecked.map(({ object }) => object));
    const sums = new Map(read.sums);
    for (const [table, sum] of this.#known[label]) {
      if (!failed.has(table)) sums.set(table, addSums(sums.get(table), sum));
    }
    return { ...read, sums };
  }

  /** Undefined where nothing had been read before. */
  get resumed(): Resumed | undefined {
    const { redone } = this.#judged;
    if (this.#slices === 0 && redone.length === 0) return undefined;
    return { slices: this.#slices, bytes: this.#bytes, redone };
  }

  /** Hands out what is left to hand out; throws what that threw. */
  async finish(): Promise<void> {
    await this.#recorder?.finish();
  }

  stop(): void {
    this.#recorder?.stop();
  }
}

/** Throws the signal's reason when it fires. A side that does not tell is read whole, and not recorded. */
export async function openReads(
  { source, target, hash, options, before }: ReadsRequest,
  pairs: readonly TablePair[],
): Promise<Reads> {
  const { read: batches = [], onRead, readEveryMs } = options;
  if (batches.length === 0 && onRead === undefined) return new Reads(nothingKnown, undefined);
  const wanted = { counters: batches.length > 0 };
  const [ours, theirs] = await Promise.all([
    readSideNow(source, options, wanted),
    readSideNow(target, options, wanted),
  ]);
  if (ours === undefined || theirs === undefined) return new Reads(nothingKnown, undefined);
  const now = { source: ours, target: theirs };
  const recorder =
    onRead === undefined || before === undefined || hash === undefined
      ? undefined
      : new ReadRecorder({
          rowHash: hash,
          sides: {
            source: { ...ours, before: before.source },
            target: { ...theirs, before: before.target },
          },
          everyMs: readEveryMs,
          onRead,
        });
  return new Reads(judgeReads({ batches, now, hash, pairs }), recorder);
}
