/**
 * Works through a list by so many at a time: each begins with the next when it
 * is done with one, so that what is begun is all that is in memory.
 */
export async function inTurn<T, R>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const next = all.entries();
  const worker = async (): Promise<void> => {
    for (const [at, one] of next) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      results[at] = await work(one);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, worker));
  return results;
}
