/**
 * Whether two printed texts are the same query or expression. Pure.
 *
 * Since PostgreSQL 16 a view on a single relation is printed with its columns
 * bare, where 15 wrote the relation's name before each (`users.name`): the view's
 * own OLD and NEW are no longer part of it, so there is nothing to tell apart. Only
 * there, outside of sub-selects, is a qualifier left out that one text alone has.
 * Other brackets are another query, but for those of AND within AND (`flattened.ts`).
 */
import { rewrittenText } from "./expression.ts";
import { type Token, tokens } from "./query-tokens.ts";
import { showsNames, withoutNamesByCast } from "./unnamed.ts";

/**
 * `perhaps`: the same words, and a qualifier that one text alone has where none should be
 * missing, a column that one text alone names, or a cast of an array of who knows what.
 */
export type Sameness = "same" | "perhaps" | "different";

interface Word {
  readonly text: string;
  /** Of a column: what stands before its dot. */
  readonly qualifier: string | undefined;
  /** Brackets around it. */
  readonly depth: number;
  /** One of them is a sub-select. */
  readonly nested: boolean;
  /** The column that ends here has the name that its own cast gives it. */
  readonly calledByCast: boolean;
  /** Others may call the column by it. */
  readonly shown: boolean;
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

/** Functions that SQL writes with a FROM between their arguments. */
const withFrom: ReadonlySet<string> = new Set(["EXTRACT", "OVERLAY", "SUBSTRING", "TRIM"]);

interface Bracket {
  readonly isSelect: boolean;
  readonly showsNames: boolean;
  /** What stands before it. */
  readonly of: string;
}

/** `EXTRACT(year FROM o.at)`, `o.a IS DISTINCT FROM o.b`: after these stands a column. */
function isWithinExpression(all: readonly Token[], at: number, within: Bracket | undefined) {
  if (all[at]?.text !== "FROM") return false;
  return all[at - 1]?.text === "DISTINCT" || withFrom.has(within?.of ?? "");
}

/** A function's name is followed by its bracket, and a column's never. */
function isQualifiedColumn(
  all: readonly Token[],
  at: number,
  within: Bracket | undefined,
): boolean {
  const [name, dot, column, after] = all.slice(at, at + 4);
  if (name?.kind !== "name" || dot?.text !== "." || after?.text === "(") return false;
  if (column?.kind !== "name" && column?.text !== "*") return false;
  const before = all[at - 1]?.text ?? "";
  return !beforeSchema.has(before) || isWithinExpression(all, at - 1, within);
}

const beginsSelect: ReadonlySet<string> = new Set(["SELECT", "WITH", "VALUES"]);

/** `text` as `rewrittenText` gives it. */
function words(text: string): Word[] {
  const all = withoutNamesByCast(tokens(text));
  const found: Word[] = [];
  const brackets: Bracket[] = [];
  for (let at = 0; at < all.length; at++) {
    const qualifier = isQualifiedColumn(all, at, brackets.at(-1)) ? all[at]?.text : undefined;
    if (qualifier !== undefined) at += 2;
    const word = all[at]?.text ?? "";
    if (word === ")") brackets.pop();
    found.push({
      text: word,
      qualifier,
      depth: brackets.length,
      nested: brackets.some(({ isSelect }) => isSelect),
      calledByCast: all[at]?.calledByCast === true,
      shown: brackets.at(-1)?.showsNames === true,
    });
    if (word === "(") {
      const isSelect = beginsSelect.has(all[at + 1]?.text ?? "");
      const shows = isSelect && showsNames(all, at);
      brackets.push({ isSelect, showsNames: shows, of: all[at - 1]?.text ?? "" });
    }
  }
  return found;
}

const afterFrom: ReadonlySet<string> = new Set([
  "WHERE",
  "GROUP",
  "HAVING",
  "WINDOW",
  "ORDER",
  "LIMIT",
  "OFFSET",
  "FETCH",
  "FOR",
  "TABLESAMPLE",
  ";",
]);
const several: ReadonlySet<string> = new Set([",", "JOIN", "FROM"]);
const sets: ReadonlySet<string> = new Set(["UNION", "INTERSECT", "EXCEPT"]);

/** By which name the outermost query knows the one relation that it reads; undefined where it reads more, or none. */
function onlyRelation(all: readonly Word[]): string | undefined {
  const outermost = all.filter(({ depth, text }) => depth === 0 && text !== "(" && text !== ")");
  if (outermost.some(({ text }) => sets.has(text))) return undefined;
  const from = outermost.findIndex(
    ({ text }, at) => text === "FROM" && outermost[at - 1]?.text !== "DISTINCT",
  );
  if (from === -1) return undefined;
  const rest = outermost.slice(from + 1);
  const end = rest.findIndex(({ text }) => afterFrom.has(text));
  const relations = end === -1 ? rest : rest.slice(0, end);
  const isRowsFrom = (at: number): boolean => relations[at - 1]?.text === "ROWS";
  if (relations.some(({ text }, at) => several.has(text) && !isRowsFrom(at))) return undefined;
  // XMLTABLE without an alias is known as "xmltable"; any other name in capitals is in quotes.
  return relations.at(-1)?.text.replace(/^[A-Z_]+$/, (keyword) => keyword.toLowerCase());
}

/** `bare`: the one text may leave out qualifiers that the other has. */
function compareWords(ours: readonly Word[], theirs: readonly Word[], bare: boolean): Sameness {
  const sameTexts =
    ours.length === theirs.length && ours.every(({ text }, at) => text === theirs[at]?.text);
  if (!sameTexts) return "different";
  const relation = onlyRelation(ours);
  let sameness: Sameness = "same";
  for (const [at, { text, qualifier, nested, calledByCast, shown }] of ours.entries()) {
    if (calledByCast !== theirs[at]?.calledByCast && shown) sameness = "perhaps";
    const other = theirs[at]?.qualifier;
    if (qualifier === other) continue;
    if (!bare || (qualifier !== undefined && other !== undefined)) return "different";
    if (!nested && (qualifier ?? other) === relation) continue;
    // Every row of a join, and those in which this one has a part.
    if (text === "*") return "different";
    sameness = "perhaps";
  }
  return sameness;
}

/** `mayBeBare`: qualifiers may be left out, as only queries of another major do. */
export function comparePrinted(
  source: string,
  target: string,
  { mayBeBare }: { readonly mayBeBare: boolean },
): Sameness {
  if (source === target) return "same";
  const sure = compareWords(words(rewrittenText(source)), words(rewrittenText(target)), mayBeBare);
  if (sure !== "different") return sure;
  return withoutArrays(source, target, mayBeBare);
}

/** As far as can be told where nobody knows whether what is cast is an array. */
function withoutArrays(source: string, target: string, bare: boolean): Sameness {
  const [ours, theirs] = [source, target].map((text) =>
    words(rewrittenText(text, "all").replaceAll("[]", "")),
  );
  return compareWords(ours ?? [], theirs ?? [], bare) === "different" ? "different" : "perhaps";
}
