/** A look or an action, told to end by its signal when its time is over. */
import type { Clock } from "./ports.ts";

/** setTimeout's longest; more than 24 days. */
const longestMs = 2 ** 31 - 1;

export class TooLate extends Error {}

/**
 * Throws TooLate when `run` failed after its time was over, and what it threw
 * otherwise. It is told to end, never abandoned: what goes on unseen could
 * still change the world.
 */
export async function inTime<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  const endWhenLate = async () => {
    await clock.sleep(Math.min(ms, longestMs), done.signal);
    if (!done.signal.aborted) late.abort(new TooLate());
  };
  void endWhenLate();
  try {
    return await run(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (late.signal.aborted && !signal.aborted) throw new TooLate("too late", { cause: error });
    throw error;
  } finally {
    done.abort();
  }
}
