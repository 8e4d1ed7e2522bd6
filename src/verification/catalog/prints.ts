/**
 * Facts that the server prints from its own trees, and which a dump and restore may so
 * print anew: which those are, and whether two of them say the same. Pure.
 */
import { comparePrinted, type Sameness } from "./printed-query.ts";

export interface Majors {
  readonly source: number;
  readonly target: number;
}

/** Facts that are deparsed expressions or queries, which a dump and restore may write anew. */
const expressions: ReadonlySet<string> = new Set([
  "constraint definition",
  "index definition",
  "column default",
  "policy using",
  "policy check",
  "publication tables",
  "statistics definition",
  "trigger definition",
  "type constraints",
  "type default",
  "table partition-bound",
  "table partition-key",
  "view definition",
  "rule definition",
]);

/** PostgreSQL stores the text of a function, but the tree of one with an SQL-standard body. */
const bodyBegins = /^(?:AS [$']|\s*BEGIN ATOMIC\b|\s*RETURN\b)/m;

function hasSqlBody(definition: string): boolean {
  const found = bodyBegins.exec(definition)?.[0];
  return found !== undefined && !found.startsWith("AS ");
}

/**
 * Queries are stored as trees and printed anew, and the printer changes between
 * majors: since 16 it leaves out needless qualification, for one.
 */
function isPrintedQuery(key: string, text: string): boolean {
  if (key === "view definition" || key === "rule definition") return true;
  return key === "function definition" && hasSqlBody(text);
}

const qualified = { mayBeBare: false };

/** Before the text of it stand the defaults of its parameters, which are printed expressions. */
function compareFunctions(source: string, target: string): Sameness {
  const [ours, theirs] = [source, target].map((text) => /^AS [$']/m.exec(text)?.index);
  if (ours === undefined || theirs === undefined) return "different";
  if (source.slice(ours) !== target.slice(theirs)) return "different";
  return comparePrinted(source.slice(0, ours), target.slice(0, theirs), qualified);
}

/** Of what the server prints from its own trees; other texts are what they are. */
export function comparePrints(
  key: string,
  source: string,
  target: string,
  majors: Majors,
): Sameness {
  if (isPrintedQuery(key, source)) {
    return comparePrinted(source, target, { mayBeBare: majors.source !== majors.target });
  }
  if (expressions.has(key)) return comparePrinted(source, target, qualified);
  return key === "function definition" ? compareFunctions(source, target) : "different";
}
