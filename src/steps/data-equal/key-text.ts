/** Keys and columns of rows as people read them, so that no two look the same. Pure. */
import { quoteIdentifier } from "../../core/identifier.ts";
import { visiblyQuoted } from "../../core/visible.ts";

/** Numbers, times without blanks, identifiers: nothing in them can be taken for something else. */
const plainValue = /^(?!null$)[\w.:-]+$/i;
const plainName = /^\w+$/;

/** `id = 311, name = 'k1 '`. */
export function keyText(key: Readonly<Record<string, string>>): string {
  return Object.entries(key)
    .map(([column, value]) => `${columnText(column)} = ${keyValue(value)}`)
    .join(", ");
}

/** A name that could be taken for more than a name, in quotes. */
export function columnText(name: string): string {
  return plainName.test(name) ? name : quoteIdentifier(name);
}

function keyValue(value: string): string {
  return plainValue.test(value) ? value : visiblyQuoted(value);
}
