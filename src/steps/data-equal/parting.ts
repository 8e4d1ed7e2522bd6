/** Where two texts part, short enough for a line of a report: definitions may be pages long. Pure. */
import { around } from "../../core/around.ts";

const ofLine = { length: 100, before: 30 };

/** `a -> b`, around the first character that is not the same; white space in a row counts as one blank. */
export function parting(source: string, target: string): string {
  const [ours, theirs] = [onOneLine(source), onOneLine(target)];
  if (source !== target && ours === theirs) return "the same but for white space";
  return around([ours, theirs], ofLine).join(" -> ");
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
