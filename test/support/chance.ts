/** Chance that comes out the same for the same seed, so that a failure can be repeated from its number. */

export interface Chance {
  /** 0 to `length` - 1. */
  below(length: number): number;
  one<T>(choices: readonly T[]): T;
}

/** Mulberry32. */
export function chanceOf(seed: number): Chance {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (length: number) => Math.floor(next() * length);
  return {
    below,
    one: (choices) => {
      const chosen = choices[below(choices.length)];
      if (chosen === undefined) throw new Error("There is nothing to choose from.");
      return chosen;
    },
  };
}

/** Of this test run: `OSM_SEED` repeats one, and a failure tells it. */
export function firstSeed(): number {
  const given = process.env["OSM_SEED"];
  return given === undefined ? Date.now() % 1_000_000_000 : Number(given);
}
