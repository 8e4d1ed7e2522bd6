/** What `data-equal` only counted for want of time, and notes for `rest-equal`. Pure. */
import { z } from "zod";
import type { Finding } from "../../core/finding.ts";
import type { Json } from "../../core/json.ts";
import type { Note } from "../../core/step.ts";
import type { EqualSeen } from "./settings.ts";

export const deferredIn = (database: string): string => `only-counted ${database}`;

type Comparisons = EqualSeen["comparisons"];

/** Of every database, also where it is nothing: without a note nothing is known. */
export function deferredNotes(comparisons: Comparisons): { readonly [name: string]: Json } {
  return Object.fromEntries(
    comparisons.map(({ database, result }) => [
      deferredIn(database),
      result.deferred.map(({ table }) => table),
    ]),
  );
}

export interface Deferred {
  readonly tables: readonly string[];
  /** Its place among the notes. */
  readonly at: number;
}

/** Of the latest comparison; undefined: there was none yet. */
export function deferredNoted(notes: readonly Note[], database: string): Deferred | undefined {
  const at = notes.findLastIndex(({ name }) => name === deferredIn(database));
  const note = notes[at];
  if (note === undefined) return undefined;
  return { tables: z.array(z.string()).parse(note.value), at };
}

export function deferredTotals(comparisons: Comparisons) {
  const all = comparisons.flatMap(({ result }) => result.deferred);
  return { tables: all.length, bytes: Number(all.reduce((sum, { bytes }) => sum + bytes, 0n)) };
}

/** Equal counts say nothing about contents, so nobody may take them for compared. */
export function deferredFindings(comparisons: Comparisons): Finding[] {
  return comparisons.flatMap(({ database, result: { deferred } }): Finding[] => {
    const { tables, bytes } = deferredTotals(
      comparisons.filter((each) => each.database === database),
    );
    if (tables === 0) return [];
    return [
      {
        code: "only-counted",
        severity: "warns",
        message: `${database}: ${tables === 1 ? "1 table" : `${tables} tables`} of ${megabytes(bytes)} did not fit into \`within\`: as many rows on both sides, and what they hold is not compared yet. \`rest-equal\` compares it in the snapshots of now, when applications write to the target again.`,
        objects: deferred.map(({ table }) => table),
      },
    ];
  });
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString("en-US")} MB`;
}
