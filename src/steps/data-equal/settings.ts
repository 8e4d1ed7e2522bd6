/** What a plan says about a comparison, and what a look at it gives. */
import { z } from "zod";
import { duration } from "../../core/plan/fields.ts";
import type { DatabaseComparison } from "../../verification/index.ts";

export const settings = z.strictObject({
  sessions: z.int().min(1).max(32).default(2).describe("Sessions on each side for each database."),
  maxConnections: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe(
      "Sessions on each side for all databases together; they take turns then. Absent: `sessions` for each database, all at once.",
    ),
  within: duration()
    .optional()
    .meta({ needsLaterKind: "rest-equal" })
    .describe(
      "How long contents are read, within the outage. Tables that do not fit in, the largest, are only counted, however long that takes; a later step `rest-equal` compares their contents. Absent: all contents are compared here.",
    ),
  accept: z
    .array(z.string())
    .default([])
    .describe(
      'Differences that are known and wanted, as `CODE OBJECT` from the report, quotes included: `index-missing "public"."old_index"`; in one database only: `api: index-missing "public"."old_index"`. They stay visible, as warnings, in `verify` too.',
    ),
});

export type EqualSettings = z.infer<typeof settings>;

export interface EqualSeen {
  readonly frozen: boolean;
  /** Databases of which it was not noted yet what had been written before the comparison. */
  readonly uncounted: readonly string[];
  /** Differences that the target refused to undo, as they were noted. */
  readonly refused: readonly string[];
  readonly comparisons: readonly {
    readonly database: string;
    readonly result: DatabaseComparison;
  }[];
}
