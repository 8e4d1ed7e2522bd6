/** Sums of tables that were only counted at first, and found equal by `rest-equal` later. Pure. */
import { z } from "zod";
import type { Note } from "../../core/step.ts";
import type { Manifest } from "../../verification/index.ts";
import { reopenedAfter } from "../source-frozen/moments.ts";

export const restTold = (database: string): string => `rest-compared ${database}`;

const told = z.looseObject({ sums: z.record(z.string(), z.string().regex(/^-?\d+$/)) });

/** As if they had been compared at the freeze: it is what they held then. */
export function withRestSums(
  notes: readonly Note[],
  database: string,
  manifest: Manifest,
): Manifest {
  const note = notes.findLast(({ name }) => name === restTold(database));
  if (note === undefined || reopenedAfter(notes, database, note)) return manifest;
  const { data } = told.safeParse(note.value);
  const tables = Object.entries(manifest.tables).map(([table, known]) => {
    const [rows, hash, ...rest] = known;
    return [table, [rows, hash === "" ? (data?.sums[table] ?? "") : hash, ...rest]] as const;
  });
  return { ...manifest, tables: Object.fromEntries(tables) };
}
