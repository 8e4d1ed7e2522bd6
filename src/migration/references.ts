/**
 * Resolves the references of a plan, all of them, before anything is touched:
 * a missing variable found at the freeze would be found too late.
 */
import path from "node:path";
import type { Json } from "../core/json.ts";
import { readDocument } from "../core/plan/document.ts";
import { PlanError, showPath, type Problem } from "../core/plan/problem.ts";
import { readPieces, referencesIn, type Reference } from "../core/plan/reference.ts";
import { Secret } from "../core/secret.ts";
import type { ResolvedReferences } from "../steps/world.ts";
import { whyUnreadable } from "./small-file.ts";

export interface OutsideWorld {
  /** Undefined when the variable is not set. */
  variable(name: string): string | undefined;
  /** Throws what node:fs throws. */
  readFile(file: string): Promise<string>;
}

/** The fields of a plan that take a secret and nothing else. */
const secretFields: ReadonlySet<PropertyKey | undefined> = new Set([
  "password",
  "targetPassword",
  "token",
  "passphrase",
]);

/** Those, and what a Pulumi stack is to keep as a secret. */
function isSecretPlace(at: readonly PropertyKey[]): boolean {
  return secretFields.has(at.at(-1)) || at.includes("secrets");
}

export async function resolveReferences(
  plan: { readonly file: string; readonly text: string; readonly document: Json },
  outside: OutsideWorld,
): Promise<ResolvedReferences> {
  const found = referencesIn(plan.document, []);
  const folder = path.dirname(path.resolve(plan.file));
  const values = new Map<string, Secret>();
  const secrets = new Set<Secret>();
  const problems: Problem[] = [];
  const document = readDocument(plan.text);
  for (const { reference, path: at } of found) {
    if (reference.from === "target") continue;
    const name = nameOf(reference);
    // Once each: what comes through a pipe is there only once.
    // oxlint-disable-next-line no-await-in-loop -- a handful of small files
    const value = values.get(name) ?? (await readReference(reference, folder, outside));
    if (value instanceof Secret) {
      values.set(name, value);
      if (isSecretPlace(at)) secrets.add(value);
    }
    const message = value instanceof Secret ? unfit(value, at, reference) : value;
    if (message !== undefined) {
      problems.push({ ...document.placeOf(at), path: showPath(at), message });
    }
  }
  if (problems.length > 0) {
    throw new PlanError(
      plan.file,
      problems,
      "Set what is missing in this shell's environment (export NAME=...), or write the file, and try again.",
    );
  }
  return {
    secrets: [...secrets],
    secret: (reference) => valueOf(values, reference),
    text: (template) => fill(values, template),
  };
}

/** The name a value is kept under. */
function nameOf(reference: Exclude<Reference, { from: "target" }>): string {
  return reference.from === "env" ? `env:${reference.name}` : `file:${reference.path}`;
}

/** The value, or a sentence that says what is missing. Files are looked for from the folder. */
export async function readReference(
  reference: Exclude<Reference, { from: "target" }>,
  folder: string,
  outside: OutsideWorld,
): Promise<Secret | string> {
  if (reference.from === "env") {
    const value = outside.variable(reference.name);
    const called = `the environment variable ${reference.name}`;
    return value === undefined ? `${called} is not set` : worthy(called, value);
  }
  const file = path.resolve(folder, reference.path);
  try {
    // A byte order mark is of Windows' editors, and no part of a password.
    const text = (await outside.readFile(file)).replace(/^\uFEFF/, "");
    return worthy(`the file ${file}`, text);
  } catch (error) {
    return `the file ${file} ${whyUnreadable(error)}`;
  }
}

/** The value, or a sentence that says why it can be none. Never a part of it. */
function worthy(called: string, written: string): Secret | string {
  // Editors, `echo` and Kubernetes' secrets made from files end with a newline that nobody means.
  const value = written.replace(/\r?\n$/, "");
  if (value === "") return `${called} is empty`;
  if (value.trim() === "") return `${called} holds nothing but blanks`;
  if (value.includes("\0")) return `${called} holds a NUL character; is it text?`;
  if (value.includes("\uFFFD")) return `${called} is not UTF-8`;
  return new Secret(value);
}

/** What one line must do for: neither libpq's password file nor a header of HTTP can hold more. */
function unfit(
  value: Secret,
  at: readonly PropertyKey[],
  reference: Reference,
): string | undefined {
  if (!secretFields.has(at.at(-1)) || !/[\r\n]/.test(value.reveal())) return undefined;
  if (reference.from === "target") return undefined;
  const called =
    reference.from === "env"
      ? `the environment variable ${reference.name}`
      : `the file ${reference.path}`;
  return `${called} has several lines; a password or token is one line`;
}

function valueOf(values: ReadonlyMap<string, Secret>, template: string): Secret {
  const pieces = readPieces(template);
  const [piece] = typeof pieces === "string" ? [] : pieces;
  if (piece === undefined || !("reference" in piece) || piece.reference.from === "target") {
    throw new Error("A secret is one env or file reference.");
  }
  const value = values.get(nameOf(piece.reference));
  if (value === undefined) throw new Error("A reference of the plan was not resolved.");
  return value;
}

function fill(values: ReadonlyMap<string, Secret>, template: string): string {
  const pieces = readPieces(template);
  if (typeof pieces === "string") throw new Error("The plan was parsed, yet has a bad reference.");
  return pieces
    .map((piece) => {
      if ("literal" in piece) return piece.literal;
      if (piece.reference.from === "target") {
        throw new Error("A reference to the target stands where none may.");
      }
      return values.get(nameOf(piece.reference))?.reveal() ?? "";
    })
    .join("");
}
