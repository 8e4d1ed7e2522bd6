/** The manifest of a comparison: the tables whose contents were proven equal, and those that were only counted. */
import type { ContentsComparison } from "../contents/compare-contents.ts";
import { hashForm, type RowHash } from "../contents/row-hash.ts";
import { uncheckedBecause } from "../failure.ts";
import type { Reader } from "../side.ts";
import { digestOf, type Manifest, type ManifestTable } from "./manifest.ts";
import { readCounters } from "../counters.ts";

/**
 * Undefined when rows were not hashed, or the target did not tell: a comparison is worth no less without. The
 * target must stand still, for this is read after its rows.
 */
export async function makeManifest(
  target: Reader,
  rowHash: RowHash | undefined,
  { tables, pairs = [], deferred = [] }: Pick<ContentsComparison, "tables" | "pairs" | "deferred">,
  ignoredSchemas: readonly string[],
): Promise<Manifest | undefined> {
  if (rowHash === undefined) return undefined;
  const moment = await readCounters(target, ignoredSchemas).catch((error: unknown) => {
    uncheckedBecause("target", "its counters", error);
    return undefined;
  });
  if (moment === undefined) return undefined;
  const counts = new Set(deferred.map(({ table }) => table));
  const digests = new Map(pairs.map((pair) => [pair.table, digestOf(pair)]));
  const entries = tables.flatMap(({ table, sourceRows, checksum }): [string, ManifestTable][] => {
    const counted = moment.tables.get(table);
    const hash = checksum ?? (counts.has(table) ? "" : undefined);
    if (hash === undefined || counted === undefined) return [];
    const { changed, deleted, file } = counted;
    const columns = digests.get(table);
    const known = [String(sourceRows), hash, String(changed), file, String(deleted)] as const;
    // Not as undefined: the journal would have it as null.
    return [[table, columns === undefined ? known : [...known, columns]]];
  });
  return {
    form: hashForm,
    rowHash,
    xid: String(moment.xid),
    countedSince: moment.countedSince,
    tables: Object.fromEntries(entries),
  };
}
