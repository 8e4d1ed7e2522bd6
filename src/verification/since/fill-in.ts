/**
 * Tables that were only counted at the cut-over: what the source holds is read
 * now, provided that it stands as it did then, and takes the place of the sum
 * that is not known.
 */
import type { TablePair } from "../contents/table-pair.ts";
import { readWholeSums } from "../contents/table-sums.ts";
import type { Unchecked } from "../report.ts";
import { isOnlyCounted, type Manifest, type ManifestTable } from "./manifest.ts";
import type { SinceRequest } from "./table-since.ts";

export interface FilledIn {
  /** With sums, as far as they could be had; a table that was only counted is not in it otherwise. */
  readonly manifest: Manifest;
  /** Those that were only counted then. */
  readonly counted: ReadonlySet<string>;
  /** By table: why its sum could not be had. */
  readonly unchecked: ReadonlyMap<string, Unchecked>;
}

/** Throws the signal's reason when it fires. */
export async function fillIn(
  request: SinceRequest,
  pairs: readonly TablePair[],
): Promise<FilledIn> {
  const { manifest } = request;
  const open = pairs.filter(({ table }) => {
    const known = manifest.tables[table];
    return known !== undefined && isOnlyCounted(known);
  });
  const read = await readSource(request, open);
  const unchecked = new Map<string, Unchecked>();
  const tables = Object.fromEntries(
    Object.entries(manifest.tables).filter(([, known]) => !isOnlyCounted(known)),
  );
  for (const { table } of open) {
    const known = manifest.tables[table];
    const sum = typeof read === "string" ? undefined : read.sums.get(table);
    if (known === undefined) continue;
    if (sum?.hash !== undefined && sum.rows === BigInt(known[0])) {
      const [rows, , ...rest] = known;
      tables[table] = [rows, String(sum.hash), ...rest] satisfies ManifestTable;
      continue;
    }
    const why =
      typeof read === "string"
        ? read
        : (read.unchecked.find(({ object }) => object === table)?.reason ??
          "the source is not what it was at the freeze");
    unchecked.set(table, {
      code: "written-since-cutover",
      side: "source",
      object: table,
      reason: `Its rows were only counted at the cut-over, and what they held cannot be told: ${why}`,
    });
  }
  const counted = new Set(open.map(({ table }) => table));
  return { manifest: { ...manifest, tables }, counted, unchecked };
}

/** A sentence: why it was not read. */
async function readSource(request: SinceRequest, open: readonly TablePair[]) {
  const { source, manifest, options } = request;
  if (open.length === 0) return "nothing is open";
  if (source === undefined) return "the source could not be reached";
  if (options.sourceDoubt !== undefined) return options.sourceDoubt;
  return readWholeSums(source, open, manifest.rowHash, request);
}
