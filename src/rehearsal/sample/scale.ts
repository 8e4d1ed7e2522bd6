/** How many rows each generated table gets out of a total. Pure. */
import { UsageError } from "../../core/errors.ts";

/** Table to its part of all rows; the parts need not add up to one. */
export type Shares = { readonly [table: string]: number };
export type Counts<S extends Shares> = { readonly [table in keyof S]: number };

/** So that foreign keys find something to point at. */
const leastRows = 5;

export function scale<S extends Shares>(shares: S, total: number): Counts<S> {
  if (!Number.isInteger(total) || total < 0 || total > 100_000_000) {
    throw new UsageError({
      message: `${total} is not a number of rows that can be generated.`,
      remedy: "Give a whole number up to 100000000.",
    });
  }
  const whole = Object.values(shares).reduce((sum, share) => sum + share, 0);
  const counts = Object.entries(shares).map(([table, share]) => [
    table,
    Math.max(leastRows, Math.round((total * share) / whole)),
  ]);
  return Object.fromEntries(counts) as Counts<S>;
}
