/**
 * Whether two deparsed expressions or queries say the same. Pure.
 *
 * Read back from its own text, an expression may be printed otherwise. All of it
 * is brought to the second form (seen from 15 to 15, 16, 17 and 18):
 * - `v in ('a', 'b')` on a varchar is stored as a cast of the array (parse_coerce.c):
 *     (ARRAY['a'::character varying])::text[]  ->  ARRAY[('a'::character varying)::text]
 *   and in extended statistics, which are printed with fewer brackets:
 *     ARRAY['a'::character varying]::text[]  ->  ARRAY['a'::character varying::text]
 *     and within arrays of arrays, each element of which has the cast then.
 * - a natural join of tables with no column in common: `ON TRUE`  ->  `ON (true)`
 * - PostgreSQL 16 prints a default of its own: `AS text NO INDENT)`  ->  `AS text)`
 * - AND within AND (`flattened.ts`)
 */
import { endOfQuoted, flattened } from "./flattened.ts";

/** What stands at an index and outside of quotes, anew, and the index where the text goes on. */
interface Rewritten {
  readonly text: string;
  readonly end: number;
}

/**
 * Which arrays have their cast written on each element: those of which it is sure that the
 * elements are no arrays. Others the server casts to `text[]`, as arrays of arrays.
 */
type Reads = "scalars" | "all";

type Rewrite = (text: string, at: number, reads: Reads) => Rewritten | undefined;

/** A type's name with `[]` after it: `text[]`, `character varying(20)[]`, `public."Mood"[]`. */
const arrayType = /^::((?:"(?:[^"]|"")*"|[\w. ])+(?:\([\d, -]+\))?)\[\]/;

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
const arrayCast: Rewrite = (text, at, reads) => {
  const bracketed = text.startsWith("(ARRAY[", at);
  const opening = bracketed ? "(ARRAY[" : "ARRAY[";
  if (!text.startsWith(opening, at)) return undefined;
  const list = listElements(text, at + opening.length);
  if (list === undefined || list.elements.join("") === "") return undefined;
  const closed = list.end + 1;
  if (bracketed && text[closed] !== ")") return undefined;
  const after = bracketed ? closed + 1 : closed;
  const cast = arrayType.exec(text.slice(after));
  if (cast === null) return undefined;
  if (reads === "scalars" && !areScalars(list.elements)) return undefined;
  const elements = castEach(list.elements, (element) => {
    const inner = castsRewritten(element, reads);
    return `${bracketed ? `(${inner})` : inner}::${cast[1]}`;
  });
  return { text: elements, end: after + cast[0].length };
};

const constant =
  /^\(*(?:[eEbBxX]?'(?:[^'\\]|''|\\.)*'|NULL|-?\d[\w.+-]*)(?:\)|::[\w ."]+(?:\([\d, ]+\))?)*$/;

/** The elements of one that is an array itself. */
function innerElements(text: string): readonly string[] | undefined {
  const element = text.trim();
  const inner = element.startsWith("ARRAY[") ? listElements(element, "ARRAY[".length) : undefined;
  return inner?.end === element.length - 1 ? inner.elements : undefined;
}

/** All elements of an array have one type: of a constant it is seen. */
function areScalars(elements: readonly string[]): boolean {
  const inner = elements.map(innerElements);
  if (inner.some((each) => each !== undefined)) {
    return inner.every((each) => each !== undefined && areScalars(each));
  }
  return elements.some((element) => constant.test(element.trim()));
}

/** Arrays within an array have the type of the whole, and so are cast element by element too. */
function castEach(elements: readonly string[], cast: (element: string) => string): string {
  const each = elements.map((text) => {
    const inner = innerElements(text);
    return inner === undefined ? cast(text.trim()) : castEach(inner, cast);
  });
  return `ARRAY[${each.join(", ")}]`;
}

const instead =
  (printed: string, anew: string): Rewrite =>
  (text, at) =>
    text.startsWith(printed, at) ? { text: anew, end: at + printed.length } : undefined;

const rewrites: readonly Rewrite[] = [
  arrayCast,
  instead(" ON TRUE", " ON (true)"),
  instead(" NO INDENT)", ")"),
];

export function rewrittenText(text: string, reads: Reads = "scalars"): string {
  return flattened(castsRewritten(text, reads));
}

function castsRewritten(text: string, reads: Reads): string {
  let written = "";
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? "";
    let end = at + 1;
    let anew: Rewritten | undefined;
    if (char === "'" || char === '"') end = endOfQuoted(text, at);
    else for (const rewrite of rewrites) anew ??= rewrite(text, at, reads);
    if (anew !== undefined) end = anew.end;
    written += anew?.text ?? text.slice(at, end);
    at = end;
  }
  return written;
}
