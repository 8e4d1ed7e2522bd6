/**
 * How many objects share a statement: with some latency, a statement for each
 * of ten thousand tables takes minutes. Pure.
 */

/** To ask again when a statement about all of them failed: the one to blame is found in few round trips. */
export function halves<T>(all: readonly T[]): readonly (readonly T[])[] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)].filter((half) => half.length > 0);
}

/** Parts of at most `size`, in order. */
export function parts<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );
}
