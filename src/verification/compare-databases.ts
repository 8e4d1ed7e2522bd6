/**
 * Compares two databases: catalog, rows, sequences, each side in one snapshot.
 * Owns the order of the parts and the answer they add up to.
 */
import { performance } from "node:perf_hooks";
import { sameNames } from "./access/role-names.ts";
import { compareCatalogs } from "./catalog/compare.ts";
import {
  type ContentsComparison,
  type ContentsRequest,
  compareContents,
} from "./contents/compare-contents.ts";
import { defaultDrillDownLimits } from "./contents/drill-down.ts";
import { defaultSliceBytes } from "./contents/tasks.ts";
import { readTablePairs } from "./contents/table-pair.ts";
import { extensionRows } from "./extension-rows.ts";
import { notOpened } from "./failure.ts";
import { addUp, type Found, nothing } from "./found.ts";
import { probeRowHash } from "./hash-probe.ts";
import type { CompareOptions, CompareRequest, ComparisonProgress } from "./options.ts";
import type { DatabaseComparison, Unchecked } from "./report.ts";
import { compareSequences } from "./sequences/compare.ts";
import { compareSince } from "./since/compare-since.ts";
import { unlessReplaced } from "./replaced.ts";
import { makeManifest } from "./since/make-manifest.ts";
import { transactionsUnderWay } from "./since/under-way.ts";
import type { Manifest } from "./since/manifest.ts";
import { readTargetAlone } from "./since/target-alone.ts";
import { CountersBefore } from "./reuse/both-counters.ts";
import { type PauseBounds, pauseLimits } from "./pause/decide.ts";
import { Pauses } from "./pause/pauses.ts";
import { handOver } from "./held/hand-over.ts";
import { readSideFacts } from "./side-facts.ts";
import { type SideSnapshot, openSideSnapshot } from "./side-snapshot.ts";

interface Snapshots {
  readonly source: SideSnapshot;
  readonly target: SideSnapshot;
}

export const defaults: CompareOptions = {
  sessions: 2,
  pause: undefined,
  ignoredSchemas: [],
  sliceBytes: defaultSliceBytes,
  drillDown: defaultDrillDownLimits,
  rowHash: "probed",
  sequences: true,
  roles: undefined,
  prove: false,
  proven: undefined,
  manifest: false,
  onRead: undefined,
  readEveryMs: 5000,
  read: undefined,
  since: undefined,
  sourceDoubt: "whether it was written to since was not asked",
  countedWithinMs: 12_000,
  withinMs: undefined,
};

const noRowHash: Unchecked = {
  code: "unreadable",
  side: "both",
  object: "contents of all tables",
  reason:
    "The two servers did not hash the same constants to the same values, so rows were counted but not compared",
};

function pausesOf(
  { pids }: SideSnapshot,
  { source, signal, options }: CompareRequest,
  tell: (reason: string | undefined) => void,
): Pauses | undefined {
  const { active, behind }: PauseBounds = options?.pause ?? {};
  if (active === undefined && behind === undefined) return undefined;
  return new Pauses({
    side: source,
    limits: { bounds: { active, behind }, ...pauseLimits },
    signal,
    ours: pids,
    tell,
  });
}

async function closing<T>(pauses: Pauses | undefined, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    await pauses?.close();
  }
}

async function compareRows(request: ContentsRequest): Promise<ContentsComparison> {
  const { source, target, options } = request;
  const { since } = options;
  const contents = await (since === undefined
    ? compareContents(request)
    : compareSince({ ...request, manifest: since }));
  // Where both sides are equal, a table that was emptied meanwhile is so on both.
  if (since === undefined && contents.differences.length === 0) return contents;
  return unlessReplaced([source, target], contents, { ...options, pairs: request.pairs });
}

async function compareSnapshots(
  snapshots: Snapshots,
  request: CompareRequest,
  { before, until }: Pick<ContentsRequest, "before" | "until">,
  tell: (progress: ComparisonProgress) => void,
): Promise<Found> {
  const { source, target } = snapshots;
  const options = { ...defaults, ...request.options };
  const { ignoredSchemas, roles: naming = sameNames } = options;
  tell({ phase: "catalog", tables: 0, bytesDone: 0, bytesTotal: 0 });
  const [from, to, hash] = await Promise.all([
    readSideFacts(source),
    readSideFacts(target),
    probeRowHash(source, target, options.rowHash),
  ]);
  const unchecked: Unchecked[] = [
    ...from.unchecked,
    ...to.unchecked,
    ...(hash === undefined ? [noRowHash] : []),
  ];
  const [catalog, { pairs, unchecked: unpaired }, ofExtensions] = await Promise.all([
    compareCatalogs({
      ...snapshots,
      majors: { source: from.major ?? 0, target: to.major ?? 0 },
      roles: naming(from.roles, to.roles),
      ignoredSchemas,
    }),
    readTablePairs(source, target, ignoredSchemas),
    extensionRows(source, ignoredSchemas, unchecked),
  ]);
  const tables = pairs.length;
  let last: ComparisonProgress = { phase: "contents", tables, bytesDone: 0, bytesTotal: 0 };
  const pauses = pausesOf(source, request, (paused) => tell((last = { ...last, paused })));
  const contentsRequest = {
    ...snapshots,
    before,
    until,
    pairs,
    hash,
    options,
    signal: request.signal,
    pauses,
    onBytes: (bytesDone, bytesTotal) => tell((last = { ...last, bytesDone, bytesTotal })),
    onResumed: (resumed) => tell((last = { ...last, resumed })),
    onDrillDown: () => tell({ ...last, phase: "differing rows" }),
  } satisfies ContentsRequest;
  const rows = Promise.all([
    compareRows(contentsRequest),
    options.sequences
      ? compareSequences(snapshots, catalog.sequences, options.since !== undefined)
      : undefined,
  ]);
  const [contents, sequences] = await closing(pauses, rows);
  const manifest = options.manifest
    ? await makeManifest(target, hash, contents, ignoredSchemas)
    : undefined;
  const underWay = manifest === undefined ? [] : await transactionsUnderWay(target);
  return {
    objects: catalog.objects,
    contents,
    sequences,
    differences: [...catalog.differences, ...ofExtensions, ...underWay],
    unchecked: [...unchecked, ...unpaired, ...catalog.unchecked],
    rowHash: hash,
    manifest,
  };
}

/** The source is not there, but what was proven beside it is known. */
async function compareAlone(
  target: SideSnapshot,
  manifest: Manifest,
  unchecked: readonly Unchecked[],
  request: CompareRequest,
  tell: (progress: ComparisonProgress) => void,
): Promise<Found> {
  const options = { ...defaults, ...request.options };
  const { signal } = request;
  const alone = await readTargetAlone(target, options);
  const tables = alone.pairs.length;
  const contents = await compareSince({
    ...alone,
    source: undefined,
    target,
    manifest,
    options,
    signal,
    onBytes: (bytesDone, bytesTotal) => tell({ phase: "contents", tables, bytesDone, bytesTotal }),
    onDrillDown: () => undefined,
  });
  return {
    ...nothing,
    contents: await unlessReplaced([target], contents, { ...options, pairs: alone.pairs }),
    unchecked: [...unchecked, ...alone.unchecked],
    rowHash: alone.hash,
  };
}

async function compareOpened(
  request: CompareRequest,
  tell: (progress: ComparisonProgress) => void,
): Promise<Found> {
  const { signal } = request;
  const { withinMs } = request.options ?? {};
  const until = withinMs === undefined ? undefined : performance.now() + withinMs;
  const sessions = request.options?.sessions ?? defaults.sessions;
  const { prove, onRead } = { ...defaults, ...request.options };
  const ignored = request.options?.ignoredSchemas ?? defaults.ignoredSchemas;
  const asked = prove || onRead !== undefined ? new CountersBefore(ignored) : undefined;
  const [source, target] = await Promise.allSettled([
    openSideSnapshot(request.source, sessions, signal, asked?.of("source")),
    openSideSnapshot(request.target, sessions, signal, asked?.of("target")),
  ]);
  const before = asked?.both;
  const opened = [source, target].flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  let isHeld = false;
  try {
    signal.throwIfAborted();
    if (source.status === "rejected" || target.status === "rejected") {
      const unchecked = notOpened(request, [source, target]);
      if (target.status === "rejected" || request.options?.since === undefined) {
        return { ...nothing, unchecked };
      }
      return await compareAlone(target.value, request.options.since, unchecked, request, tell);
    }
    const snapshots = { source: source.value, target: target.value };
    const found = await compareSnapshots(snapshots, request, { before, until }, tell);
    isHeld = await handOver(snapshots, request, { ...defaults, ...request.options }, found);
    return found;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    if (!isHeld) await Promise.all(opened.map((snapshot) => snapshot.close()));
  }
}

/** What each side's snapshot has that the other's has not. Throws as `compareDatabases` does. */
export async function findDifferences(request: CompareRequest): Promise<Found> {
  const tell = (progress: ComparisonProgress): void => request.onProgress?.(progress);
  request.signal.throwIfAborted();
  tell({ phase: "connecting", tables: 0, bytesDone: 0, bytesTotal: 0 });
  return compareOpened(request, tell);
}

/**
 * Exact for each side's snapshot; the two snapshots are the same moment only
 * when the source is frozen and the target has applied everything. What cannot
 * be read is in `unchecked`, with no throw: a server that does not answer gives
 * a comparison that could not check. Throws the signal's reason at once when it
 * fires, and otherwise only for bugs.
 */
export async function compareDatabases(request: CompareRequest): Promise<DatabaseComparison> {
  const started = performance.now();
  const found = await findDifferences(request);
  return addUp(request, found, performance.now() - started);
}
