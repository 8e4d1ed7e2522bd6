/**
 * One line on standard error that says what is being looked at, and leaves no
 * trace. Where no line can be drawn, what takes long is told as a line that stays.
 */
import { isatty } from "node:tty";
import { visible } from "../../core/visible.ts";
import type { Desk } from "../desk.ts";
import { cut, wrap } from "./text.ts";

export interface StatusLine {
  show(text: string): void;
  /** A line that stays. */
  say(text: string): void;
  /** What `show` tells as well: a line that stays, where none can be drawn. */
  log(text: string): void;
  clear(): void;
}

/** A log shows a wait that is longer than this, in milliseconds. */
const longLookMs = 5000;

export function startStatusLine(desk: Desk): StatusLine {
  const say = (text: string) => desk.complain(wrap(text, desk.errorPage().width, { rest: "  " }));
  if (!(isatty(2) && desk.facts.live)) return lastingLines(say);
  const clear = desk.eraseErrorLine;
  return {
    clear,
    show: (text) => {
      clear();
      desk.writeErr(cut(visible(text), (process.stderr.columns || 80) - 1));
    },
    log: () => undefined,
    say: (text) => {
      clear();
      say(text);
    },
  };
}

function lastingLines(say: (text: string) => void): StatusLine {
  let timer: NodeJS.Timeout | undefined;
  return {
    show: (text) => {
      clearTimeout(timer);
      timer = setTimeout(() => say(text), longLookMs);
    },
    say,
    log: say,
    clear: () => clearTimeout(timer),
  };
}
