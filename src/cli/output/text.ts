/**
 * Text that fits a width: wrapped with a hanging indent, cut, padded. Widths
 * are terminal columns. Pure; knows nothing of what the text says.
 */
import { stripVTControlCharacters } from "node:util";

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const zero = /[\p{Mark}\p{Cf}]/u;

/** Columns that a text takes; escape sequences take none. */
export function widthOf(text: string): number {
  const plain = text.includes("\u001b") ? stripVTControlCharacters(text) : text;
  // oxlint-disable-next-line no-control-regex -- every one-column character of ASCII
  if (/^[\u0000-\u007f]*$/.test(plain)) return plain.length;
  let columns = 0;
  for (const character of plain) {
    if (zero.test(character)) continue;
    columns += wide.test(character) ? 2 : 1;
  }
  return columns;
}

export interface Indents {
  /** Before the first line. */
  readonly first?: string;
  /** Before every other line. */
  readonly rest?: string;
}

/**
 * Lines of at most `width` columns, broken between words; a word longer than
 * a line (a path, a digest) stays whole, because half a path cannot be pasted.
 * Line breaks in the text are kept.
 */
export function wrap(text: string, width: number, indents: Indents = {}): string[] {
  const rest = indents.rest ?? "";
  let prefix = indents.first ?? "";
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && widthOf(prefix) + widthOf(line) + 1 + widthOf(word) > width) {
        lines.push(prefix + line.trimEnd());
        prefix = rest;
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push((prefix + line).trimEnd());
    prefix = rest;
  }
  return lines;
}

/** At most `width` columns, the end replaced by `…` where it does not fit. No escapes inside. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  for (const character of text) {
    if (widthOf(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** Padded with spaces at the end to `width` columns. */
export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** `left`, then `right` ending in the last column; two lines of thought on one. */
export function spread(left: string, right: string, width: number): string {
  if (right === "") return left;
  const gap = width - widthOf(left) - widthOf(right);
  return gap < 2 || !Number.isFinite(gap) ? `${left}  ${right}` : left + " ".repeat(gap) + right;
}

/** `1 finding`, `3 findings`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${showCount(n)} ${n === 1 ? noun : plural}`;
}

/** `1,234,567`. */
export function showCount(n: number): string {
  return n.toLocaleString("en-US");
}
