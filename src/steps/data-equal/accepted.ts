/** What a plan says to be known and wanted, as the report writes it: pure. */
import type { Difference } from "../../verification/index.ts";

/** `CODE OBJECT`, in every database, or `DATABASE: CODE OBJECT`. Whole texts are compared, so that no name needs parsing. */
export function isAccepted(
  accept: readonly string[],
  database: string,
  { code, object }: Pick<Difference, "code" | "object">,
): boolean {
  const named = `${code} ${object}`;
  return accept.includes(named) || accept.includes(`${database}: ${named}`);
}
