/**
 * The floors as data, and what breaks them. The tables are literal: a new
 * package, or a place that may do more than its floor, is written down here.
 * Reads no files.
 */
import type { Import, Source } from "./source.ts";

/** The first folder (or file) below `src/` and its floor; imports point down only. */
const floors: Readonly<Record<string, number>> = {
  core: 0,
  engine: 1,
  verification: 1,
  providers: 1,
  steps: 2,
  migration: 3,
  rehearsal: 3,
  "compose.ts": 3,
  cli: 4,
};

/** Neighbours on one floor that may import each other, from left to right. */
const neighbours: ReadonlySet<string> = new Set([
  "compose.ts > migration",
  "migration > compose.ts",
  "rehearsal > compose.ts",
  "rehearsal > migration",
]);

interface Places {
  /** Below `src/`; anything may be imported. */
  readonly values: readonly string[];
  /** Below `src/`; only `import type`. */
  readonly types?: readonly string[];
}

/** Where a package may be imported. Every dependency of package.json is here, and no other. */
export const packages: Readonly<Record<string, Places>> = {
  "@azure/arm-dns": { values: ["providers/azure-dns"] },
  "@azure/arm-postgresql-flexible": { values: ["providers/azure"] },
  "@azure/core-rest-pipeline": { values: ["providers/azure", "providers/azure-dns"] },
  "@azure/identity": { values: ["providers/azure", "providers/azure-dns"] },
  "@peculiar/x509": { values: ["rehearsal/certificates"] },
  commander: { values: ["cli"] },
  "dns-packet": { values: ["providers/dns", "rehearsal/dns"] },
  execa: { values: ["providers/postgres-tools", "providers/pulumi", "rehearsal"] },
  "fastest-levenshtein": { values: ["core/plan", "cli"] },
  listr2: { values: ["cli/output"] },
  pg: {
    values: ["providers/postgres", "rehearsal"],
    types: ["verification", "steps", "migration"],
  },
  // @peculiar/x509 needs its polyfill to be there first.
  "reflect-metadata": { values: ["rehearsal/certificates"] },
  undici: { values: ["providers/digitalocean"] },
  yaml: { values: ["core/plan", "migration", "providers/pulumi", "rehearsal"] },
  zod: { values: ["core", "migration", "providers", "rehearsal", "steps"] },
};

/** Digests are arithmetic; every other module of Node does IO or asks the machine. */
const pureNodeModules: ReadonlySet<string> = new Set(["node:crypto"]);

/** What core would need the world, the clock or luck for. */
const impure =
  /^(process|console|performance)\.|^(crypto\.(randomUUID|getRandomValues)|Date\.now|Math\.random|new Date\(\)|fetch|setTimeout|setInterval|setImmediate|randomUUID|randomBytes)$/;

const environment = /^process\.(env|\[computed\])$/;
const environmentReaders: readonly string[] = [
  "compose.ts",
  // Whether to colour and to draw: the terminal's own conventions, not the plan's.
  "cli/terminal-facts.ts",
];

const voice = /^(console\.|process\.(exit|exitCode|stdout|stderr|\[computed\])$)/;
const speakers: readonly string[] = [
  "cli",
  // Programs of their own: their standard output is the pipe to the process that started them.
  "rehearsal/client/main.ts",
  "rehearsal/cloud/main.ts",
];

const longest = 300;

const below = (place: string, file: string): boolean =>
  file === place || file.startsWith(`${place}/`);

const inside = (file: string): string => file.replace(/^src\//, "");

/** `core/plan/parse.ts` lives in `core`; the same for what it imports. */
const room = (file: string): string => file.split("/")[0] ?? "";

function descent(from: string, to: string): string | undefined {
  const [own, other] = [room(from), room(to)];
  const [ownFloor, otherFloor] = [floors[own], floors[other]];
  if (otherFloor === undefined) return `imports ${to}, which is on no floor`;
  if (ownFloor === undefined) return "is on no floor: add its folder to the floors";
  if (own === "providers" && other === "providers") {
    const [mine, theirs] = [from.split("/")[1], to.split("/")[1]];
    return mine === theirs ? undefined : `imports ${to}: a provider never imports another`;
  }
  if (own === other || otherFloor < ownFloor) return undefined;
  if (otherFloor > ownFloor) return `imports ${to}: imports point down only`;
  if (neighbours.has(`${own} > ${other}`)) return undefined;
  return `imports ${to}: ${own} and ${other} are on one floor and do not know each other`;
}

const packageName = (from: string): string =>
  from
    .split("/")
    .slice(0, from.startsWith("@") ? 2 : 1)
    .join("/");

function vendor({ from, typeOnly }: Import, file: string): string | undefined {
  const places = packages[packageName(from)];
  if (places === undefined) return `imports ${from}, a package without a place`;
  const allowed = [...places.values, ...(typeOnly ? (places.types ?? []) : [])];
  if (allowed.some((place) => below(place, file))) return undefined;
  return `imports ${from}, whose place is ${places.values.join(", ")}`;
}

function importProblem(imported: Import, file: string): string | undefined {
  const { from } = imported;
  if (from === "node:process" || from === "node:console") return `imports ${from}: use the global`;
  if (from.startsWith("node:")) {
    if (!below("core", file) || imported.typeOnly || pureNodeModules.has(from)) return undefined;
    return `imports ${from}: core is pure`;
  }
  if (from.startsWith("src/")) return descent(file, inside(from));
  if (from.startsWith("..")) return `imports ${from}, outside the project`;
  return /^(test|scripts|tools|docs|bin|dist)\//.test(from)
    ? `imports ${from}, outside src`
    : vendor(imported, file);
}

function globalProblem(global: string, file: string): string | undefined {
  const may = (places: readonly string[]): boolean => places.some((place) => below(place, file));
  if (below("core", file) && impure.test(global)) return `uses ${global}: core is pure`;
  if (environment.test(global) && !may(environmentReaders)) {
    return `reads ${global}: only ${environmentReaders.join(" and ")} may`;
  }
  if (voice.test(global) && !may(speakers)) {
    return `uses ${global}: nothing below cli prints or exits`;
  }
  return undefined;
}

/** What is wrong with one module below `src/`, a line each. */
export function problemsOf({ file, text, imports, globals }: Source): readonly string[] {
  const own = inside(file);
  const lines = text.trimEnd().split("\n").length;
  return [
    ...imports.map((imported) => importProblem(imported, own)),
    ...[...globals].map((global) => globalProblem(global, own)),
    lines > longest ? `has ${lines} lines, more than ${longest}` : undefined,
    /^(#!.*\n)?\/\*/.test(text) ? undefined : "does not open with a comment on what it owns",
  ]
    .filter((problem) => problem !== undefined)
    .map((problem) => `${file} ${problem}`);
}
