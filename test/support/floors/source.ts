/**
 * One TypeScript module as the floors test sees it: what it imports and which
 * globals it touches, read from its syntax tree, so that words in comments and
 * texts do not count. Judges nothing.
 */
import path from "node:path";
import { parseAst } from "vitest/node";

export interface Import {
  /** A package (`pg`, `node:fs`) or a path from the repository's root (`src/core/finding.ts`). */
  readonly from: string;
  readonly typeOnly: boolean;
}

export interface Source {
  /** From the repository's root, with `/`: `src/core/finding.ts`. */
  readonly file: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** Globals as written: `process.env`, `console.log`, `new Date()`, `fetch`. */
  readonly globals: ReadonlySet<string>;
}

type Node = { readonly type: string } & { readonly [field: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

function* within(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) yield* within(child);
    }
  }
}

const name = (node: unknown): string | undefined =>
  isNode(node) && node.type === "Identifier" ? (node["name"] as string) : undefined;

const literal = (node: unknown): string | undefined =>
  isNode(node) && node.type === "Literal" && typeof node["value"] === "string"
    ? node["value"]
    : undefined;

const importing = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
]);

function importOf(node: Node, file: string): Import | undefined {
  if (!importing.has(node.type) || !isNode(node["source"])) return undefined;
  const from = literal(node["source"]);
  if (from === undefined)
    throw new Error(`${file} imports by a computed name: nothing can check it.`);
  const typeOnly =
    node["importKind"] === "type" || node["exportKind"] === "type" || node.type === "TSImportType";
  return {
    from: from.startsWith(".") ? path.posix.join(path.posix.dirname(file), from) : from,
    typeOnly,
  };
}

/** `process.env`, also as `process["env"]`; `new Date()` only where it asks the clock. */
function globalOf(node: Node): string | undefined {
  if (node.type === "NewExpression" && name(node["callee"]) === "Date") {
    return (node["arguments"] as readonly unknown[]).length === 0 ? "new Date()" : undefined;
  }
  if (node.type === "CallExpression") return name(node["callee"]);
  if (node.type === "MemberExpression") {
    const owner = name(node["object"]);
    const field = node["computed"] === true ? literal(node["property"]) : name(node["property"]);
    return owner === undefined ? undefined : `${owner}.${field ?? "[computed]"}`;
  }
  // `const { env } = process`, `read(process)`: the whole of it is handed on.
  if (node.type === "VariableDeclarator") return whole(node["init"]);
  return undefined;
}

const whole = (node: unknown): string | undefined => {
  const owner = name(node);
  return owner === "process" || owner === "console" ? `${owner}.[computed]` : undefined;
};

export function readSource(file: string, text: string): Source {
  const program = parseAst(text, { lang: "ts", astType: "ts" }) as unknown as Node;
  const imports: Import[] = [];
  const globals = new Set<string>();
  for (const node of within(program)) {
    const imported = importOf(node, file);
    if (imported !== undefined) imports.push(imported);
    const touched = [globalOf(node), ...argumentsOf(node)];
    for (const global of touched) if (global !== undefined) globals.add(global);
  }
  return { file, text, imports, globals };
}

/** What a call hands over; `process.emitWarning.bind(process)` hands it to itself. */
function argumentsOf(node: Node): readonly (string | undefined)[] {
  if (node.type !== "CallExpression" && node.type !== "NewExpression") return [];
  const callee = node["callee"];
  if (isNode(callee) && name(callee["property"]) === "bind") return [];
  return (node["arguments"] as readonly unknown[]).map(whole);
}
