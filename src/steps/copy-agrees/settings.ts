/** What a plan says about the comparison before the freeze. */
import { z } from "zod";
import { duration, size } from "../../core/plan/fields.ts";

export const settings = z.strictObject({
  sessions: z
    .int()
    .min(1)
    .max(32)
    .default(2)
    .describe("Sessions on each side; one database is compared at a time."),
  accept: z
    .array(z.string())
    .default([])
    .describe(
      'Differences that are known and wanted, written as for `data-equal`: `contents-differ "public"."cache"`. They stay visible, as warnings.',
    ),
  pauseAbove: z
    .int()
    .min(0)
    .optional()
    .describe(
      "Before each slice of the source it waits while more sessions of others than that run a statement there. Without it: never.",
    ),
  pauseBehind: size()
    .optional()
    .describe(
      "The same while the stream is more WAL behind than that, such as `256MB`: reading a server hard can hold up who follows it. Without it: never.",
    ),
  arrivesWithin: duration()
    .prefault("1m")
    .describe(
      "The longest that a row written to the source may take to the target. Beyond it, what differs cannot be told from what is under way.",
    ),
});

export type AgreesSettings = z.infer<typeof settings>;
