/** What both forms of `verify` take, and how they say what they are at. */
import type { Progress } from "../core/verdict.ts";
import type { ComparisonProgress, PauseBounds } from "../verification/index.ts";

export interface VerifyOptions {
  readonly signal: AbortSignal;
  /** What is being compared right now. */
  readonly progress?: (shown: Progress) => void;
  /** A sentence when it begins to wait for the source's users, and one when it goes on. */
  readonly paused?: (said: string) => void;
  /** Sessions on each side for one database. */
  readonly sessions?: number | undefined;
  /** Waits while the source, or who follows it, has more to do than that. */
  readonly pause?: PauseBounds | undefined;
  /** False: neither keys nor other values of rows are in the answer. */
  readonly values?: boolean;
}

/** Says once that it waits and once that it goes on, whatever the figures do in between. */
export function tellingPauses(
  name: string,
  say: ((said: string) => void) | undefined,
): (progress: ComparisonProgress) => void {
  let isPaused = false;
  return ({ paused }) => {
    if ((paused !== undefined) === isPaused) return;
    isPaused = paused !== undefined;
    say?.(isPaused ? `${name}: paused: ${paused}` : `${name}: no longer paused, it goes on`);
  };
}

export function phaseText({ paused, ...progress }: ComparisonProgress): string {
  return paused === undefined
    ? readingText(progress)
    : `${readingText(progress)}, paused: ${paused}`;
}

function readingText({ phase, bytesDone, bytesTotal }: ComparisonProgress): string {
  if (phase !== "contents" || bytesTotal === 0) return phase;
  return `${phase} ${Math.floor((100 * bytesDone) / bytesTotal)} %`;
}
