/**
 * Row by row, in the buckets of one table that are not as they were: which rows
 * were written since, which are gone, and which differ though nobody wrote them.
 * Memory is bounded by what is listed and by one batch of keys.
 */
import { bucketCount, bucketSums, differingBuckets, keyOf } from "../contents/buckets.ts";
import { changesOf, type DrillDownLimits, rowDifference } from "../contents/drill-down.ts";
import type { RowHash } from "../contents/row-hash.ts";
import type { TablePair } from "../contents/table-pair.ts";
import { parts } from "../parts.ts";
import type { RowDifference } from "../report.ts";
import type { TextRow } from "../side.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import { type Met, mergeRows } from "./merge-rows.ts";
import { bucketSumsWhere, keysThere, orderedRows, writtenBefore } from "./rows-sql.ts";

export interface RowsSince {
  /** Not written since, and not what the source has under their key. */
  readonly changed: number;
  /** Not written since, and not on the source. */
  readonly extra: number;
  /** The source's rows that are there in a later version; with what they held, without a key, or gone. */
  readonly modified: number;
  /** The source's rows of which the target has no version; zero without a key. */
  readonly gone: number;
  /** The first few of those that should not be: changed, extra, then gone (as `missing`). */
  readonly listed: readonly RowDifference[];
}

interface Request {
  readonly source: SideSnapshot;
  readonly target: SideSnapshot;
  readonly pair: TablePair;
  readonly hash: RowHash;
  readonly xid: bigint;
  readonly limits: DrillDownLimits;
}

/** Of one table, both sides together; each server sorts its own. */
const mostRows = 50_000_000;
const keysAtOnce = 500;

/** What is counted and kept while rows are met. */
class Meetings {
  readonly #request: Request;
  readonly counts = { changed: 0, extra: 0, modified: 0, gone: 0 };
  readonly kept = { changed: [] as TextRow[], extra: [] as TextRow[], gone: [] as TextRow[] };
  #batch: TextRow[] = [];

  constructor(request: Request) {
    this.#request = request;
  }

  async meet({ class: kind, row }: Met): Promise<void> {
    if (kind !== "missing") {
      this.counts[kind]++;
      this.#keep(kind, row);
    } else if (this.#request.pair.key.length === 0) {
      this.counts.modified++;
    } else if (this.#batch.push(row) >= keysAtOnce && !this.#isAlone) {
      await this.settle();
    }
  }

  /** With one session nothing can be asked while rows are walked over: the keys are kept until then. */
  get #isAlone(): boolean {
    return this.#request.target.sessions < 2;
  }

  get isTooMany(): boolean {
    return this.#batch.length > this.#request.limits.rowsRead;
  }

  /** Those that are met no more as they were: is there another version of them? */
  async settle(): Promise<void> {
    const kept = this.#batch;
    this.#batch = [];
    // oxlint-disable-next-line no-await-in-loop -- one batch after the other
    for (const batch of parts(kept, keysAtOnce)) await this.#settleBatch(batch);
  }

  async #settleBatch(batch: readonly TextRow[]): Promise<void> {
    const { target, pair } = this.#request;
    const values = batch.flatMap((row) => pair.key.map((_, at) => row[`k${at}`] ?? null));
    const rows = await target.read(keysThere(pair, batch.length), values);
    const there = new Set(rows.map((row) => keyOf(row, pair.key)));
    const gone = batch.filter((row) => !there.has(keyOf(row, pair.key)));
    this.counts.modified += batch.length - gone.length;
    this.counts.gone += gone.length;
    for (const row of gone) this.#keep("gone", row);
  }

  #keep(kind: keyof Meetings["kept"], row: TextRow): void {
    if (this.kept[kind].length < this.#request.limits.rows) this.kept[kind].push(row);
  }
}

/** Undefined: more rows may differ than are worth walking over. Throws what the reads throw. */
export async function rowsSince(request: Request, rows: bigint): Promise<RowsSince | undefined> {
  const { source, target, pair, hash, xid } = request;
  const buckets = bucketCount(rows);
  const old = writtenBefore(xid);
  const [ours, theirs] = await Promise.all([
    source.read(bucketSumsWhere(pair, hash, buckets, "true")),
    target.read(bucketSumsWhere(pair, hash, buckets, old)),
  ]);
  const differing = differingBuckets(bucketSums(ours), bucketSums(theirs));
  if (differing.reduce((sum, each) => sum + each.rows, 0) > mostRows) return undefined;
  const chosen = differing.map(({ bucket }) => bucket);
  const meetings = new Meetings(request);
  const walked = mergeRows(
    source.stream(orderedRows(pair, hash, buckets, chosen, "true")),
    target.stream(orderedRows(pair, hash, buckets, chosen, old)),
    pair.key.length === 0 ? ["hash"] : pair.key.map((_, at) => `k${at}`),
  );
  for await (const met of walked) {
    await meetings.meet(met);
    if (meetings.isTooMany) return undefined;
  }
  await meetings.settle();
  return { ...meetings.counts, listed: await listed(request, meetings) };
}

async function listed(request: Request, { kept }: Meetings): Promise<RowDifference[]> {
  const { pair, hash, limits } = request;
  // Without a key nothing names a row.
  if (pair.key.length === 0) return [];
  const changes = await changesOf(request, pair, hash, kept.changed, limits);
  const named = (kind: RowDifference["class"], rows: readonly TextRow[]) =>
    rows.map((row) => rowDifference(pair, { class: kind, row }, changes));
  return [
    ...named("changed", kept.changed),
    ...named("extra", kept.extra),
    ...named("missing", kept.gone),
  ].slice(0, limits.rows);
}
