/**
 * Characters that act instead of being seen: what moves a terminal's cursor,
 * hides or colours text, or turns the direction of what follows; and those that
 * are nothing to see at all, but for the joiners of scripts and emoji. Where text
 * of others is shown, they are shown as their codes.
 */

const acting = String.raw`[\p{Cc}\p{Zl}\p{Zp}\u061c\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]`;

/** Every one of them, line breaks too: for what must stay on one line. */
export function visible(text: string): string {
  return text.replaceAll(new RegExp(acting, "gu"), asCode);
}

/** All but line breaks, tabs, and what `mayStay` matches: the program's own colours. */
export function visibleBut(mayStay: RegExp, text: string): string {
  const pattern = new RegExp(String.raw`\r?\n|\t|${mayStay.source}|(?<acts>${acting})`, "gu");
  return text.replaceAll(pattern, (found, ...rest) => {
    const { acts } = rest.at(-1) as { readonly acts: string | undefined };
    return acts === undefined ? found : asCode(acts);
  });
}

const short: { readonly [character: string]: string } = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * A constant of SQL in quotes, on one line: with what acts in it an `E''` one, so
 * that a line break and the two characters `\n` are not taken for each other.
 */
export function visiblyQuoted(text: string): string {
  const quoted = text.replaceAll("'", "''");
  const acts = visible(quoted) !== quoted;
  return acts ? `E'${visible(quoted.replaceAll("\\", "\\\\"))}'` : `'${quoted}'`;
}

/** As JSON writes it too, so that JSON stays what it was. */
function asCode(character: string): string {
  const known = short[character];
  if (known !== undefined) return known;
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
