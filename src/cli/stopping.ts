/**
 * Signals as a wish to stop. The first aborts; a run then ends its action,
 * makes the source writable again and says so. Only a person who insists with
 * a third Ctrl-C ends the program at once.
 */
import { exitCodes } from "./exit-codes.ts";

/** A closed terminal (SIGHUP) would otherwise kill the program with the source frozen. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Ctrl-C reaches the whole process group, and npm passes on what it got: the
 * same press arrives twice. Milliseconds within which signals are one.
 */
export const sameWishMs = 400;

/** The person stopped the command before there was anything to answer (exit code 130). */
export class Interrupted extends Error {}

export interface StopWords {
  /** Said at the first wish. */
  readonly first: string;
  /** Said at the second. */
  readonly second: string;
  /** Said before the program ends at once. */
  readonly third: string;
}

export interface Stopping {
  readonly signal: AbortSignal;
  /** As if a signal had come: for Ctrl-C read by a prompt. */
  interrupt(): void;
  release(): void;
}

export interface StoppingPorts {
  readonly words: () => StopWords;
  readonly say: (line: string) => void;
  readonly now: () => number;
  readonly exit: (code: number) => void;
}

/** What the n-th wish leads to; wishes that insist are counted by Ctrl-C alone. */
export function wishes(ports: StoppingPorts, abort: () => void): (signal: string) => void {
  let count = 0;
  let last = -Infinity;
  return (signal) => {
    const now = ports.now();
    const isRepeat = now - last < sameWishMs || (signal !== "SIGINT" && count > 0);
    if (isRepeat) return;
    last = now;
    count += 1;
    const words = ports.words();
    if (count === 1) {
      ports.say(words.first);
      abort();
    } else if (count === 2) ports.say(words.second);
    else {
      ports.say(words.third);
      ports.exit(exitCodes.interrupted);
    }
  };
}

export function listenForStops(ports: StoppingPorts): Stopping {
  const controller = new AbortController();
  const wish = wishes(ports, () => controller.abort());
  const handlers = signals.map((name) => [name, () => wish(name)] as const);
  for (const [name, handler] of handlers) process.on(name, handler);
  return {
    signal: controller.signal,
    interrupt: () => wish("SIGINT"),
    release: () => {
      for (const [name, handler] of handlers) process.off(name, handler);
      outliveSignals(ports);
    },
  };
}

let outliving = false;

/**
 * The answer is out, and the program ends in a moment: a signal that comes now
 * must not make a killed program of a finished run. Who insists is obeyed.
 */
function outliveSignals({ now, exit }: StoppingPorts): void {
  if (outliving) return;
  outliving = true;
  const wish = wishes(
    {
      words: () => ({ first: "", second: "", third: "" }),
      say: () => undefined,
      now,
      exit,
    },
    () => undefined,
  );
  for (const name of signals) process.on(name, () => wish(name));
}
