/**
 * Runs a query so that every value comes back as the server's own text, whatever
 * parsers the client carries: digits of numeric and time zones survive.
 */
import type { ClientBase, QueryResult } from "pg";
import { collectGarbage } from "./garbage.ts";
import type { TextRow } from "./side.ts";

const asText = { getTypeParser: () => (value: unknown) => value };

/**
 * Several statements in one text (without values) give one result each; the
 * first with columns is the answer.
 */
export async function queryText(
  client: ClientBase,
  sql: string,
  values?: readonly (string | null)[],
): Promise<readonly TextRow[]> {
  const answer: QueryResult<TextRow> | QueryResult<TextRow>[] = await client.query<TextRow>({
    text: sql,
    types: asText,
    ...(values === undefined ? {} : { values: [...values] }),
  });
  collectGarbage();
  const results = Array.isArray(answer) ? answer : [answer];
  return results.find((result) => result.fields.length > 0)?.rows ?? [];
}
