/**
 * The note of which tables were equal while applications wrote, and of what both
 * sides had counted by then: behind the freeze only those are read that were
 * written since.
 */
import { z } from "zod";
import type { Json } from "../../core/json.ts";
import type { StepContext } from "../../core/step.ts";
import type { Proven } from "../../verification/index.ts";
import { attemptOf } from "../data-streaming/batches.ts";

export const copyProven = (database: string): string => `copy-proven ${database}`;

const number = z.string().regex(/^-?\d+$/);

const noted = z.object({
  /** Of the copy. Another attempt is another copy. */
  attempt: z.number(),
  proven: z.object({
    rowHash: z.enum(["record-send", "text-chain"]),
    countedSince: z.object({ source: z.string(), target: z.string() }),
    tables: z.record(z.string(), z.tuple([number, number, z.string(), z.string(), z.string()])),
  }),
});

export function noteOfProven(attempt: number, proven: Proven): Json {
  return { attempt, proven } as unknown as Json;
}

/** Undefined: nothing is known of this attempt's copy, and every table is to be read. */
export function provenOf(
  database: string,
  { notes }: Pick<StepContext, "notes">,
): Proven | undefined {
  const note = notes.findLast(({ name }) => name === copyProven(database));
  const parsed = noted.safeParse(note?.value);
  if (!parsed.success || parsed.data.attempt !== attemptOf(notes)) return undefined;
  return parsed.data.proven;
}
