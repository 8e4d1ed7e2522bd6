/**
 * The text of a dotenv file: reading one key, changing some keys and leaving
 * every other byte as it was. Pure. Follows what dotenv and docker compose
 * agree on: `KEY=value`, `export`, `#` comments, single and double quotes.
 */

export interface Assignment {
  readonly key: string;
  readonly value: string;
  /** Offsets into the text: the whole assignment without its line end. */
  readonly from: number;
  readonly to: number;
  /** `export ` or nothing, with its blanks. */
  readonly lead: string;
  /** A comment after the value, with its blanks. */
  readonly tail: string;
}

export const keyPattern = /^[A-Za-z_][A-Za-z0-9_.]*$/;

const escapes: { readonly [letter: string]: string } = {
  n: "\n",
  r: "\r",
  t: "\t",
  '"': '"',
  "\\": "\\",
  $: "$",
  "`": "`",
};

function unquote(raw: string): string {
  if (raw.startsWith('"')) {
    return raw
      .slice(1, -1)
      .replaceAll(/\\(["\\$`nrt])/g, (_, letter: string) => escapes[letter] ?? letter);
  }
  return raw.startsWith("'") || raw.startsWith("`") ? raw.slice(1, -1) : raw.trim();
}

// A quoted value may go over several lines; an unquoted one ends at ` #` or the line's end.
const assignment =
  /^([ \t]*(?:export[ \t]+)?)([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*("(?:\\[\s\S]|[^"\\])*"|'[^']*'|`[^`]*`|(?:(?![ \t]#)[^\r\n])*)([ \t]*(?:#[^\r\n]*)?)(?=\r?$)/gm;

/** Every assignment in order; a key may come twice, and the last one counts. */
export function readAssignments(text: string): Assignment[] {
  return [...text.matchAll(assignment)].map((match) => {
    const [whole, lead = "", key = "", raw = "", tail = ""] = match;
    return {
      key,
      value: unquote(raw),
      from: match.index,
      to: match.index + whole.length,
      lead,
      tail,
    };
  });
}

/**
 * Plain where every reader takes it plain. Single quotes are literal everywhere,
 * so they come first (a `$` in double quotes is expanded by docker compose and
 * shells); a value with a single quote or a line end takes double ones.
 */
export function quoteValue(value: string): string {
  if (/^[A-Za-z0-9_./:@%+,=?&~-]*$/.test(value)) return value;
  if (!/['\r\n]/.test(value)) return `'${value}'`;
  const escaped = value
    .replaceAll(/["\\$`]/g, String.raw`\$&`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\r", String.raw`\r`);
  return `"${escaped}"`;
}

export type Changes = ReadonlyMap<string, string>;

/** Changes keys in place, every time they come; new ones go to the end. */
export function patchText(text: string, changes: Changes): string {
  let patched = "";
  let at = 0;
  const left = new Map(changes);
  for (const found of readAssignments(text)) {
    const value = changes.get(found.key);
    if (value === undefined) continue;
    left.delete(found.key);
    patched += text.slice(at, found.from);
    patched +=
      found.value === value
        ? text.slice(found.from, found.to)
        : `${found.lead}${found.key}=${quoteValue(value)}${found.tail}`;
    at = found.to;
  }
  patched += text.slice(at);
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  for (const [key, value] of left) {
    if (patched !== "" && !patched.endsWith("\n")) patched += lineEnd;
    patched += `${key}=${quoteValue(value)}${lineEnd}`;
  }
  return patched;
}
