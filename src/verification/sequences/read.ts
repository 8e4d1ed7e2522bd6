/**
 * Sequences of a database through a plain client, for the step that advances
 * them: after the freeze, in no snapshot.
 */
import type { ClientBase } from "pg";
import type { Reader } from "../side.ts";
import { queryText } from "../text-query.ts";
import { type SequenceState, readSequenceStates } from "./state.ts";

/** Throws the driver's error. A sequence that the role may not read has no position. */
export function readSequences(
  client: ClientBase,
  ignoredSchemas: readonly string[] = [],
): Promise<SequenceState[]> {
  // pg's client takes one query at a time; queueing in it is deprecated.
  let last: Promise<unknown> = Promise.resolve();
  const read: Reader["read"] = (sql, values) => {
    const next = last.then(() => queryText(client, sql, values));
    last = next;
    return next;
  };
  return readSequenceStates({ read }, ignoredSchemas);
}
