/**
 * Whether the texts of two majors are the same query. Pure.
 *
 * Since PostgreSQL 16 a view on a single relation is printed with its columns
 * bare, where 15 wrote the relation's name before each (`users.name`): the view's
 * own OLD and NEW are no longer part of it, so there is nothing to tell apart. A
 * column's qualifier that only one text has is therefore left out. It can hide
 * nothing: all that are left out name one relation, and what follows FROM is compared.
 */
import { rewrittenText } from "./expression.ts";
import { type Token, tokens } from "./query-tokens.ts";

/** `perhaps`: the same words in the same order, and other brackets or qualifiers. */
export type Sameness = "same" | "perhaps" | "different";

interface Word {
  readonly text: string;
  /** Of a column: what stands before its dot. */
  readonly qualifier: string | undefined;
}

/** What has a schema before its dot, and no relation: a relation itself, a type, a collation. */
const beforeSchema: ReadonlySet<string> = new Set([
  "FROM",
  "JOIN",
  "ONLY",
  "LATERAL",
  "INTO",
  "UPDATE",
  "TO",
  "COLLATE",
  "FUNCTION",
  "PROCEDURE",
  "RETURNS",
  "::",
]);

/** A function's name is followed by its bracket, and a column's never. */
function isQualifiedColumn(all: readonly Token[], at: number): boolean {
  const [name, dot, column, after] = all.slice(at, at + 4);
  if (name?.kind !== "name" || dot?.text !== "." || after?.text === "(") return false;
  if (column?.kind !== "name" && column?.text !== "*") return false;
  return !beforeSchema.has(all[at - 1]?.text ?? "");
}

function words(text: string): Word[] {
  const all = tokens(rewrittenText(text));
  const found: Word[] = [];
  for (let at = 0; at < all.length; at++) {
    const qualifier = isQualifiedColumn(all, at) ? all[at]?.text : undefined;
    if (qualifier !== undefined) at += 2;
    found.push({ text: all[at]?.text ?? "", qualifier });
  }
  return found;
}

function sameTexts(a: readonly Word[], b: readonly Word[]): boolean {
  return a.length === b.length && a.every(({ text }, at) => text === b[at]?.text);
}

const unbracketed = (all: readonly Word[]): Word[] =>
  all.filter(({ text }) => text !== "(" && text !== ")");

export function comparePrinted(source: string, target: string): Sameness {
  const [all, others] = [words(source), words(target)];
  const [ours, theirs] = [unbracketed(all), unbracketed(others)];
  if (!sameTexts(ours, theirs)) return "different";
  const leftOut = new Set<string>();
  for (const [at, { qualifier }] of ours.entries()) {
    const other = theirs[at]?.qualifier;
    if (qualifier === other) continue;
    if (qualifier !== undefined && other !== undefined) return "different";
    leftOut.add(qualifier ?? other ?? "");
  }
  return leftOut.size <= 1 && sameTexts(all, others) ? "same" : "perhaps";
}
