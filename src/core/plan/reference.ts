/**
 * References in a plan's texts: `${env:NAME}` and `${file:PATH}` stand for
 * something outside of the plan (every secret does), `${target:ROLE@DB.PART}`
 * for the way to a migrated database. They are resolved before anything is
 * touched; a plan holds, prints and digests only the reference.
 */
import { z } from "zod";

export const targetParts = ["url", "host", "port", "database", "user", "password"] as const;
export type TargetPart = (typeof targetParts)[number];

export type Reference =
  | { readonly from: "env"; readonly name: string }
  | { readonly from: "file"; readonly path: string }
  | {
      readonly from: "target";
      readonly role: string;
      readonly database: string;
      readonly part: TargetPart;
    };

export type Piece = { readonly literal: string } | { readonly reference: Reference };

const envName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const target = /^([^@}]+)@([^}]+)\.([a-z]+)$/;

/** `scheme://user:password@`, once the references are taken out. */
const passwordInUrl = /:\/\/[^\s/:@]*:[^\s/@]+@/;

/**
 * `password=...` as libpq takes it in a connection string (blanks around the `=`,
 * quotes) and in the query of a URL, and other drivers do. `\0` is a reference.
 */
const passwordByName = /\b(?:ssl)?(?:password|passwd|pwd)\s*=\s*(?:'[^'\0]|[^\s'&;\0])/i;

/** The pieces of a text, or a sentence that says what is wrong with it. */
export function readPieces(text: string): readonly Piece[] | string {
  const without = (mark: string) => text.replaceAll(/\$\{[^}]*\}/g, mark);
  if (passwordInUrl.test(without("")) || passwordByName.test(without("\0"))) {
    return "a password is never written into a plan: give `${env:NAME}`, `${file:PATH}` or `${target:ROLE@DATABASE.url}`";
  }
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
    if (match.index > from) pieces.push({ literal: text.slice(from, match.index) });
    const reference = readReference(match[1] ?? "");
    if (typeof reference === "string") return reference;
    pieces.push({ reference });
    from = match.index + match[0].length;
  }
  const rest = text.slice(from);
  if (rest.includes("${")) return "`${` without a closing `}`";
  if (rest !== "") pieces.push({ literal: rest });
  return pieces;
}

function readReference(inner: string): Reference | string {
  const colon = inner.indexOf(":");
  const from = colon === -1 ? inner : inner.slice(0, colon);
  const what = colon === -1 ? "" : inner.slice(colon + 1);
  if (from === "env") {
    if (envName.test(what)) return { from, name: what };
    return "`${env:...}` does not name an environment variable; write `${env:NAME}`";
  }
  if (from === "file") {
    if (what !== "") return { from, path: what };
    return "`${file:}` does not name a file; write `${file:PATH}`";
  }
  if (from === "target") {
    const [, role, database, part] = target.exec(what) ?? [];
    const known = targetParts.find((name) => name === part);
    if (role !== undefined && database !== undefined && known !== undefined) {
      return { from, role, database, part: known };
    }
    return `\`\${target:...}\` is not of the form \`\${target:ROLE@DATABASE.PART}\`, PART one of ${targetParts.join(", ")}`;
  }
  return "`${...}` without one of `env:`, `file:` and `target:` is not a reference; known are `${env:NAME}`, `${file:PATH}` and `${target:ROLE@DATABASE.PART}`";
}

export interface FoundReference {
  readonly reference: Reference;
  readonly path: readonly PropertyKey[];
}

/** Every reference of a part of a plan, as it is written; what is none is told by the schema. */
export function referencesIn(value: unknown, path: readonly PropertyKey[]): FoundReference[] {
  if (typeof value === "string") {
    const pieces = readPieces(value);
    if (typeof pieces === "string") return [];
    return pieces.flatMap((piece) =>
      "reference" in piece ? [{ reference: piece.reference, path }] : [],
    );
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    referencesIn(field, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** A text in which references may stand: an endpoint, a name, a template. */
export function text() {
  return z
    .string()
    .min(1)
    .superRefine((value, context) => {
      const pieces = readPieces(value);
      if (typeof pieces === "string") context.addIssue({ code: "custom", message: pieces });
    });
}

/** A text that must be one `${env:NAME}` or `${file:PATH}`, and never the secret itself. */
export function secret() {
  // Also for a password of digits, which YAML reads as a number: quotes would be no remedy.
  const error = "a secret is never written into a plan: give `${env:NAME}` or `${file:PATH}`";
  return z
    .string({ error })
    .regex(/^\$\{(?:env:[A-Za-z_][A-Za-z0-9_]*|file:[^}]+)\}$/, { error })
    .meta({ title: "secret reference" });
}
