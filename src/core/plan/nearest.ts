/** The word that was probably meant, for the message about one that is not known. */
import { closest, distance } from "fastest-levenshtein";

/** `; did you mean ...?`, or all that are known; empty when none are. */
export function nearest(word: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  const candidate = nearTo(word, known);
  return candidate !== undefined
    ? `; did you mean \`${candidate}\`?`
    : `; known are ${known.map((name) => `\`${name}\``).join(", ")}`;
}

/** The end of a sentence without code marks: `; did you mean ...?`, or its full stop. */
export function likely(word: string, known: readonly string[]): string {
  const candidate = nearTo(word, known);
  return candidate === undefined ? "." : `; did you mean ${candidate}?`;
}

function nearTo(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(word, [...known]);
  return distance(word, candidate) <= Math.max(2, word.length / 2) ? candidate : undefined;
}
