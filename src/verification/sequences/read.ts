/**
 * Sequences of a database through a plain client, for the step that advances
 * them: after the freeze, in no snapshot.
 */
import type { ClientBase } from "pg";
import { UnreadableError } from "../../core/errors.ts";
import { queryText } from "../text-query.ts";
import { type SequenceState, readSequenceStates } from "./state.ts";

/**
 * Every sequence with its position. Throws UnreadableError, naming them, when
 * the role may not read some: a sequence left out would be one left behind.
 * Otherwise the driver's error.
 */
export async function readSequences(client: ClientBase): Promise<SequenceState[]> {
  const states = await readSequenceStates({
    read: (sql, values) => queryText(client, sql, values),
  });
  const unread = states.flatMap(({ name, position }) => (position === undefined ? [name] : []));
  if (unread.length === 0) return states;
  throw new UnreadableError({
    message: `The role may not read ${unread.length} of ${states.length} sequences: ${unread.slice(0, 10).join(", ")}${unread.length > 10 ? ", ..." : ""}.`,
    meaning: "Where they stand is unknown, so they can be neither compared nor advanced.",
    remedy: unread.map((name) => `GRANT SELECT ON SEQUENCE ${name} TO CURRENT_USER;`).join("\n"),
  });
}
