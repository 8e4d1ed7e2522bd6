/**
 * The note of what a comparison of the rest has found: the snapshots are gone
 * with it, and rows that applications have changed since cannot be compared
 * again. Pure.
 */
import type { Finding } from "../../core/finding.ts";
import type { Json } from "../../core/json.ts";
import type { StepContext } from "../../core/step.ts";
import type { DatabaseComparison } from "../../verification/index.ts";
import { comparisonFindings } from "../data-equal/decide.ts";
import { restTold } from "../data-equal/rest-sums.ts";

export interface Told {
  /** Tables of which neither equal nor different could be told. */
  readonly open: readonly string[];
  /** By the manifest, too: nothing else is left to ask. */
  readonly manifest: boolean;
  readonly found: readonly Found[];
  readonly rows: number;
  /** By table, where it is equal: what the manifest did not know. */
  readonly sums: { readonly [table: string]: string };
}

/** A finding, and what it is accepted by. */
export interface Found {
  readonly code: string;
  readonly object: string;
  readonly finding: Finding;
}

const nobodyKnows = { accept: [], refused: [] };

export function noteOf(told: Told): Json {
  return told as unknown as Json;
}

/**
 * Of the comparison that counted them. What was not known is asked again once the run has stopped
 * because of it; what differed in the snapshots stays so.
 */
export function toldOf(
  database: string,
  deferredAt: number,
  { notes, stops }: Pick<StepContext, "notes" | "stops">,
): Told | undefined {
  const at = notes.findLastIndex(({ name }) => name === restTold(database));
  const note = notes[at];
  if (note === undefined || at < deferredAt) return undefined;
  const told = note.value as unknown as Told;
  return stops.some((made) => made > at) ? { ...told, manifest: false } : told;
}

/** What the held snapshots have told of the tables. Open ones are the manifest's to tell. */
export function toldBySnapshots(
  database: string,
  tables: readonly string[],
  result: DatabaseComparison,
): Told {
  return {
    open: openTables(tables, result),
    manifest: false,
    found: differencesOf(database, result),
    rows: rowsOf(result),
    sums: sumsOf(result),
  };
}

/** What the manifest has told of those that were open, added to what was told before. */
export function toldByManifest(
  database: string,
  { before, tables }: { readonly before: Told | undefined; readonly tables: readonly string[] },
  result: DatabaseComparison,
): Told {
  const unchecked = result.unchecked.map((each): Found => ({
    code: each.code,
    object: each.object,
    finding: findingOf(database, { ...result, differences: [], unchecked: [each] }),
  }));
  const kept = before?.found.filter(({ finding }) => finding.severity === "blocks") ?? [];
  return {
    open: openTables(tables, result),
    manifest: true,
    found: [...kept, ...differencesOf(database, result), ...unchecked],
    rows: (before?.rows ?? 0) + rowsOf(result),
    sums: { ...before?.sums, ...sumsOf(result) },
  };
}

/** Nothing tells anything of these any more. */
export function untold(
  database: string,
  { before, tables }: { readonly before: Told | undefined; readonly tables: readonly string[] },
): Told {
  const message = (table: string) =>
    `${database}: ${table} could not be checked: the snapshots are not held any more, and the journal has no manifest.`;
  return {
    open: tables,
    manifest: true,
    found: [
      ...(before?.found ?? []),
      ...tables.map((object): Found => ({
        code: "not-held",
        object,
        finding: {
          code: "could-not-check-not-held",
          severity: "unknown",
          message: message(object),
        },
      })),
    ],
    rows: before?.rows ?? 0,
    sums: before?.sums ?? {},
  };
}

/** What has no answer is open, a table that is not in the answer above all. */
function openTables(tables: readonly string[], result: DatabaseComparison): string[] {
  const answered = new Set(
    result.tables
      .filter(({ equality }) => equality !== "could-not-check")
      .map(({ table }) => table),
  );
  return tables.filter((table) => !answered.has(table));
}

function sumsOf({ tables }: DatabaseComparison): { readonly [table: string]: string } {
  return Object.fromEntries(
    tables.flatMap(({ table, equality, checksum }) =>
      equality === "equal" && checksum !== undefined ? [[table, checksum]] : [],
    ),
  );
}

function rowsOf({ tables }: DatabaseComparison): number {
  const equal = tables.filter(({ equality }) => equality === "equal");
  return equal.reduce((sum, { sourceRows = 0n }) => sum + Number(sourceRows), 0);
}

function differencesOf(database: string, result: DatabaseComparison): Found[] {
  return result.differences.map((difference) => ({
    code: difference.code,
    object: difference.object,
    finding: findingOf(database, { ...result, differences: [difference], unchecked: [] }),
  }));
}

function findingOf(database: string, result: DatabaseComparison): Finding {
  const one = { ...result, mayBeCosmetic: [] };
  const [finding] = comparisonFindings([{ database, result: one }], nobodyKnows);
  if (finding === undefined) throw new Error("A difference gave no finding.");
  return finding;
}
