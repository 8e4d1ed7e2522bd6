/** What a plan says about comparing the rest, and what a look at it gives. */
import { z } from "zod";
import type { Told } from "./told.ts";

export const settings = z.strictObject({
  sessions: z
    .int()
    .min(1)
    .max(32)
    .default(2)
    .describe(
      "Sessions on each side, where the snapshots of the freeze are not held any more; one database is compared at a time.",
    ),
  accept: z
    .array(z.string())
    .default([])
    .describe(
      'What is known and taken care of, written as for `data-equal`: `contents-differ "public"."cache"`, or `written-since-cutover "public"."users"` for rows of which nobody can tell any more whether they were copied rightly. It stays visible, as a warning.',
    ),
});

export type RestSettings = z.infer<typeof settings>;

export interface RestSeen {
  readonly databases: readonly RestOf[];
  readonly crossed: boolean;
}

export interface RestOf {
  readonly name: string;
  /** Only counted within the outage; empty: everything was compared; undefined: nothing was yet. */
  readonly deferred: readonly string[] | undefined;
  /** This process holds the snapshots. */
  readonly held: boolean;
  /** What is told so far; undefined: nothing, or nothing that counts any more. */
  readonly told: Told | undefined;
}
