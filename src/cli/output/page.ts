/** What a printer needs to know of the paper: its width, its paint, how much to say. */
import type { Paint } from "./paint.ts";

export interface Page {
  /** Columns; Infinity where lines must not be broken (a pipe). */
  readonly width: number;
  readonly paint: Paint;
  /** `-v`: everything, not only the first ten. */
  readonly verbose: boolean;
  /** Makes the commands in a text ones that can be pasted here: with this invocation's flags. */
  readonly pasteable: (text: string) => string;
}

/** Wide terminals are not read across their whole width. */
export const widest = 110;
