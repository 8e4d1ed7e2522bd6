/** What a plan says about the checks: what to look at, and what is known and accepted. */
import { z } from "zod";
import { duration } from "../../core/plan/fields.ts";
import { text } from "../../core/plan/reference.ts";

export const settings = z.strictObject({
  mode: z
    .enum(["online", "offline"])
    .default("online")
    .describe(
      "As in the `data-streaming` step: `offline` leaves out what only following the source's changes needs.",
    ),
  acceptInsertOnly: z
    .array(z.string())
    .default([])
    .describe(
      "Tables without a usable replica identity, as `database.schema.table`, whose updates and deletes may be lost while the copy follows: Azure replays only their inserts.",
    ),
  leaveOut: z
    .array(z.string())
    .default([])
    .describe("Extensions of the source that the target need not offer."),
  trustedSources: z
    .array(text())
    .default([])
    .describe(
      "Addresses that must be among the cluster's trusted sources: that of the target, from which Azure copies, and that of this machine.",
    ),
  snapshot: z
    .boolean()
    .default(true)
    .describe(
      "Check what a `source-snapshotted` step needs: pg_dump, and free disk for the dump. Only where the plan has such a step, or `snapshotFolder` is given.",
    ),
  snapshotFolder: text()
    .optional()
    .describe(
      "Where the dump will go, relative to the plan; `folder` of the `source-snapshotted` step. Default: the run's own folder.",
    ),
  longTransaction: duration()
    .prefault("5m")
    .describe("Transactions of the source that are open for longer are named."),
});

export type PreflightSettings = z.infer<typeof settings>;
