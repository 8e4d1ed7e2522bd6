/** The note that `data-equal` leaves for the time after the cut-over: what was equal, and how to tell it again. */
import { z } from "zod";
import { UnreadableError } from "../../core/errors.ts";
import type { Note } from "../../core/step.ts";
import type { Manifest } from "../../verification/index.ts";
import { withRestSums } from "./rest-sums.ts";
import { reopenedAfter } from "../source-frozen/moments.ts";

export const manifestOf = (database: string): string => `manifest ${database}`;

const number = z.string().regex(/^-?\d+$/);

const manifest = z.object({
  form: z.number().optional(),
  rowHash: z.enum(["record-send", "text-chain"]),
  xid: number,
  countedSince: z.string(),
  tables: z.record(
    z.string(),
    z.tuple([
      number,
      z.union([number, z.literal("")]),
      number,
      z.string(),
      // Not in those of older versions.
      number.optional(),
      z.string().optional(),
      z.string().optional(),
    ]),
  ),
});

/** Undefined: none was made, or the source took writes after it. Throws UnreadableError for one of another form. */
export function manifestNoted(notes: readonly Note[], database: string): Manifest | undefined {
  const note = notes.findLast(({ name }) => name === manifestOf(database));
  if (note === undefined || reopenedAfter(notes, database, note)) return undefined;
  const parsed = manifest.safeParse(note.value);
  if (parsed.success) return withRestSums(notes.slice(notes.indexOf(note)), database, parsed.data);
  throw new UnreadableError({
    message: `The journal's note "${manifestOf(database)}" is none that this version can read.`,
    meaning: "What was written since the cut-over cannot be told apart.",
    remedy: "Verify with the version of opensauced-migrate that carried the run.",
  });
}
