/** Words on the command line read as values; what cannot be read names its option. */
import { InvalidArgumentError } from "commander";

/** A whole number of at least `least`, written with digits (and `_`) only. */
export function wholeNumber(least: number): (word: string) => number {
  return (word) => {
    const value = /^\d[\d_]*$/.test(word) ? Number(word.replaceAll("_", "")) : NaN;
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Give a whole number of at least ${least}.`);
  };
}

/** An option that may be given several times. */
export function collect(word: string, before: readonly string[]): readonly string[] {
  return [...before, word];
}
