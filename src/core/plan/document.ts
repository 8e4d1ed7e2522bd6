/**
 * The YAML of a plan: text to a plain value, with the place of every part of
 * it. Anchors and aliases are refused: a plan is read by people, and a few
 * lines of them can expand to gigabytes.
 */
import { isMap, isNode, isPair, isScalar, Lexer, LineCounter, parseDocument, visit } from "yaml";
import type { Document, Node } from "yaml";
import type { Problem } from "./problem.ts";
import { yamlSentence } from "./yaml-problem.ts";

/** Characters; a real plan has a few thousand, and YAML's parser needs a kilobyte for some of them. */
const longest = 100_000;
/** Words, marks and blanks; a plan with every kind of step has two thousand, and brackets alone can be as many as characters. */
const mostLexemes = 60_000;
/** After so many problems YAML has lost the thread, and the rest says nothing. */
const mostProblems = 20;

export interface PlanDocument {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Where the value at this path stands; for a missing one, where its parent does. */
  readonly placeOf: (
    path: readonly PropertyKey[],
    what?: "key" | "value",
  ) => { line: number; column: number };
}

export function readDocument(text: string): PlanDocument {
  if (text.length > longest)
    return unreadable("the file is longer than 100,000 characters, which no plan is");
  if (text.includes("\uFFFD")) return unreadable("the file is not UTF-8");
  if (hasTooManyLexemes(text)) return unreadable("the file has more parts than any plan has");
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    uniqueKeys: true,
    stringKeys: true,
    prettyErrors: false,
    // `silent` would also swallow a second document without a word (yaml 2.9).
    logLevel: "error",
    lineCounter: lines,
  });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const objections = [...document.errors, ...document.warnings].slice(0, mostProblems);
  const problems: Problem[] = [
    ...objections.map(({ pos, code }) => ({
      ...place(pos[0]),
      path: "",
      message: yamlSentence(code),
    })),
    ...aliases(document).map((offset) => ({
      ...place(offset),
      path: "",
      message: yamlSentence("BAD_ALIAS"),
    })),
  ];
  return {
    value: problems.length === 0 ? document.toJS() : undefined,
    problems,
    placeOf: (path, what = "value") => place(nodeAt(document, path, what)?.range?.[0] ?? 0),
  };
}

/** Counted before anything is made of them. */
function hasTooManyLexemes(text: string): boolean {
  let count = 0;
  for (const _ of new Lexer().lex(text)) {
    count += 1;
    if (count > mostLexemes) return true;
  }
  return false;
}

function unreadable(message: string): PlanDocument {
  const place = { line: 1, column: 1 };
  return { value: undefined, problems: [{ ...place, path: "", message }], placeOf: () => place };
}

/** Where anchors and aliases stand. */
function aliases(document: Document): number[] {
  const offsets: number[] = [];
  visit(document, {
    Alias: (_key, node) => void offsets.push(node.range?.[0] ?? 0),
    Node: (_key, node) => {
      if ("anchor" in node && node.anchor !== undefined) offsets.push(node.range?.[0] ?? 0);
    },
  });
  return offsets.slice(0, mostProblems);
}

function nodeAt(
  document: Document,
  path: readonly PropertyKey[],
  what: "key" | "value",
): Node | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = path.slice(0, length - 1);
    const last = path[length - 1];
    const container = parent.length === 0 ? document.contents : document.getIn(parent, true);
    if (isMap(container)) {
      const pair = container.items.find(
        (item) => isPair(item) && isScalar(item.key) && item.key.value === last,
      );
      const node = what === "key" || !isNode(pair?.value) ? pair?.key : pair.value;
      if (isNode(node)) return node;
    } else {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node)) return node;
    }
  }
  return isNode(document.contents) ? document.contents : undefined;
}
