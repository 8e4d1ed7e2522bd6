/** Text inside XML and HTML. Pure. */
import { visible } from "../../../core/visible.ts";

const entities: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** What XML 1.0 has no way to write: most control characters, half surrogates, U+FFFE and U+FFFF. */
const unwritable =
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** For text and for attributes in quotes. */
export function escaped(text: string): string {
  return text
    .replaceAll(unwritable, "\ufffd")
    .replaceAll(/[&<>"']/g, (char) => entities[char] ?? char);
}

/** Line breaks and all that acts as their codes: a name of a database writes no line of a report. */
export function escapedOnOneLine(text: string): string {
  return escaped(visible(text));
}

/** In an attribute a parser takes a line break for a blank, unless it is written so. */
export function escapedAttribute(text: string): string {
  return escaped(text).replaceAll(/[\n\r\t]/g, (char) => `&#${char.charCodeAt(0)};`);
}
