/**
 * Sequences of a database through a plain client, for the step that advances
 * them: after the freeze, in no snapshot.
 */
import type { ClientBase } from "pg";
import { queryText } from "../text-query.ts";
import { type SequenceState, readSequenceStates } from "./state.ts";

/** Throws the driver's error. A sequence that the role may not read has no position. */
export function readSequences(
  client: ClientBase,
  ignoredSchemas: readonly string[] = [],
): Promise<SequenceState[]> {
  return readSequenceStates(
    { read: (sql, values) => queryText(client, sql, values) },
    ignoredSchemas,
  );
}
