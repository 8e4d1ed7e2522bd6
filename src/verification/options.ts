/**
 * How much a comparison may take and what it tells while it runs. Data only.
 */
import type { RoleNaming } from "./access/role-names.ts";
import type { DrillDownLimits } from "./contents/drill-down.ts";
import type { PauseBounds } from "./pause/decide.ts";
import type { Held } from "./held/held.ts";
import type { Proven } from "./reuse/proven.ts";
import type { ReadBatch } from "./resume/read-batch.ts";
import type { Resumed } from "./report.ts";
import type { Manifest } from "./since/manifest.ts";
import type { Side } from "./side.ts";

export interface CompareOptions {
  /** Sessions per side. */
  readonly sessions: number;
  /** Before each read of the source's rows the comparison waits while there is more. */
  readonly pause: PauseBounds | undefined;
  /** Schemas that are no part of the data, beside the server's own and the tool's. */
  readonly ignoredSchemas: readonly string[];
  /** Bytes of heap that one read takes of a large table. */
  readonly sliceBytes: number;
  readonly drillDown: DrillDownLimits;
  /** `text-chain` is slower and needs no binary form; `probed` asks both servers what they can. */
  readonly rowHash: "probed" | "text-chain";
  /** Where sequences stand; false while they are not carried yet. How they are defined is compared always. */
  readonly sequences: boolean;
  /**
   * Role of the source to the role of the target that owns what it owned.
   * Undefined: each name stands for itself where both sides have it, and the
   * service's own roles are left undecided.
   */
  readonly roles: RoleNaming | undefined;
  /** Makes a manifest: both sides must stand still. */
  readonly manifest: boolean;
  /** Gives what a later comparison may reuse: for a source that is still written. */
  readonly prove: boolean;
  /** What an earlier comparison gave. Both sides must stand still, and the source's sessions of then be ended. */
  readonly proven: Proven | undefined;
  /**
   * Given what was read so far, now and then, so that another comparison can go on from
   * there: awaited at the end, and what it throws ends the comparison.
   */
  readonly onRead: ((batch: ReadBatch) => Promise<void>) | undefined;
  /** Milliseconds between two such calls; what is done in less is told to nobody. */
  readonly readEveryMs: number;
  /**
   * What earlier comparisons gave, of any time: parts of tables that cannot have moved since are
   * not read again. The source must be frozen: its sessions of then be ended.
   */
  readonly read: readonly ReadBatch[] | undefined;
  /** Applications write to the target since this was made: rows are compared with what was proven then. */
  readonly since: Manifest | undefined;
  /** Why the source may not be as it was then; undefined: it is known to be. Where its rows were only counted then, they are read now. */
  readonly sourceDoubt: string | undefined;
  /** Milliseconds: a session counts what it did when it has been idle for 10 s at the latest (PGSTAT_IDLE_INTERVAL). */
  readonly countedWithinMs: number;
  /**
   * Milliseconds from its beginning in which contents are read; what does not fit in is only counted, however long
   * that takes. Undefined: as long as it takes.
   */
  readonly withinMs: number | undefined;
}

export interface ComparisonProgress {
  readonly phase: "connecting" | "catalog" | "contents" | "differing rows" | "behind a fence";
  /** Tables, both sides counted once; zero until the catalog is read. */
  readonly tables: number;
  /** Bytes of tables read and to read, both sides together. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Why it waits, while it does. */
  readonly paused?: string | undefined;
  /** What an earlier process had read, where it had; from the contents on. */
  readonly resumed?: Resumed;
  /** Only behind a fence: what is not told yet, and how often it was looked at. */
  readonly undecided?: { readonly rows: number; readonly round: number };
}

export interface CompareRequest {
  readonly source: Side;
  readonly target: Side;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ComparisonProgress) => void;
  /** Where something is only counted: takes over both snapshots, and closes them. They end with the signal, too. */
  readonly hold?: (held: Held) => void;
  readonly options?: Partial<CompareOptions>;
}
