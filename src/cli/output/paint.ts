/**
 * Colours and symbols. The symbol carries the meaning, the colour only repeats
 * it: every report must read the same in black and white.
 */
import { styleText } from "node:util";

export type Colour = "green" | "yellow" | "red" | "dim" | "bold";

export interface Symbols {
  readonly satisfied: string;
  readonly unmet: string;
  readonly waiting: string;
  readonly blocked: string;
  readonly warns: string;
  readonly unknown: string;
  readonly later: string;
  readonly gate: string;
  readonly undone: string;
  readonly rule: string;
  readonly spinner: readonly string[];
}

export interface Paint {
  readonly symbols: Symbols;
  (colour: Colour, text: string): string;
}

const unicode: Symbols = {
  satisfied: "✔",
  unmet: "→",
  waiting: "…",
  blocked: "✖",
  warns: "!",
  unknown: "?",
  later: "·",
  gate: "‖",
  undone: "↩",
  rule: "━",
  spinner: ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
};

const ascii: Symbols = {
  satisfied: "+",
  unmet: ">",
  waiting: "~",
  blocked: "x",
  warns: "!",
  unknown: "?",
  later: ".",
  gate: "=",
  undone: "<",
  rule: "=",
  spinner: ["-", "\\", "|", "/"],
};

export function painter(colour: boolean, symbolsBeyondAscii: boolean): Paint {
  const paint = (name: Colour, text: string) =>
    colour && text !== "" ? styleText(name, text, { validateStream: false }) : text;
  return Object.assign(paint, { symbols: symbolsBeyondAscii ? unicode : ascii });
}
