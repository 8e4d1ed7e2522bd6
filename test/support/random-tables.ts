/**
 * A table by chance, with rows by chance, and one change planted on the target,
 * or none: what a comparison must find follows from how it was made. Each case
 * is a number, and can be made again from it.
 */
import { quoteIdentifier } from "../../src/core/identifier.ts";
import type { RowDifference } from "../../src/verification/index.ts";
import { chanceOf, type Chance } from "./chance.ts";
import { otherValue, types, type ColumnType, type TypeName } from "./random-values.ts";

export interface RandomTable {
  readonly seed: number;
  /** Quoted and qualified. */
  readonly table: string;
  /** For both sides. */
  readonly create: string;
  readonly planted: string;
  /** For the target; empty when nothing is planted. */
  readonly plant: string;
  /** `code object`, as the whole list of what is found about this table. */
  readonly found: readonly string[];
  /** Undefined: the table has no key to name rows by, or none differs. */
  readonly rows: readonly RowDifference[] | undefined;
}

interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

interface Draft {
  readonly chance: Chance;
  readonly table: string;
  readonly sequence: string;
  readonly mood: string;
  readonly keys: readonly Column[];
  readonly columns: readonly Column[];
  /** Literals, keys first. Changed by a plant that needs a certain value to begin with. */
  readonly rows: string[][];
}

type Plant = (draft: Draft) => Pick<RandomTable, "plant" | "found" | "rows"> | undefined;

const schema = quoteIdentifier("made");
const typeNames = Object.keys(types) as TypeName[];
const nothing = { plant: "", found: [], rows: undefined };

const columnsOf = (draft: Draft): readonly Column[] => [...draft.keys, ...draft.columns];

/** Of that row on the target. Without a key: the one at that place. */
function where({ keys, rows, table }: Draft, at: number): string {
  const row = rows[at] ?? [];
  if (keys.length === 0) {
    return `ctid = (SELECT ctid FROM ${table} ORDER BY ctid OFFSET ${at} LIMIT 1)`;
  }
  return keys.map(({ name }, i) => `${quoteIdentifier(name)} = ${row[i]}`).join(" AND ");
}

/** As the server prints it: keys are numbers and plain words. */
function keyOf({ keys, rows }: Draft, at: number): Record<string, string> {
  const row = rows[at] ?? [];
  return Object.fromEntries(keys.map(({ name }, i) => [name, (row[i] ?? "").replaceAll("'", "")]));
}

function changed(draft: Draft, at: number, column: Column, value: string) {
  const { keys, table } = draft;
  return {
    plant: `UPDATE ${table} SET ${quoteIdentifier(column.name)} = ${value} WHERE ${where(draft, at)}`,
    found: [`contents-differ ${table}`],
    rows:
      keys.length === 0
        ? undefined
        : [{ class: "changed" as const, key: keyOf(draft, at), columns: [column.name] }],
  };
}

/** A row, and one of the columns that are no key; `fits` by its type. */
function cell(draft: Draft, fits: (type: ColumnType) => boolean = () => true) {
  const fitting = draft.columns.filter(({ type }) => fits(type));
  if (fitting.length === 0 || draft.rows.length === 0) return undefined;
  const column = draft.chance.one(fitting);
  const at = draft.chance.below(draft.rows.length);
  return { at, column, place: draft.keys.length + draft.columns.indexOf(column) };
}

/** A certain value on the source, and one on the target that is easily taken for it. */
const insteadOf =
  (sql: readonly string[], before: string, after: string): Plant =>
  (draft) => {
    const found = cell(draft, (type) => sql.includes(type.sql));
    const row = draft.rows[found?.at ?? -1];
    if (found === undefined || row === undefined) return undefined;
    row[found.place] = before;
    return changed(draft, found.at, found.column, after);
  };

const plants: { readonly [planted: string]: Plant } = {
  nothing: () => nothing,
  "a cell": (draft) => {
    const found = cell(draft);
    if (found === undefined) return undefined;
    const { at, column, place } = found;
    const value = otherValue(column.type, draft.rows[at]?.[place] ?? "", draft.chance);
    return changed(draft, at, column, value);
  },
  "a NULL": (draft) => {
    const found = cell(draft);
    if (found === undefined) return undefined;
    const { at, column, place } = found;
    return draft.rows[at]?.[place] === "NULL" ? undefined : changed(draft, at, column, "NULL");
  },
  "an empty text for NULL": insteadOf(["text", "varchar(40)"], "NULL", "''"),
  "another scale of a number": insteadOf(["numeric"], "3.5", "3.50"),
  "a minus before zero": insteadOf(["double precision"], "0", "'-0'"),
  "a day for 24 hours": insteadOf(["interval"], "'24:00:00'", "'1 day'"),
  "a moved value": (draft) => {
    const found = draft.keys.length === 0 ? undefined : cell(draft);
    if (found === undefined) return undefined;
    const { at, column, place } = found;
    const one = draft.rows[at]?.[place] ?? "";
    const other = draft.rows.findIndex((row) => row[place] !== one);
    if (other === -1) return undefined;
    const first = changed(draft, at, column, draft.rows[other]?.[place] ?? "");
    const second = changed(draft, other, column, one);
    return {
      plant: `${first.plant}; ${second.plant}`,
      found: first.found,
      rows: [...(first.rows ?? []), ...(second.rows ?? [])],
    };
  },
  "a missing row": (draft) => {
    if (draft.rows.length === 0) return undefined;
    const at = draft.chance.below(draft.rows.length);
    const { table, keys } = draft;
    return {
      plant: `DELETE FROM ${table} WHERE ${where(draft, at)}`,
      found: [`row-count-differs ${table}`],
      rows: keys.length === 0 ? undefined : [{ class: "missing", key: keyOf(draft, at) }],
    };
  },
  "an extra row": (draft) => {
    const at = draft.rows.length;
    const more = rowOf(draft, at);
    const { table, keys } = draft;
    return {
      plant: `INSERT INTO ${table} VALUES (${more.join(", ")})`,
      found: [`row-count-differs ${table}`],
      rows:
        keys.length === 0
          ? undefined
          : [{ class: "extra", key: keyOf({ ...draft, rows: [...draft.rows, more] }, at) }],
    };
  },
  "a duplicate row": (draft) => {
    if (draft.keys.length > 0 || draft.rows.length === 0) return undefined;
    const row = draft.chance.one(draft.rows);
    return {
      plant: `INSERT INTO ${draft.table} VALUES (${row.join(", ")})`,
      found: [`row-count-differs ${draft.table}`],
      rows: undefined,
    };
  },
  "a sequence that is behind": ({ sequence, chance }) => ({
    plant: `SELECT pg_catalog.setval('${sequence.replaceAll("'", "''")}', ${1 + chance.below(40)})`,
    found: [`sequence-behind ${sequence}`],
    rows: undefined,
  }),
  "labels in another order": ({ mood }) => ({
    plant: `ALTER TYPE ${mood} RENAME VALUE 'a' TO 'x'; ALTER TYPE ${mood} RENAME VALUE 'b' TO 'a'; ALTER TYPE ${mood} RENAME VALUE 'x' TO 'b'`,
    found: [`type-labels-differs ${mood}`],
    rows: undefined,
  }),
};

/** The key follows from the place, so that it is unique. */
function rowOf({ chance, keys, columns }: Draft, at: number): string[] {
  return [
    ...keys.map(({ type }) => (type.sql === "text" ? `'k${at}'` : String(at * 7 - 50))),
    ...columns.map(({ type }) => (chance.below(6) === 0 ? "NULL" : type.value(chance))),
  ];
}

const oddNames = ["plain", "With Capital", 'quo"ted', "sélect", "order", "漢", "a.b"];

function draftOf(seed: number): Draft {
  const chance = chanceOf(seed);
  const name = (what: string): string =>
    `${schema}.${quoteIdentifier(`${what} ${chance.one(oddNames)} ${seed}`)}`;
  const key = (column: string, type: TypeName): Column => ({ name: column, type: types[type] });
  const draft: Draft = {
    chance,
    table: name("t"),
    sequence: name("s"),
    mood: name("mood"),
    keys: chance.one([
      [],
      [key("id", "integer")],
      [key("id", "bigint")],
      [key("Code", "text")],
      [key("shop", "integer"), key("code", "text")],
    ]),
    columns: Array.from({ length: 1 + chance.below(7) }, (_, at) => ({
      name: `${chance.one(oddNames)}_${at}`,
      type: types[chance.one(typeNames)],
    })),
    rows: [],
  };
  const count = chance.one([0, 1, 2, 10, 60]);
  for (let at = 0; at < count; at++) draft.rows.push(rowOf(draft, at));
  return draft;
}

function createOf(draft: Draft): string {
  const { table, sequence, mood, keys, rows } = draft;
  const columns = columnsOf(draft).map(({ name, type }) => `${quoteIdentifier(name)} ${type.sql}`);
  const key = keys.map(({ name }) => quoteIdentifier(name)).join(", ");
  return [
    `CREATE TYPE ${mood} AS ENUM ('a', 'b')`,
    `CREATE SEQUENCE ${sequence}`,
    `SELECT pg_catalog.setval('${sequence.replaceAll("'", "''")}', 50)`,
    `CREATE TABLE ${table} (${[...columns, ...(key === "" ? [] : [`PRIMARY KEY (${key})`])].join(", ")})`,
    ...(rows.length === 0
      ? []
      : [`INSERT INTO ${table} VALUES ${rows.map((row) => `(${row.join(", ")})`).join(", ")}`]),
  ].join(";\n");
}

export const schemaOfRandomTables = `CREATE SCHEMA ${schema}`;

export function randomTable(seed: number): RandomTable {
  const draft = draftOf(seed);
  for (;;) {
    const planted = draft.chance.one(Object.keys(plants));
    const made = plants[planted]?.(draft);
    // After the plant, which may want another value to begin with.
    if (made !== undefined) {
      return { seed, table: draft.table, create: createOf(draft), planted, ...made };
    }
  }
}
