/**
 * Collects what is read of both sides, and hands it out now and then. Owns when;
 * knows nothing of where it is kept.
 */
import { hashForm, type RowHash } from "../contents/row-hash.ts";
import type { TablePair } from "../contents/table-pair.ts";
import type { TableSum } from "../contents/table-sums.ts";
import type { Slice } from "../contents/tasks.ts";
import { columnsOf } from "../reuse/proven.ts";
import type { SideLabel } from "../side.ts";
import type { Counters } from "../counters.ts";
import {
  fileOf,
  rangeOf,
  type ReadBatch,
  type SideRead,
  type SliceRead,
  type TableRead,
  writesOf,
} from "./read-batch.ts";

export interface RecordedSide {
  readonly database: string;
  readonly snapshot: string;
  /** Read before the snapshot was taken. */
  readonly before: Counters;
}

export interface Recording {
  readonly rowHash: RowHash;
  readonly sides: { readonly [Side in SideLabel]: RecordedSide };
  /** Milliseconds; 0: at once. */
  readonly everyMs: number;
  readonly onRead: (batch: ReadBatch) => Promise<void>;
}

interface PendingTable {
  readonly pair: TablePair;
  readonly slices: SliceRead[];
}

export class ReadRecorder {
  readonly #recording: Recording;
  #pending = { source: new Map<string, PendingTable>(), target: new Map<string, PendingTable>() };
  /** What is done in less than the interval is not worth a word. */
  #isLong: boolean;
  readonly #timer: NodeJS.Timeout | undefined;
  #handedOut: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  #isStopped = false;

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#isLong = recording.everyMs === 0;
    if (!this.#isLong) {
      this.#timer = setInterval(() => this.#tick(), recording.everyMs).unref();
    }
  }

  /** Counted rows are not worth keeping. Throws what `onRead` threw. */
  add(label: SideLabel, { pair, ...slice }: Slice, { rows, hash }: TableSum): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (hash === undefined) return;
    const tables = this.#pending[label];
    const table = tables.get(pair.table) ?? { pair, slices: [] };
    tables.set(pair.table, table);
    table.slices.push([rangeOf(slice), String(rows), String(hash)]);
    if (this.#recording.everyMs === 0) this.#handOut();
  }

  /** Hands out the rest; throws what `onRead` threw. */
  async finish(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#isLong) this.#handOut();
    await this.#handedOut;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Nothing more is handed out. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#isLong = true;
    this.#handOut();
  }

  #handOut(): void {
    const { rowHash, onRead } = this.#recording;
    const sides = (["source", "target"] as const).flatMap((label) => this.#sideRead(label));
    this.#pending = { source: new Map(), target: new Map() };
    if (sides.length === 0 || this.#failure !== undefined) return;
    const batch = { form: hashForm, rowHash, sides };
    this.#handedOut = this.#handedOut
      .then(() => {
        if (this.#failure === undefined && !this.#isStopped) return onRead(batch);
        return undefined;
      })
      .catch((error: unknown) => {
        this.#failure ??= { error };
      });
  }

  #sideRead(side: SideLabel): SideRead[] {
    const { database, snapshot, before } = this.#recording.sides[side];
    const tables = [...this.#pending[side]].flatMap(
      ([table, { pair, slices }]): [string, TableRead][] => {
        const counted = before.tables.get(table);
        if (counted === undefined) return [];
        return [[table, [columnsOf(pair), fileOf(counted), writesOf(counted), slices]]];
      },
    );
    if (tables.length === 0) return [];
    const { countedSince, exact } = before;
    return [{ side, database, snapshot, countedSince, exact, tables: Object.fromEntries(tables) }];
  }
}
