/**
 * Columns of a select that nobody named. Pure.
 *
 * `EXISTS (SELECT 'x' ...)` is printed with a cast, `SELECT 'x'::text`; read back, the
 * cast gives the column a name (FigureColname of parse_target.c), and so the copy prints
 * `SELECT 'x'::text AS text`. Such a name is taken off, and kept beside the word before it.
 */
import type { Token } from "./query-tokens.ts";

/** As the grammar calls types that are printed otherwise. */
const ownNames: Readonly<Record<string, string>> = {
  bigint: "int8",
  "bit varying": "varbit",
  boolean: "bool",
  '"char"': '"char"',
  character: "bpchar",
  "character varying": "varchar",
  "double precision": "float8",
  integer: "int4",
  real: "float4",
  smallint: "int2",
  "time with time zone": "timetz",
  "time without time zone": "time",
  "timestamp with time zone": "timestamptz",
  "timestamp without time zone": "timestamp",
};

/** Of the longest, `timestamp(3) without time zone`, and a schema before it. */
const longestType = 9;

/** The name that the type of the cast which ends before `at` gives to a column. */
function nameByCast(all: readonly Token[], at: number): string | undefined {
  for (let from = at - 1; from >= 0 && from >= at - longestType; from--) {
    if (all[from]?.text !== "::") continue;
    const type = all.slice(from + 1, at).map(({ text }) => text);
    const words = type.join(" ").replaceAll(/ \( [\d , ]+ \)| \[ ?\]| \[ \d+ \]/g, "");
    const last = words.split(" . ").at(-1) ?? "";
    return ownNames[last] ?? (last.startsWith("interval ") ? "interval" : last);
  }
  return undefined;
}

const endsColumn: ReadonlySet<string> = new Set([
  ",",
  ")",
  ";",
  "FROM",
  "WHERE",
  "UNION",
  "INTERSECT",
  "EXCEPT",
  "LIMIT",
  "ORDER",
]);

export interface NamedToken extends Token {
  /** What the column that ends with it is called, after its own cast. */
  readonly calledByCast?: true;
}

export function withoutNamesByCast(all: readonly Token[]): NamedToken[] {
  const found: NamedToken[] = [];
  for (let at = 0; at < all.length; at++) {
    const [token, name, after] = all.slice(at, at + 3);
    const before = found.at(-1);
    const isByCast =
      token?.text === "AS" &&
      before !== undefined &&
      name?.text === nameByCast(all, at) &&
      (after === undefined || endsColumn.has(after.text));
    if (isByCast) {
      found[found.length - 1] = { ...before, calledByCast: true };
      at++;
    } else if (token !== undefined) found.push(token);
  }
  return found;
}

const beforeDerived: ReadonlySet<string> = new Set(["FROM", "JOIN", "LATERAL", ","]);

/** Others may call the columns of the select in these brackets by their names: it has no list of its own. */
export function showsNames(all: readonly Token[], bracket: number): boolean {
  const before = all[bracket - 1]?.text ?? "";
  if (before === "AS" || before === "MATERIALIZED") {
    const named = all.slice(0, bracket).findLastIndex(({ text }) => text === "AS");
    return all[named - 1]?.text !== ")";
  }
  if (!beforeDerived.has(before)) return false;
  let depth = 0;
  const close = all.findIndex(({ text }, at) => {
    if (at < bracket) return false;
    if (text === "(") depth++;
    if (text === ")") depth--;
    return depth === 0;
  });
  const alias = all[close + 1]?.text === "AS" ? close + 2 : close + 1;
  return !(all[alias]?.kind === "name" && all[alias + 1]?.text === "(");
}
