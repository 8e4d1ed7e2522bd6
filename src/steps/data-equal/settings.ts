/** What a plan says about a comparison, and what a look at it gives. */
import { z } from "zod";
import type { DatabaseComparison } from "../../verification/index.ts";

export const settings = z.strictObject({
  sessions: z.int().min(1).max(32).default(2).describe("Sessions on each side for each database."),
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
