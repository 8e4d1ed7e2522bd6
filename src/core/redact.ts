/**
 * Takes secrets out of a text that a vendor wrote, in whatever way it spelled
 * them: as they are, URL-encoded, escaped for JSON (once or several times), SQL
 * or a shell, in base64 (also as a part of something longer, as HTTP's `Basic
 * user:password` is), and broken over lines. A short secret is taken out as a
 * long one is: better a word too many that reads `[secret]`.
 */
import type { Secret } from "./secret.ts";

const mark = "[secret]";

/** Replaces every echo of the given secrets; of two that overlap nothing is left. */
export function redact(text: string, secrets: Iterable<Secret>): string {
  const found = [...secrets].flatMap((secret) => echoes(text, secret.reveal()));
  let shown = "";
  let at = 0;
  for (const { from, to } of merged(found)) {
    shown += text.slice(at, from) + mark;
    at = to;
  }
  return shown + text.slice(at);
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function echoes(text: string, value: string): Span[] {
  if (value === "") return [];
  const inBase64 = base64Cores(value).flatMap((core) => wholeBase64(text, matches(text, core)));
  return [...matches(text, value), ...inBase64];
}

function matches(text: string, value: string): Span[] {
  const pattern = patternOf(value);
  const spans: Span[] = [];
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    spans.push({ from: match.index, to: match.index + match[0].length });
    // One echo may begin inside another: `aba` twice in `ababa`.
    // Never into the middle of a character: the search would step back, for ever.
    pattern.lastIndex = match.index + ((text.codePointAt(match.index) ?? 0) > 0xffff ? 2 : 1);
  }
  return spans;
}

function merged(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last === undefined || span.from >= last.to) joined.push(span);
    else joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return joined;
}

/** Fewer characters of base64 are found in every other word. */
const shortestCore = 4;

/**
 * What of the base64 of any text with the secret in it hangs on the secret
 * alone: one for each place at which it may begin within three bytes.
 */
function base64Cores(value: string): string[] {
  const bytes = Buffer.from(value);
  const cores = [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const core = text.slice(
      Math.ceil((8 * before) / 6),
      Math.floor((8 * (before + bytes.length)) / 6),
    );
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [...new Set(cores)].filter((core) => core.length >= shortestCore);
}

/** Its ends hang on the secret too, in part. */
function wholeBase64(text: string, cores: readonly Span[]): Span[] {
  const belongs = (at: number): boolean => /[\w+/=%-]/.test(text[at] ?? "");
  const whole: Span[] = [];
  for (let { from, to } of cores) {
    if (to <= (whole.at(-1)?.to ?? -1)) continue;
    while (belongs(from - 1)) from -= 1;
    while (belongs(to)) to += 1;
    whole.push({ from, to });
  }
  return whole;
}

const backslash = String.raw`(?:\\|%5[Cc])`;
const backslashes = String.raw`\\*`;
const notAfterBackslash = String.raw`(?<!\\)`;

/**
 * Every character in every spelling, as encoders differ in which ones they
 * leave alone. Of two parts next to each other only one can take a backslash,
 * and none begins in the middle of several, so that no text makes the search slow.
 */
function patternOf(value: string): RegExp {
  const runs = value.match(/\\+|'+|"+|[^\\'"]/gu) ?? [];
  const parts = runs.map((run, index) => {
    if (run.startsWith("\\")) return backslashRun(run.length);
    const taken = runs[index - 1]?.startsWith("\\") ?? false;
    const first = `${taken ? "" : backslashes}${unit(run)}`;
    return /^['"]/.test(run) ? first + moreQuotes(run) : first;
  });
  const begin = parts[0]?.startsWith(backslashes) === true ? notAfterBackslash : "";
  const broken = parts.map((part, index) => part + lineBreak(runs[index], runs[index + 1]));
  return new RegExp(begin + broken.join(""), "gu");
}

/**
 * Where a line may have been broken, and the next one indented. Not beside a
 * character that could be taken for a part of the break itself.
 */
function lineBreak(before: string | undefined, after: string | undefined): string {
  if (before === undefined || after === undefined) return "";
  if (/[\r\n]/.test(before + after)) return "";
  return String.raw`(?:\r?\n${/[ \t]/.test(after) ? "" : String.raw`[ \t]*`})?`;
}

/** Each level of escaping doubles a backslash, so a run of them only grows. */
function backslashRun(length: number): string {
  return `(?<!${backslash})${backslash}{${length},}`;
}

/** SQL doubles its quotes. */
function moreQuotes(run: string): string {
  return `(?:${backslashes}${unit(run)}){${run.length - 1},${2 * run.length - 1}}`;
}

const shortEscapes: { readonly [character: string]: string } = {
  "\n": "n",
  "\r": "r",
  "\t": "t",
  "\b": "b",
  "\f": "f",
};

/** The first character of `run`, where backslashes before it have been taken. */
function unit(run: string): string {
  const code = run.codePointAt(0) ?? 0;
  const character = String.fromCodePoint(code);
  // The longest first: a `%` stands at the beginning of its own code.
  const ways = [percent(character), String.raw`\u{${code.toString(16)}}`, escapedUnits(character)];
  const short = shortEscapes[character];
  if (short !== undefined) ways.push(String.raw`(?<=\\)${short}`);
  if (character === " ") ways.push(String.raw`\+`);
  return `(?:${ways.join("|")})`;
}

function percent(character: string): string {
  return [...new TextEncoder().encode(character)].map((byte) => `%${anyCase(byte, 2)}`).join("");
}

/** `\u00e9`, and two of them for a character beyond the basic plane. */
function escapedUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => String.raw`(?<=\\)u${anyCase(character.charCodeAt(index), 4)}`,
  ).join(backslashes);
}

/** Hexadecimal digits, of which encoders write either case. */
function anyCase(number: number, digits: number): string {
  const text = number.toString(16).padStart(digits, "0");
  return text.replaceAll(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}
