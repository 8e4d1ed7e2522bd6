/**
 * The notes of what a comparison has read so far: a process that is killed in
 * the middle of it leaves them to the next one. Whether the rows can have moved
 * since is src/verification's to judge; what is noted of another copy, or of
 * before a thaw, is not even asked about.
 */
import { z } from "zod";
import type { Json } from "../../core/json.ts";
import type { StepContext } from "../../core/step.ts";
import type { ReadBatch } from "../../verification/index.ts";
import { attemptOf } from "../data-streaming/batches.ts";
import { reopenedAfter } from "../source-frozen/moments.ts";

export const rowsRead = (database: string): string => `rows-read ${database}`;

const number = z.string().regex(/^-?\d+$/);

const noted = z.object({
  /** Of the copy. Another attempt is another copy. */
  attempt: z.number(),
  batch: z.object({
    form: z.number(),
    rowHash: z.enum(["record-send", "text-chain"]),
    sides: z.array(
      z.object({
        side: z.enum(["source", "target"]),
        database: z.string(),
        snapshot: z.string(),
        countedSince: z.string(),
        exact: z.boolean(),
        tables: z.record(
          z.string(),
          z.tuple([
            z.string(),
            z.string(),
            z.string(),
            z.array(z.tuple([z.string(), number, number])),
          ]),
        ),
      }),
    ),
  }),
});

type Remembering = Pick<StepContext, "notes" | "remember">;

export async function rememberRead(
  database: string,
  batch: ReadBatch,
  { notes, remember }: Remembering,
): Promise<void> {
  await remember(rowsRead(database), { attempt: attemptOf(notes), batch } as unknown as Json);
}

/** What an earlier process, or an earlier look of this one, has read. One that cannot be understood counts for nothing. */
export function readBefore(database: string, { notes }: Pick<Remembering, "notes">): ReadBatch[] {
  const attempt = attemptOf(notes);
  return notes
    .filter(({ name }) => name === rowsRead(database))
    .filter((note) => !reopenedAfter(notes, database, note))
    .flatMap(({ value }) => {
      const { success, data } = noted.safeParse(value);
      return success && data.attempt === attempt ? [data.batch] : [];
    });
}
