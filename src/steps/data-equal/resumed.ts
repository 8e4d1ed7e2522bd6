/** What a comparison took over from one that was cut off, and what not, in words. Pure. */
import type { Json } from "../../core/json.ts";
import type { Redone, Resumed } from "../../verification/index.ts";
import type { EqualSeen } from "./settings.ts";

type Comparisons = EqualSeen["comparisons"];

export function takenOver(comparisons: Comparisons): number {
  return comparisons.reduce((sum, { result }) => sum + (result.resumed?.slices ?? 0), 0);
}

/** A table that moved on both sides is one. */
export function tablesRedone(comparisons: Comparisons): number {
  return comparisons.reduce((sum, { result }) => sum + countTables(result.resumed), 0);
}

/** Which tables were read once more, and why. */
export function redoneNotes(comparisons: Comparisons): { readonly [name: string]: Json } {
  return Object.fromEntries(
    comparisons.flatMap(({ database, result }) => {
      const { redone = [] } = result.resumed ?? {};
      return redone.length === 0 ? [] : [[`read-once-more ${database}`, redone.map(line)]];
    }),
  );
}

/** For the line that says what goes on; undefined where nothing had been read before. */
export function resumedText(all: readonly Resumed[]): string | undefined {
  const slices = all.reduce((sum, each) => sum + each.slices, 0);
  const redone = all.flatMap((each) => each.redone);
  if (slices + redone.length === 0) return undefined;
  const [first] = redone;
  const tables = all.reduce((sum, each) => sum + countTables(each), 0);
  return [
    `${slices === 1 ? "1 part of a table" : `${slices} parts of tables`} that had been read before ${slices === 1 ? "is" : "are"} not read again`,
    ...(first === undefined
      ? []
      : [
          `${tables === 1 ? "1 table is" : `${tables} tables are`} read once more (${first.table} on the ${first.side}: ${first.because}${tables === 1 ? "" : ", and others"})`,
        ]),
  ].join("; ");
}

function countTables(resumed: Resumed | undefined): number {
  return new Set(resumed?.redone.map(({ table }) => table)).size;
}

function line({ side, table, because }: Redone): string {
  return `${table} on the ${side}: ${because}`;
}
