/** What a plan says about the copy. */
import { z } from "zod";
import { duration } from "../../core/plan/fields.ts";
import { text } from "../../core/plan/reference.ts";

export const settings = z.strictObject({
  mode: z
    .enum(["online", "offline"])
    .default("online")
    .describe(
      "`online` copies while applications write and then follows their changes; the outage is seconds. `offline` copies a frozen source; the outage is the whole copy.",
    ),
  maxLag: duration()
    .prefault("10s")
    .describe("The lag that every database must be below before the run goes on to the freeze."),
  stall: duration()
    .prefault("15m")
    .describe("The copy counts as stuck when nothing that Azure reports moved for so long."),
  sourceType: z
    .enum(["Digital_Ocean_PostgreSQL", "OnPremises"])
    .default("Digital_Ocean_PostgreSQL")
    .describe(
      "What Azure is told that the source is. `OnPremises` is what to try if it refuses the other.",
    ),
  sslMode: z
    .enum(["Prefer", "Require"])
    .default("Require")
    .describe("How Azure connects to the source; its service can check no certificate authority."),
  sourceAddress: text()
    .optional()
    .describe(
      "`host:port` of the source as Azure reaches it. Default: the cluster's public address and direct port.",
    ),
});

export type StreamingSettings = z.infer<typeof settings>;
