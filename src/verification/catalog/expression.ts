/**
 * Whether two deparsed expressions say the same. Pure.
 *
 * One rewrite happens in every dump and restore: `v in ('a', 'b')` on a varchar
 * is stored as a cast of the array, and read back from its own text as an array
 * of casts:
 *   (ARRAY['a'::character varying])::text[]  ->  ARRAY[('a'::character varying)::text]
 * Both are brought to the second form. (PostgreSQL 15 to 17, parse_coerce.c.)
 */

const opening = "(ARRAY[";

/** What follows the closing bracket: `)::text[]`, `)::character varying(20)[]`, `)::public."Mood"[]`. */
const castToArray = /^\)::((?:"(?:[^"]|"")*"|[\w. ])+(?:\([\d, -]+\))?)\[\]/;

/** The index after the quoted text that starts at `at`; a quote inside is doubled. */
function endOfQuoted(text: string, at: number): number {
  const quote = text[at];
  // An E'' constant escapes by backslash as well.
  const escapes = quote === "'" && /[eE]/.test(text[at - 1] ?? "");
  let next = at + 1;
  while (next < text.length) {
    if (escapes && text[next] === "\\") next += 2;
    else if (text[next] !== quote) next++;
    else if (text[next + 1] === quote) next += 2;
    else return next + 1;
  }
  return next;
}

interface Elements {
  readonly elements: readonly string[];
  /** The index of the closing bracket. */
  readonly end: number;
}

/** Splits at the commas of the list that starts at `from`; undefined when it never closes. */
function listElements(text: string, from: number): Elements | undefined {
  const elements: string[] = [];
  let depth = 0;
  let start = from;
  let at = from;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (char === "'" || char === '"') {
      at = endOfQuoted(text, at);
      continue;
    }
    if (char === "]" && depth === 0)
      return { elements: [...elements, text.slice(start, at)], end: at };
    if (char === "," && depth === 0) {
      elements.push(text.slice(start, at));
      start = at + 1;
    }
    if (char === "(" || char === "[") depth++;
    if (char === ")" || char === "]") depth--;
    at++;
  }
  return undefined;
}

/** The array at `at` with its cast written on each element; undefined when it has none. */
function distributed(text: string, at: number): { text: string; end: number } | undefined {
  const list = listElements(text, at + opening.length);
  if (list === undefined) return undefined;
  const cast = castToArray.exec(text.slice(list.end + 1));
  if (cast === null) return undefined;
  const elements = list.elements.map(
    (element) => `(${distributeArrayCasts(element.trim())})::${cast[1]}`,
  );
  return { text: `ARRAY[${elements.join(", ")}]`, end: list.end + 1 + cast[0].length };
}

export function distributeArrayCasts(text: string): string {
  let written = "";
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? "";
    const rewritten = text.startsWith(opening, at) ? distributed(text, at) : undefined;
    let end = at + 1;
    if (rewritten !== undefined) end = rewritten.end;
    else if (char === "'" || char === '"') end = endOfQuoted(text, at);
    written += rewritten?.text ?? text.slice(at, end);
    at = end;
  }
  return written;
}

export function sameExpression(source: string, target: string): boolean {
  return source === target || distributeArrayCasts(source) === distributeArrayCasts(target);
}
