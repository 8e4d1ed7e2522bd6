/** Whether the source still stands as it did when both sides were compared, by the witness. */
import type { Note } from "../../core/step.ts";
import type { World } from "../world.ts";
import { readWrites, writesNoted, writtenSince } from "./witness.ts";

/** Why it may not; undefined: it does. Throws what the reads throw. */
export async function sourceDoubt(
  world: World,
  database: string,
  notes: readonly Note[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const before = writesNoted(notes, database);
  if (before === undefined) return "what the source had counted of writes then is not known";
  const now = await world.source.use(database, { signal }, readWrites);
  const what = writtenSince({ before, now });
  return what === undefined ? undefined : `the source may not be what it was then: ${what}`;
}
