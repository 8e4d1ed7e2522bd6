/** The manifest of a comparison: the tables whose contents were proven equal. */
import { hashForm, type RowHash } from "../contents/row-hash.ts";
import { uncheckedBecause } from "../failure.ts";
import type { TableComparison } from "../report.ts";
import type { Reader } from "../side.ts";
import type { Manifest, ManifestTable } from "./manifest.ts";
import { readCounters } from "../counters.ts";

/**
 * Undefined when rows were not hashed, or the target did not tell: a comparison is worth no less without. The
 * target must stand still, for this is read after its rows.
 */
export async function makeManifest(
  target: Reader,
  rowHash: RowHash | undefined,
  tables: readonly TableComparison[],
  ignoredSchemas: readonly string[],
): Promise<Manifest | undefined> {
  if (rowHash === undefined) return undefined;
  const moment = await readCounters(target, ignoredSchemas).catch((error: unknown) => {
    uncheckedBecause("target", "its counters", error);
    return undefined;
  });
  if (moment === undefined) return undefined;
  const entries = tables.flatMap(({ table, sourceRows, checksum }): [string, ManifestTable][] => {
    const counted = moment.tables.get(table);
    if (checksum === undefined || counted === undefined) return [];
    return [[table, [String(sourceRows), checksum, String(counted.changed), counted.file]]];
  });
  return {
    form: hashForm,
    rowHash,
    xid: String(moment.xid),
    countedSince: moment.countedSince,
    tables: Object.fromEntries(entries),
  };
}
