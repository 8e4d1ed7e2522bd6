/** Where two texts part, short enough for a line of a report: definitions may be pages long. Pure. */

/** Characters. */
const whole = 100;
const before = 30;

/** `a -> b`, around the first character that is not the same; white space in a row counts as one blank. */
export function parting(source: string, target: string): string {
  const [ours, theirs] = [onOneLine(source), onOneLine(target)];
  if (source !== target && ours === theirs) return "the same but for white space";
  if (Math.max(ours.length, theirs.length) <= whole) return `${ours} -> ${theirs}`;
  const from = Math.max(0, sameUntil(ours, theirs) - before);
  return `${part(ours, from)} -> ${part(theirs, from)}`;
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function sameUntil(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

function part(text: string, from: number): string {
  const cut = text.slice(from, from + whole);
  const [begins, ends] = [from > 0 ? "..." : "", from + whole < text.length ? "..." : ""];
  return `${begins}${cut}${ends}`;
}
