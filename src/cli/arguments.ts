/** Words on the command line read as values; what cannot be read names its option. */
import { InvalidArgumentError } from "commander";
import { parseSize } from "../core/duration.ts";

/** A whole number from `least` to `most`, written with digits (and `_`) only. */
export function wholeNumber(least: number, most: number): (word: string) => number {
  return (word) => {
    const value = /^\d[\d_]*$/.test(word) ? Number(word.replaceAll("_", "")) : NaN;
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}, in digits.`);
  };
}

/** A size such as `256MB`, as in a plan; bytes. */
export function sizeInBytes(word: string): number {
  const value = parseSize(word);
  if (value !== undefined && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("Give a size such as `256MB` or `2GiB`.");
}

/** An option that may be given several times. */
export function collect(word: string, before: readonly string[]): readonly string[] {
  return [...before, word];
}
