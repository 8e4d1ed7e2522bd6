/** Differences that are known and stop nothing: pure. */
import type { Difference } from "../../verification/index.ts";

export interface Known {
  /** What a plan says to be wanted, as the report writes it. */
  readonly accept: readonly string[];
  /** What the target would not take, as the step that carries access noted it. */
  readonly refused: readonly string[];
}

/** `CODE OBJECT`, in every database, or `DATABASE: CODE OBJECT`. Whole texts are compared, so that no name needs parsing. */
function isAccepted(
  accept: readonly string[],
  database: string,
  { code, object }: Pick<Difference, "code" | "object">,
): boolean {
  const named = `${code} ${object}`;
  return accept.includes(named) || accept.includes(`${database}: ${named}`);
}

/** `DATABASE: KIND OBJECT`, whichever way the object differs. */
function isRefused(
  refused: readonly string[],
  database: string,
  { code, object }: Pick<Difference, "code" | "object">,
): boolean {
  const [before, after] = [`${database}: `, ` ${object}`];
  return refused.some(
    (each) =>
      each.startsWith(before) &&
      each.endsWith(after) &&
      code.startsWith(`${each.slice(before.length, each.length - after.length)}-`),
  );
}

/** Why a difference stops nothing; undefined when it does. */
export function known(
  { accept, refused }: Known,
  database: string,
  difference: Pick<Difference, "code" | "object">,
): string | undefined {
  if (isAccepted(accept, database, difference)) return "accepted in the plan";
  return isRefused(refused, database, difference) ? "refused by the target" : undefined;
}
