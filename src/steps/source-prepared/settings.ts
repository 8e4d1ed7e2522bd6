/** What a plan says about the source's own shape: by name, never by pattern. */
import { z } from "zod";

export const settings = z.strictObject({
  replicaIdentityFull: z
    .array(z.string())
    .min(1)
    .describe(
      "Tables without a usable key, as `database.schema.table`, that get REPLICA IDENTITY FULL on the source, so that their updates and deletes can be followed. Each changed row is then logged whole and looked for by all of its columns.",
    ),
});

export type SourcePreparedSettings = z.infer<typeof settings>;
