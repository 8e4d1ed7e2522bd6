/**
 * A plan made wrong, in the ways that people, editors and disks make one wrong:
 * at the level of bytes, of lines, and of what the YAML says.
 */
import { parse, stringify } from "yaml";
import type { Chance } from "./chance.ts";

/** Bytes, as a file has them: the result may be no UTF-8 at all. */
export function mutatedPlan(text: string, chance: Chance): Buffer {
  const way = chance.one(["tree", "tree", "lines", "lines", "bytes", "encoding"] as const);
  if (way === "tree") return Buffer.from(mutatedTree(text, chance));
  if (way === "lines") return Buffer.from(mutatedLines(text, chance));
  if (way === "bytes") return mutatedBytes(Buffer.from(text), chance);
  return encoded(text, chance);
}

const scraps: readonly string[] = [
  ...Array.from("\t \n\r\0:-[]{}&*!|>\"'#%@`,?~\\\u001b\u0085\u2028\u00a0\uFEFF"),
  "  ",
  "- ",
  ": ",
  "&a ",
  "*a",
  "!t ",
  "!!binary ",
  "${",
  "${env:}",
  "${file:/}",
  "null",
  "~",
  "1e999",
  "-0",
  "0x1F",
  ".nan",
  ".inf",
  "true",
  "2001-01-01",
  "__proto__: ",
  "constructor: ",
  "? ",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "<<: ",
  "'' ",
  "漢🍕é",
  "9".repeat(400),
];

function mutatedBytes(bytes: Buffer, chance: Chance): Buffer {
  let made = bytes;
  for (let edits = 1 + chance.below(3); edits > 0; edits--) {
    const at = chance.below(made.length + 1);
    const cut = chance.below(4) === 0 ? chance.below(60) : chance.below(3);
    const random = () => Buffer.from([chance.below(256)]);
    const put = chance.below(3) === 0 ? random() : Buffer.from(chance.one(scraps));
    const put0 = chance.below(6) === 0 ? Buffer.alloc(0) : put;
    made = Buffer.concat([made.subarray(0, at), put0, made.subarray(at + cut)]);
  }
  return chance.below(20) === 0 ? made.subarray(0, chance.below(made.length + 1)) : made;
}

function mutatedLines(text: string, chance: Chance): string {
  const lines = text.split("\n");
  for (let edits = 1 + chance.below(3); edits > 0; edits--) {
    const at = chance.below(lines.length);
    const line = lines[at] ?? "";
    const other = chance.below(lines.length);
    const ways: readonly (() => void)[] = [
      () => lines.splice(at, 1 + chance.below(4)),
      // A key that stands twice, an item that stands twice.
      () => lines.splice(at, 0, line),
      () => ([lines[at], lines[other]] = [lines[other] ?? "", line]),
      () => (lines[at] = ` ${line}`),
      () => (lines[at] = line.replace(/^ /, "")),
      () => (lines[at] = line.replace(/^ +/, (blanks) => "\t".repeat(blanks.length))),
      () => (lines[at] = line.replace(/: .*$/, ":")),
      () =>
        (lines[at] = line.replace(/(: ?)(.*)$/, (_, colon: string) => colon + chance.one(scraps))),
      () => (lines[at] = line.replace(": ", ": &anchor ")),
      () => (lines[at] = line.replace(/: .*$/, ": *anchor")),
      () => (lines[at] = line.replace(/:.*$/, ": |")),
      () => (lines[at] = `#${line}`),
      () =>
        lines.splice(at, 0, chance.one(["---", "...", "%TAG ! x", "", "  ", "-", ":", "<<: *a"])),
    ];
    chance.one(ways)();
  }
  return lines.join(chance.one(["\n", "\n", "\n", "\r\n", "\r"]));
}

type Holder = Record<string | number, unknown>;

function mutatedTree(text: string, chance: Chance): string {
  const tree: unknown = parse(text);
  for (let edits = 1 + chance.below(2); edits > 0; edits--) {
    const places = placesIn(tree);
    if (places.length === 0) break;
    changePlace(chance.one(places), chance.one(places), chance);
  }
  const blockQuote = chance.one([
    "BLOCK_LITERAL",
    "PLAIN",
    "QUOTE_DOUBLE",
    "QUOTE_SINGLE",
  ] as const);
  if (chance.below(8) === 0) return JSON.stringify(tree, undefined, chance.below(3));
  return stringify(tree, { defaultStringType: blockQuote, aliasDuplicateObjects: false });
}

interface Place {
  readonly holder: Holder;
  readonly key: string | number;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Holder;
  const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(holder);
  return keys.flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}

function changePlace({ holder, key }: Place, other: Place, chance: Chance): void {
  const value = holder[key];
  const copy = (kept: unknown): unknown => structuredClone(kept);
  const ways: readonly (() => unknown)[] = [
    () => (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]),
    () =>
      Array.isArray(holder)
        ? holder.splice(Number(key), 0, copy(value))
        : (holder[`${key}2`] = value),
    () => (holder[key] = copy(other.holder[other.key])),
    () => ([holder[key], other.holder[other.key]] = [copy(other.holder[other.key]), copy(value)]),
    () => (holder[key] = chance.one(odd)),
    () => (holder[key] = chance.one(odd)),
    () => (holder[key] = [copy(value)]),
    () => (holder[key] = { [String(key)]: copy(value) }),
    () => (holder[key] = nested(copy(value), chance.one([3, 30, 120]))),
    () => (holder[key] = Array.from({ length: chance.one([2, 20, 60]) }, () => copy(value))),
    () => (holder[key] = String(key).repeat(chance.one([2, 64, 5000]))),
    () =>
      define(holder, chance.one(["__proto__", "toString", "", " ", "\u001b[2J", "x"]), copy(value)),
  ];
  chance.one(ways)();
}

/** Not by assignment, which would take `__proto__` for the prototype. */
function define(holder: Holder, key: string, value: unknown): void {
  if (Array.isArray(holder)) holder.push({ [key]: value });
  else
    Object.defineProperty(holder, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
}

const odd: readonly unknown[] = [
  null,
  "",
  " ",
  0,
  -1,
  1.5,
  Number.MAX_SAFE_INTEGER,
  1e308,
  true,
  false,
  [],
  {},
  "\t",
  "a\nb",
  "\0",
  "\u001b[31mred",
  "\u202egnp",
  "${env:A}",
  "${env:A}${file:b}",
  "${target:a@b.url}",
  "30s",
  "-30s",
  "99999999999h",
  "999999999999999999999GB",
  "漢🍕é".repeat(30),
  "é".repeat(32),
  "x".repeat(20_000),
];

function nested(value: unknown, depth: number): unknown {
  let made = value;
  for (let level = 0; level < depth; level++) made = [made];
  return made;
}

function encoded(text: string, chance: Chance): Buffer {
  const ways: readonly (() => Buffer)[] = [
    () => Buffer.from(text, "utf16le"),
    () => Buffer.from(`\uFEFF${text}`, "utf16le"),
    () => Buffer.from(text, "utf16le").swap16(),
    () => Buffer.from(`\uFEFF${text}`),
    () => Buffer.from(`\uFEFF\uFEFF${text}`),
    () => Buffer.from(text.replaceAll("e", "é"), "latin1"),
    () => Buffer.from(text.replaceAll("\n", "\r\n")),
    () => Buffer.from(text.replaceAll("\n", "\n\n")),
    () => Buffer.concat([Buffer.from(text), Buffer.alloc(chance.below(5000))]),
    () => Buffer.alloc(chance.below(10)),
    () => Buffer.from(Array.from({ length: chance.below(400) }, () => chance.below(256))),
  ];
  return chance.one(ways)();
}
