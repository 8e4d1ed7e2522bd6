/**
 * The tables of every type and of every key, and what is planted in them and in
 * those of values.sql: statements for the target, and what must be found.
 */
import { quoteIdentifier, quoteLiteral } from "../../../src/core/identifier.ts";
import type { RowDifference } from "../../../src/verification/index.ts";
import { keysOfTypes } from "./keys.ts";
import { type Value, columnsOfTypes } from "./types.ts";

const literal = (value: Value): string => (value === null ? "null" : quoteLiteral(value));

/** Of the row that holds the first value of a pair, and of one that holds the second on both sides. */
const pairs = columnsOfTypes
  .flatMap(({ type, pairs: ofType }) => ofType.map(([one, other]) => ({ type, one, other })))
  .map((pair, at) => ({ ...pair, id: at + 1, idOfOther: 10_000 + at }));

const set = (id: number, type: string, value: Value): string =>
  `update every set ${quoteIdentifier(type)} = ${literal(value)} where id = ${id};`;

export const everyTypeSql = [
  `create table every (id int primary key, ${columnsOfTypes.map(({ type }) => `${quoteIdentifier(type)} ${type}`).join(", ")});`,
  `insert into every select n, ${columnsOfTypes.map(({ ordinary }) => literal(ordinary)).join(", ")}
    from (values ${pairs.map(({ id, idOfOther }) => `(${id}), (${idOfOther})`).join(", ")}) as s(n);`,
  "insert into every (id) values (0);",
  ...pairs.flatMap(({ type, one, other, id, idOfOther }) => [
    set(id, type, one),
    set(idOfOther, type, other),
  ]),
].join("\n");

export const everyKeySql = [
  ...keysOfTypes.map(
    ([type, one, other], at) =>
      `create table key_${at} (k ${type} primary key, v int); insert into key_${at} values (${literal(one)}, 1), (${literal(other)}, 2);`,
  ),
  // Its text, read back, is another tree.
  "create table key_of_tree (k tsquery primary key, v int); insert into key_of_tree values ('a & (b & c)', 1);",
  `create table key_of_many (a mood, b ltree, c int, d text collate no_case, v int, primary key (d, c, b, a));
   insert into key_of_many values ('sad', 'Top', 1, 'One', 1), ('ok', 'Top', 1, 'two', 1), ('sad', 'Top', 2, 'two', 1);`,
].join("\n");

export interface PlantedTable {
  readonly sql: string;
  readonly code: "contents-differ" | "row-count-differs";
  /** Every row that differs; undefined: the table has no key to name them by. */
  readonly rows: readonly RowDifference[] | undefined;
}

const changed = (id: number, ...columns: string[]): RowDifference => ({
  class: "changed",
  key: { id: String(id) },
  columns,
});

function contents(sql: string, ...rows: RowDifference[]): PlantedTable {
  return { sql, code: "contents-differ", rows };
}

const keyTables = keysOfTypes.flatMap(([, one, other], at): [string, PlantedTable][] => [
  [
    `key_${at}`,
    contents(
      `update key_${at} set v = -v`,
      { class: "changed", key: { k: one }, columns: ["v"] },
      { class: "changed", key: { k: other }, columns: ["v"] },
    ),
  ],
]);

/** By table. */
export const plantedTables: ReadonlyMap<string, PlantedTable> = new Map([
  [
    "every",
    contents(
      pairs.map(({ id, type, other }) => set(id, type, other)).join("\n"),
      ...pairs.map(({ id, type }) => changed(id, type)),
    ),
  ],
  ...keyTables,
  [
    "key_of_many",
    contents("update key_of_many set v = 2 where c = 1 and a = 'ok'", {
      class: "changed",
      key: { d: "two", c: "1", b: "Top", a: "ok" },
      columns: ["v"],
    }),
  ],
  // A sum of hashes that are linear in the columns does not see it.
  [
    "rotated",
    contents(
      "update rotated set a = 'name ' || (id % 1000 + 1)",
      ...Array.from({ length: 1000 }, (_, at) => changed(at + 1, "a")),
    ),
  ],
  [
    "exchanged",
    contents(
      `update exchanged set b = c, c = b where id = 5;
       update exchanged set b = case id when 7 then 8 else 7 end where id in (7, 8)`,
      changed(5, "b", "c"),
      changed(7, "b"),
      changed(8, "b"),
    ),
  ],
  // xor does not see it.
  [
    "twins",
    { sql: "update twins set v = 'c' where v = 'a'", code: "contents-differ", rows: undefined },
  ],
  ["shadows", { sql: "update shadows set v = null", code: "contents-differ", rows: undefined }],
  // concat() and concat_ws() do not.
  [
    "shifted",
    contents(
      `update shifted set a = 'ab', b = 'c' where id = 1;
       update shifted set a = null, b = 'b' where id = 2;
       update shifted set a = null, b = '' where id = 3;
       update shifted set a = null, b = null where id = 4;
       update shifted set a = '', b = '' where id = 5;
       update shifted set a = null where id = 6;
       update shifted set a = 'x', b = 'z', c = 'y' where id = 7;
       update shifted set c = '' where id = 8;
       update shifted set a = 'a', b = 'b|c' where id = 9`,
      ...[1, 2, 3, 4, 5, 9].map((id) => changed(id, "a", "b")),
      changed(6, "a"),
      changed(7, "b", "c"),
      changed(8, "c"),
    ),
  ],
  [
    "nothing",
    { sql: "insert into nothing default values", code: "row-count-differs", rows: undefined },
  ],
  [
    "empty",
    {
      sql: "insert into empty values (1, null)",
      code: "row-count-differs",
      rows: [{ class: "extra", key: { id: "1" } }],
    },
  ],
  [
    "kept",
    contents(
      `update kept set plain = overlay(plain placing '!' from 70000) where id = 1;
       update kept set packed = overlay(packed placing '!' from 50000) where id = 2;
       update kept set bytes = set_byte(bytes, 40000, 255 - get_byte(bytes, 40000)) where id = 3;
       update kept set doc = jsonb_set(doc, '{words,1000}', 'null') where id = 4`,
      changed(1, "plain"),
      changed(2, "packed"),
      changed(3, "bytes"),
      changed(4, "doc"),
    ),
  ],
  // The same key to its type, and not the same value.
  [
    "respelled",
    contents(
      "update respelled set k = 1.50 where k = 1.5",
      { class: "missing", key: { k: "1.5" } },
      { class: "extra", key: { k: "1.50" } },
    ),
  ],
  [
    "settled",
    contents(
      "update settled set f8 = 'Infinity', ints = '{1,NULL}' where id = 1",
      changed(1, "f8", "ints"),
    ),
  ],
  [
    "dropped",
    contents(
      `update dropped set "Name" = 'won' where id = 1; update dropped set note = '' where id = 2`,
      changed(1, "Name"),
      changed(2, "note"),
    ),
  ],
  [
    "computed",
    contents("update computed set price = 1.2501 where id = 1", changed(1, "gross", "price")),
  ],
  [
    "wide",
    contents(
      "update wide set c1600 = 0 where c4 = 2; update wide set c1597 = null where c4 = 1; update wide set c1 = '' where c4 = 3",
      { class: "changed", key: { c4: "2" }, columns: ["c1600"] },
      { class: "changed", key: { c4: "1" }, columns: ["c1597"] },
      { class: "changed", key: { c4: "3" }, columns: ["c1"] },
    ),
  ],
]);

/** In objects of which a dump and restore changes how they are printed; `code object` of what must be found. */
export const plantedObjects: readonly (readonly [sql: string, ...found: string[]])[] = [
  [
    "alter table labelled alter one drop default",
    'column-default-differs "public"."labelled"."one"',
  ],
  [
    "alter table shop.users alter amount drop not null",
    'column-nullability-differs "shop"."users"."amount"',
  ],
  [
    `alter table shop.users drop constraint users_kind_check,
       add constraint users_kind_check check (kind in ('user', 'admin', 'cat'))`,
    'constraint-definition-differs "users_kind_check" on "shop"."users"',
  ],
  [
    `alter table shop.users drop constraint users_page_check,
       add constraint users_page_check check (xmlserialize(content page as text indent) <> 'x')`,
    'constraint-definition-differs "users_page_check" on "shop"."users"',
  ],
  [
    `drop index shop.users_lower;
     create unique index users_lower on shop.users (lower(name) collate "C" desc nulls last) include (id, made)
       where kind in ('user', 'bots') and amount > -1`,
    'index-definition-differs "shop"."users_lower"',
    'comment-missing index "shop"."users_lower"',
  ],
  [
    "alter policy own on shop.users using (kind in ('user') and name = current_user)",
    'policy-using-differs "own" on "shop"."users"',
  ],
  [
    `drop statistics shop.expressed; create statistics shop.expressed on (kind in ('user', 'bots')) from shop.users`,
    'statistics-definition-differs "shop"."expressed"',
  ],
  ["alter type mood add value 'glad' before 'ok'", 'type-labels-differs "public"."mood"'],
  [
    "grant execute on function hstore(text, text) to public",
    'grant-missing PUBLIC on "public"."hstore"(text, text)',
  ],
  [
    "alter domain shop.percent validate constraint even",
    'type-constraints-differs "shop"."percent"',
  ],
  [
    "alter table shop.users alter total set expression as (round(amount * 1.2, 2))",
    'column-default-differs "shop"."users"."total"',
    'contents-differ "shop"."users"',
  ],
  [
    `alter table shop.visits reset (toast.autovacuum_enabled); alter sequence shop.visited set logged;
     alter foreign table shop.far_rows options (set table_name 'others'), alter id options (drop key)`,
    'table-options-differs "shop"."visits"',
    'sequence-persistence-differs "shop"."visited"',
    'table-foreign-options-differs "shop"."far_rows"',
    'column-foreign-options-differs "shop"."far_rows"."id"',
  ],
  [
    "alter table shop.numbered alter id set generated always",
    'column-identity-differs "shop"."numbered"."id"',
  ],
  [
    "select setval('shop.parent_id_seq', 2)",
    'sequence-behind "shop"."parent_id_seq"',
    // Of the table and of its child, which share it.
    'sequence-behind-column "shop"."parent_id_seq"',
    'sequence-behind-column "shop"."parent_id_seq"',
  ],
];
