/**
 * The last thing before the screen: what vendors, servers and plans say may
 * hold escape sequences that move the cursor, rename the window or hide text.
 * Only the colours that this program itself paints with get through.
 */
import { visibleBut } from "../../core/visible.ts";

/** Bold, dim, red, green and yellow, and their ends; `paint.ts` has no others. */
// oxlint-disable-next-line no-control-regex -- colours are escapes
const ownColours = /\u001b\[(?:1|2|22|31|32|33|39)m/;
const nothing = /(?!)/;

export function fitForScreen(text: string, colour: boolean): string {
  return visibleBut(colour ? ownColours : nothing, text);
}
