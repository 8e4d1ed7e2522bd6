/** The manifest of a comparison: the tables whose contents were proven equal, and those that were only counted. */
import type { ContentsComparison } from "../contents/compare-contents.ts";
import { hashForm, type RowHash } from "../contents/row-hash.ts";
import { uncheckedBecause } from "../failure.ts";
import type { Reader } from "../side.ts";
import { digestOf, type Manifest, type ManifestTable } from "./manifest.ts";
import { type Counters, readCounters } from "../counters.ts";

/**
 * Transactions that are under way have ids before it, also those that the snapshot
 * does not tell of: its own bound lies behind the latest that has ended.
 */
const nextIdSql = "select pg_catalog.txid_current()::pg_catalog.text as xid";

async function readMoment(target: Reader, ignoredSchemas: readonly string[]): Promise<Moment> {
  const counters = await readCounters(target, ignoredSchemas);
  const [row] = await target.read(nextIdSql);
  if (typeof row?.["xid"] !== "string") throw new TypeError("txid_current() gave no row");
  return { ...counters, xid: row["xid"] };
}

interface Moment extends Omit<Counters, "xid"> {
  readonly xid: string;
}

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
  const moment = await readMoment(target, ignoredSchemas).catch((error: unknown) => {
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
    const { changed, deleted, file, composites } = counted;
    const columns = digests.get(table);
    const known = [String(sourceRows), hash, String(changed), file, String(deleted)] as const;
    // Not as undefined: the journal would have it as null.
    return [[table, columns === undefined ? known : [...known, columns, composites]]];
  });
  return {
    form: hashForm,
    rowHash,
    xid: moment.xid,
    countedSince: moment.countedSince,
    tables: Object.fromEntries(entries),
  };
}
