/** Paper for printers under test: black and white, of any width. */
import type { Page } from "../../src/cli/output/page.ts";
import { painter } from "../../src/cli/output/paint.ts";

export function pageOf(width = Infinity, more: Partial<Page> = {}): Page {
  return { width, paint: painter(false, true), verbose: false, pasteable: (text) => text, ...more };
}
