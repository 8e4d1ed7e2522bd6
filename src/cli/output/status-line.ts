/** One line on standard error that says what is being looked at, and leaves no trace. */
import { isatty } from "node:tty";
import type { Desk } from "../desk.ts";
import { cut, wrap } from "./text.ts";

export interface StatusLine {
  show(text: string): void;
  /** A line that stays. */
  say(text: string): void;
  clear(): void;
}

export function startStatusLine(desk: Desk): StatusLine {
  const drawn = isatty(2) && desk.facts.live;
  const clear = () => {
    if (drawn) desk.writeErr("\r\u001b[K");
  };
  return {
    clear,
    show: (text) => {
      if (drawn) desk.writeErr(`\r\u001b[K${cut(text, (process.stderr.columns ?? 80) - 1)}`);
    },
    say: (text) => {
      clear();
      desk.complain(wrap(text, desk.errorPage().width, { rest: "  " }));
    },
  };
}
