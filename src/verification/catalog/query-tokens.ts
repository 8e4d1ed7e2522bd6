/**
 * The words of a query as the server prints it. Pure.
 *
 * A quoted name that needs no quotes is the same word as without them: which words
 * are reserved, and so quoted, changes from one major to the next. A printed
 * keyword is in capitals, so it is never taken for a name; but for constants and
 * types of SQL's own, which are something else in quotes.
 */

export interface Token {
  readonly text: string;
  readonly kind: "name" | "literal" | "sign";
}

const patterns: readonly (readonly [Token["kind"], RegExp])[] = [
  ["literal", /[eE]'(?:[^'\\]|''|\\[^])*'/y],
  ["literal", /(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'/y],
  ["name", /(?:[uU]&)?"(?:[^"]|"")*"/y],
  ["literal", /\$((?:[\p{L}_][\p{L}\p{N}_]*)?)\$[^]*?\$\1\$/uy],
  ["literal", /\$?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ["name", /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ["sign", /::|[-+*/<>=~!@#%^&|`?]+/y],
];

const space = /\s+/y;
const needsNoQuotes =
  /^"(?!(?:true|false|char|bigint|bit|boolean|character|double|integer|interval|numeric|real|smallint|time|timestamp)")[a-z_][a-z0-9_$]*"$/;

function tokenAt(text: string, at: number): Token {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return { kind, text: found };
  }
  return { kind: "sign", text: text[at] ?? "" };
}

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    space.lastIndex = at;
    at += space.exec(text)?.[0].length ?? 0;
    if (at >= text.length) break;
    const token = tokenAt(text, at);
    at += token.text.length;
    found.push(
      needsNoQuotes.test(token.text) ? { ...token, text: token.text.slice(1, -1) } : token,
    );
  }
  return found;
}
