/**
 * Both snapshots of a comparison that could only count some tables, held while
 * applications write to the target, and what those tables hold in them. Owns
 * keeping the sessions alive, letting go of them, and the doubt whether an old
 * snapshot still shows a table as it was. Answers once.
 */
import { performance } from "node:perf_hooks";
import { compareContents, type ContentsComparison } from "../contents/compare-contents.ts";
import type { RowHash } from "../contents/row-hash.ts";
import type { TablePair } from "../contents/table-pair.ts";
import { addUp, nothing } from "../found.ts";
import { uncheckedBecause } from "../failure.ts";
import type { CompareOptions, CompareRequest, ComparisonProgress } from "../options.ts";
import type { DatabaseComparison } from "../report.ts";
import { withBothLive } from "../side-live.ts";
import type { Reader } from "../side.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import { UntilAborted } from "../until-aborted.ts";
import { type Doubts, unheld, withDoubts } from "../doubts.ts";
import { changedTables, readTableStates, type TableStates } from "./table-state.ts";

export interface Holding {
  readonly source: SideSnapshot;
  readonly target: SideSnapshot;
  /** Of the comparison that took them. */
  readonly request: CompareRequest;
  readonly options: CompareOptions;
  /** Those that were only counted. */
  readonly pairs: readonly TablePair[];
  readonly hash: RowHash;
  readonly states: { readonly source: TableStates; readonly target: TableStates };
}

/** Azure's load balancer forgets a silent connection after four minutes, some firewalls after one. */
const pulseMs = 30_000;

export interface HeldRequest {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ComparisonProgress) => void;
}

export class Held {
  readonly #holding: Holding;
  readonly #timer: NodeJS.Timeout;
  #limit: NodeJS.Timeout | undefined;
  /** Why it holds nothing any more. */
  #ended: string | undefined;

  constructor(holding: Holding) {
    this.#holding = holding;
    // A process that has nothing else to do may end, and the sessions with it.
    this.#timer = setInterval(() => void this.pulse(), pulseMs).unref();
  }

  /** A sign of life of every session. One that gives none is given up; the others hold the same. */
  async pulse(): Promise<void> {
    const { source, target } = this.#holding;
    await Promise.all([source.pulse(), target.pulse()]);
  }

  get tables(): readonly string[] {
    return this.#holding.pairs.map(({ table }) => table);
  }

  /** An old snapshot keeps the server from cleaning up, so it is not held for ever. */
  limitTo(ms: number, because: string): void {
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => void this.close(because), ms).unref();
  }

  /** Fewer sessions to each side. */
  async keep(sessions: number): Promise<void> {
    const { source, target } = this.#holding;
    await Promise.all([source.keep(sessions), target.keep(sessions)]);
  }

  async close(because = "it was let go of"): Promise<void> {
    this.#ended ??= because;
    clearInterval(this.#timer);
    clearTimeout(this.#limit);
    const { source, target } = this.#holding;
    await Promise.all([source.close(), target.close()]);
  }

  /**
   * Exact, whatever applications write to the target meanwhile; what an old
   * snapshot cannot tell is in `unchecked`. Nothing is held afterwards. Throws
   * the signal's reason at once when it fires.
   */
  async compare({ signal, onProgress }: HeldRequest): Promise<DatabaseComparison> {
    const began = performance.now();
    const { request, pairs, hash } = this.#holding;
    signal.throwIfAborted();
    const contents =
      this.#ended === undefined
        ? await this.#compareHeld(signal, onProgress)
        : unheld(pairs, `the snapshot is held no more: ${this.#ended}`);
    const found = { ...nothing, contents, unchecked: [], rowHash: hash };
    return addUp(request, found, performance.now() - began);
  }

  async #compareHeld(
    signal: AbortSignal,
    tell: HeldRequest["onProgress"],
  ): Promise<ContentsComparison> {
    const aborted = new UntilAborted(signal);
    try {
      const contents = await aborted.wait(this.#read(signal, tell));
      await this.close("it was compared");
      return withDoubts(contents, this.#holding.pairs, await aborted.wait(this.#doubts(signal)));
    } finally {
      aborted.stop();
      await this.close("it was compared");
    }
  }

  #read(signal: AbortSignal, tell: HeldRequest["onProgress"]): Promise<ContentsComparison> {
    const { source, target, options, pairs, hash } = this.#holding;
    const tables = pairs.length;
    let last: ComparisonProgress = { phase: "contents", tables, bytesDone: 0, bytesTotal: 0 };
    return compareContents({
      source,
      target,
      pairs,
      hash,
      // What was read before counts for the freeze, and is not asked about again.
      options: { ...options, proven: undefined, read: undefined, onRead: undefined },
      signal,
      onBytes: (bytesDone, bytesTotal) => tell?.((last = { ...last, bytesDone, bytesTotal })),
      onDrillDown: () => tell?.({ ...last, phase: "differing rows" }),
    });
  }

  /** Asked when all is read, and outside of the snapshots: in them the catalog is old, too. */
  #doubts(signal: AbortSignal): Promise<Doubts> {
    const { request, options, states } = this.#holding;
    const { source, target } = request;
    const now = (side: Reader) => readTableStates(side, options.ignoredSchemas);
    return withBothLive<Doubts>(
      { source, target, signal, sessions: 1 },
      {
        opened: async (sides) => {
          try {
            const [ours, theirs] = await Promise.all([now(sides.source), now(sides.target)]);
            return new Map([
              ...changedTables(this.tables, "source", states.source, ours),
              ...changedTables(this.tables, "target", states.target, theirs),
            ]);
          } catch (error) {
            signal.throwIfAborted();
            return [uncheckedBecause("both", "whether tables are as they were", error)];
          }
        },
        refused: (because) => because,
      },
    );
  }
}
