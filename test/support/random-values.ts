/**
 * Column types and values by chance. Two literals that differ are two values
 * that differ: each is written as the server itself would print it.
 */
import type { Chance } from "./chance.ts";

export interface ColumnType {
  readonly sql: string;
  /** An SQL literal; never NULL. */
  value(chance: Chance): string;
}

const digits = (chance: Chance, count: number): string =>
  Array.from({ length: count }, () => chance.below(10)).join("");

const hex = (chance: Chance, length: number): string =>
  Array.from({ length }, () => chance.below(16).toString(16)).join("");

const words = [
  "",
  "a",
  "A",
  "zoë",
  "漢字",
  "🍕",
  "it''s",
  "two words",
  "\\n",
  "NULL",
  "x\ty",
  "  ",
];

const moment = (chance: Chance): string => {
  const ms = Date.UTC(2020, 0, 1) + chance.below(2 ** 31) * 97;
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
};

export const types = {
  integer: { sql: "integer", value: (c) => String(c.below(2 ** 31)) },
  /** Beyond 32 bits, where hashint8 folds. */
  bigint: { sql: "bigint", value: (c) => String(BigInt(c.below(2 ** 31)) * 4294967296n) },
  numeric: { sql: "numeric", value: (c) => `${c.below(1000)}.${digits(c, 3)}1` },
  text: { sql: "text", value: (c) => `'${c.one(words)}${digits(c, 2)}'` },
  varchar: { sql: "varchar(40)", value: (c) => `'${c.one(words)}${digits(c, 3)}'` },
  boolean: { sql: "boolean", value: (c) => c.one(["true", "false"]) },
  double: { sql: "double precision", value: (c) => `${c.below(1e6)}.5` },
  moment: { sql: "timestamptz", value: (c) => `'${moment(c)}+00'` },
  date: { sql: "date", value: (c) => `'${moment(c).slice(0, 10)}'` },
  interval: { sql: "interval", value: (c) => `'${1 + c.below(400)} days'` },
  uuid: {
    sql: "uuid",
    value: (c) => `'${hex(c, 8)}-${hex(c, 4)}-4${hex(c, 3)}-a${hex(c, 3)}-${hex(c, 12)}'`,
  },
  jsonb: { sql: "jsonb", value: (c) => `'{"n": ${c.below(1000)}, "t": ["${c.one(["a", "é"])}"]}'` },
  bytea: { sql: "bytea", value: (c) => `'\\x${hex(c, 2 * (1 + c.below(6)))}'` },
  integers: { sql: "integer[]", value: (c) => `'{${c.below(9)},NULL,${c.below(1000)}}'` },
  texts: { sql: "text[]", value: (c) => `'{"${c.one(["a", "b c", "é"])}",${c.below(1000)}}'` },
  range: { sql: "int4range", value: (c) => `'[${c.below(100)},${200 + c.below(100)})'` },
  inet: { sql: "inet", value: (c) => `'192.0.2.${c.below(256)}'` },
} as const satisfies Record<string, ColumnType>;

export type TypeName = keyof typeof types;

/** Another value of the type than that one. */
export function otherValue(type: ColumnType, not: string, chance: Chance): string {
  for (;;) {
    const value = type.value(chance);
    if (value !== not) return value;
  }
}
