/**
 * What was only counted at the cut-over, once nobody holds the snapshots of then
 * any more: told by the manifest, as all else is that applications may have
 * written since.
 */
import { performance } from "node:perf_hooks";
import { defaults } from "../compare-databases.ts";
import type { ContentsComparison } from "../contents/compare-contents.ts";
import { readTablePairs } from "../contents/table-pair.ts";
import { notOpened } from "../failure.ts";
import { addUp, type Found, nothing } from "../found.ts";
import { probeRowHash } from "../hash-probe.ts";
import type { CompareRequest, ComparisonProgress } from "../options.ts";
import { type DatabaseComparison, notRead, type Unchecked } from "../report.ts";
import { openSideSnapshot, type SideSnapshot } from "../side-snapshot.ts";
import { compareSince } from "../since/compare-since.ts";
import { isOnlyCounted, type Manifest } from "../since/manifest.ts";

/** As `compareDatabases`, of the rows of these tables alone: one that is not found is told, too. */
export async function compareRestSince(
  request: CompareRequest,
  manifest: Manifest,
  tables: readonly string[] = restOf(manifest),
): Promise<DatabaseComparison> {
  const began = performance.now();
  const { signal, options } = request;
  const sessions = options?.sessions ?? defaults.sessions;
  signal.throwIfAborted();
  const opened = await Promise.allSettled(
    [request.source, request.target].map((side) => openSideSnapshot(side, sessions, signal)),
  );
  const [source, target] = opened.map((one) =>
    one.status === "fulfilled" ? one.value : undefined,
  );
  try {
    signal.throwIfAborted();
    const found =
      source === undefined || target === undefined
        ? { ...nothing, unchecked: notOpened(request, opened) }
        : await compareRest({ source, target }, request, { manifest, names: tables });
    return addUp(request, found, performance.now() - began);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await Promise.all([source?.close(), target?.close()]);
  }
}

async function compareRest(
  snapshots: { readonly source: SideSnapshot; readonly target: SideSnapshot },
  request: CompareRequest,
  { manifest, names }: { readonly manifest: Manifest; readonly names: readonly string[] },
): Promise<Found> {
  const { source, target } = snapshots;
  const options = { ...defaults, ...request.options };
  const [hash, { pairs, unchecked }] = await Promise.all([
    probeRowHash(source, target, options.rowHash),
    readTablePairs(source, target, options.ignoredSchemas),
  ]);
  const rest = pairs.filter(({ table }) => names.includes(table));
  const last: ComparisonProgress = {
    phase: "contents",
    tables: rest.length,
    bytesDone: 0,
    bytesTotal: 0,
  };
  const contents = await compareSince({
    ...snapshots,
    pairs: rest,
    hash,
    manifest,
    options,
    signal: request.signal,
    onBytes: (bytesDone, bytesTotal) => request.onProgress?.({ ...last, bytesDone, bytesTotal }),
    onDrillDown: () => request.onProgress?.({ ...last, phase: "differing rows" }),
  });
  const found = new Set(rest.map(({ table }) => table));
  const missing = names.filter((table) => !found.has(table));
  return {
    ...nothing,
    contents: withMissing(contents, missing),
    unchecked,
    rowHash: hash,
  };
}

/** Of a table that a side has no more, nothing can be told; and without a word it would not be missed. */
function withMissing(contents: ContentsComparison, missing: readonly string[]): ContentsComparison {
  return {
    ...contents,
    tables: [...contents.tables, ...missing.map((table) => notRead({ table }))],
    unchecked: [
      ...contents.unchecked,
      ...missing.map((table): Unchecked => ({
        code: "vanished",
        side: "both",
        object: table,
        reason: "It was dropped or renamed since its rows were counted",
      })),
    ],
  };
}

/** Tables that were only counted. */
export function restOf({ tables }: Manifest): readonly string[] {
  return Object.entries(tables).flatMap(([table, known]) => (isOnlyCounted(known) ? [table] : []));
}
