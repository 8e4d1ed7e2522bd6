/** What `plan` and `verify` share: they only look, say at what, and can be stopped at any time. */
import { visible } from "../core/visible.ts";
import type { Desk } from "./desk.ts";
import { startStatusLine } from "./output/status-line.ts";
import { lookingWords } from "./stop-words.ts";
import { Interrupted, listenForStops } from "./stopping.ts";

export interface Look {
  readonly signal: AbortSignal;
  /** What is being looked at; the line is gone when the look ends. */
  readonly show: (text: string) => void;
  /** The same for where no line can be drawn: it stays. */
  readonly log: (text: string) => void;
}

export async function looking<T>(desk: Desk, work: (look: Look) => Promise<T>): Promise<T> {
  const line = startStatusLine(desk);
  const stopping = listenForStops({
    words: () => lookingWords,
    say: (text) => line.say(text),
    now: () => performance.now(),
    exit: (code) => process.exit(code),
  });
  try {
    return await work({
      signal: stopping.signal,
      show: (text) => line.show(text),
      log: (text) => line.log(visible(text)),
    });
  } catch (error) {
    throw stopping.signal.aborted ? new Interrupted() : error;
  } finally {
    line.clear();
    stopping.release();
  }
}
