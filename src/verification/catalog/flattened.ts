/**
 * Brackets that reading an expression back takes away. Pure.
 *
 * `a BETWEEN 1 AND 9 AND b` is stored as an AND within an AND, and printed so:
 *   (((a >= 1) AND (a <= 9)) AND b)
 * The parser makes one AND of that where the inner one comes first (makeAndExpr and
 * makeOrExpr of gram.y, PostgreSQL 9.5 and newer), and so the copy prints
 *   ((a >= 1) AND (a <= 9) AND b)
 * The same holds for OR. An inner one that comes later stays as it is.
 */

/** The index after the quoted text that starts at `from`; a quote inside is doubled. */
export function endOfQuoted(text: string, from: number): number {
  const quote = text[from];
  // An E'' constant escapes by backslash as well.
  const escapes = quote === "'" && /[eE]/.test(text[from - 1] ?? "");
  let next = from + 1;
  while (next < text.length) {
    if (escapes && text[next] === "\\") next += 2;
    else if (text[next] !== quote) next++;
    else if (text[next + 1] === quote) next += 2;
    else return next + 1;
  }
  return next;
}

/** What stands in brackets, or the whole text: text, quoted text, and further brackets. */
type Part = string | Group;
interface Group {
  readonly parts: Part[];
}

const bracketOrQuote = /[()'"]/g;

/** No query of people's is as deep, and each level takes of the stack. */
const deepest = 500;

/** Undefined where the brackets do not match, or are too deep. */
function groupOf(text: string): Group | undefined {
  const whole: Group = { parts: [] };
  const open: Group[] = [whole];
  let at = 0;
  while (at < text.length) {
    bracketOrQuote.lastIndex = at;
    const found = bracketOrQuote.exec(text);
    const next = found?.index ?? text.length;
    const group = open.at(-1);
    if (group === undefined) return undefined;
    if (next > at) group.parts.push(text.slice(at, next));
    at = next + 1;
    if (found === null) break;
    if (found[0] === "(") {
      const inner: Group = { parts: [] };
      group.parts.push(inner);
      open.push(inner);
      if (open.length > deepest) return undefined;
    } else if (found[0] === ")") open.pop();
    else {
      at = endOfQuoted(text, next);
      group.parts.push(text.slice(next, at));
    }
  }
  return open.length === 1 ? whole : undefined;
}

/** A CASE after it begins on a line of its own. */
const joiner = /^ (?:AND|OR)\s/;
const connectives = /(?<=^|\s)(?:AND|OR)(?=\s|$)/g;

/** `AND` or `OR` where it joins all that stands in the brackets; undefined where nothing is joined, or by both. */
function joinedBy({ parts }: Group): string | undefined {
  const texts = parts.filter((part) => typeof part === "string" && !/^['"]/.test(part)) as string[];
  const found = new Set(texts.flatMap((text) => text.match(connectives) ?? []));
  return found.size === 1 ? [...found][0] : undefined;
}

function withoutFirstBrackets(group: Group): Group {
  let parts = group.parts.map((part) =>
    typeof part === "string" ? part : withoutFirstBrackets(part),
  );
  const joined = joinedBy(group);
  for (;;) {
    const [first, ...rest] = parts;
    const isInner = typeof first === "object" && joined !== undefined && joinedBy(first) === joined;
    // What is joined first is the brackets alone: not `f(..)`, which has a text before, nor `(..)::text`.
    const after = rest[0];
    if (!isInner || typeof after !== "string" || !joiner.test(after)) break;
    parts = [...first.parts, ...rest];
  }
  return { parts };
}

function textOf({ parts }: Group): string {
  return parts.map((part) => (typeof part === "string" ? part : `(${textOf(part)})`)).join("");
}

/** A text whose brackets do not match, or are hundreds deep, is given back as it is. */
export function flattened(text: string): string {
  if (!text.includes("((")) return text;
  const group = groupOf(text);
  return group === undefined ? text : textOf(withoutFirstBrackets(group));
}
