/**
 * The YAML of a plan: text to a plain value, with the place of every part of
 * it. Anchors and aliases are refused: a plan is read by people, and a few
 * lines of them can expand to gigabytes.
 */
import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type { Document, Node } from "yaml";
import { showPath, type Problem } from "./problem.ts";

/** Characters; a real plan has a few thousand. */
const longest = 1_000_000;

export interface PlanDocument {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Where the value at this path stands; for a missing one, where its parent does. */
  placeOf(path: readonly PropertyKey[], what?: "key" | "value"): { line: number; column: number };
}

export function readDocument(text: string): PlanDocument {
  const lines = new LineCounter();
  if (text.length > longest) return unreadable("the file is longer than a million characters");
  if (text.includes("\uFFFD")) return unreadable("the file is not UTF-8");
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, version: "1.2" });
  const problems: Problem[] = document.errors.map((error) => {
    const [place] = error.linePos ?? [];
    return {
      line: place?.line ?? 1,
      column: place?.col ?? 1,
      path: "",
      message: (error.message.split("\n")[0] ?? error.message).replace(/ at line \d+.*$/, ""),
    };
  });
  problems.push(...refusedAliases(document, lines));
  const at = (node: Node | undefined) => {
    const place = lines.linePos(node?.range?.[0] ?? 0);
    return { line: Math.max(1, place.line), column: Math.max(1, place.col) };
  };
  return {
    value: problems.length === 0 ? document.toJS() : undefined,
    problems,
    placeOf: (path, what = "value") => at(nodeAt(document, path, what)),
  };
}

function unreadable(message: string): PlanDocument {
  const place = { line: 1, column: 1 };
  return { value: undefined, problems: [{ ...place, path: "", message }], placeOf: () => place };
}

function refusedAliases(document: Document, lines: LineCounter): Problem[] {
  const problems: Problem[] = [];
  const refuse = (node: Node) => {
    const place = lines.linePos(node.range?.[0] ?? 0);
    problems.push({
      line: place.line,
      column: place.col,
      path: showPath([]),
      message: "anchors and aliases (`&`, `*`) are not allowed in a plan; write the value out",
    });
  };
  visit(document, {
    Alias: (_key, node) => refuse(node),
    Node: (_key, node) => {
      if ("anchor" in node && node.anchor !== undefined) refuse(node);
    },
  });
  return problems;
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
