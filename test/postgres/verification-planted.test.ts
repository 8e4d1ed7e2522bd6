import { beforeAll, describe, expect, it } from "vitest";
import { onDatabase } from "../../src/core/endpoint.ts";
import { type Pair, withServers } from "../support/postgres.ts";
import {
  type ComparedDatabases,
  comparedDatabases,
  comparing,
  cosmetic,
  found,
  roleNamingOf,
  runSql,
} from "../support/verification.ts";

const limitMs = 60_000;

const schema = `
  create schema app;
  create type app.mood as enum ('sad', 'ok', 'happy');
  create domain app.percent as int check (value between 0 and 100);
  create table app.users (
    id bigint generated always as identity primary key,
    name text not null,
    nick text,
    score numeric(12, 2),
    amount numeric,
    mood app.mood default 'ok',
    made timestamptz not null default '2024-01-01 00:00:00+00');
  create index users_nick on app.users (lower(nick)) where nick in ('a', 'b');
  create table app.orders (
    shop int, number int, paid boolean not null default false, share app.percent,
    primary key (shop, number));
  create table app.log (line text, kind varchar(10) check (kind in ('info', 'warn')));
  create sequence app.free;
  create type app.free as enum ('named', 'as a sequence');
  create view app.paid as select shop, number from app.orders where paid;
  create function app.twice(int) returns int language sql as 'select $1 * 2';
  create function app.touch() returns trigger language plpgsql as 'begin return new; end';
  create trigger touched before update on app.users for each row execute function app.touch();
  alter table app.orders enable row level security;
  create policy everyone on app.orders using (true);
  create statistics app.related on name, nick from app.users;
  comment on table app.users is 'who may log in';
  comment on column app.users.nick is 'what friends say';
  comment on function app.twice(int) is 'two times';
  comment on constraint orders_pkey on app.orders is 'numbered by shop';
  comment on type app.free is 'is none';
  alter table app.log owner to planted_owner;
  alter function app.twice(int) owner to planted_owner;
  alter sequence app.free owner to planted_owner;
  grant usage on schema app to planted_reader;
  grant select, insert on app.users to planted_reader;
  grant update (nick) on app.users to planted_reader;
  grant usage on sequence app.free to planted_reader;
  grant usage on type app.free to planted_reader;
  grant execute on function app.touch() to planted_reader with grant option;
  revoke execute on function app.twice(int) from public;
  alter default privileges in schema app grant select on tables to planted_reader;
  create publication feed for table app.users (id, nick) where (id > 0), app.orders;
  create collation app.folded (provider = icu, locale = 'en_US-u-ks-level2', deterministic = false);
  create cast (app.mood as text) with inout as assignment;
  create foreign data wrapper wrapped; create server elsewhere foreign data wrapper wrapped options (host 'inner');
  create server beyond foreign data wrapper wrapped;
  create foreign table app.far (id int) server elsewhere options (password 'canary');
  create type app.pair as (a int, b text); create table app.pairs of app.pair;
  create table app.bins (shop int, number int, label text collate app.folded, primary key (shop, number));
  create table app.lines (shop int, number int, at int, foreign key (shop, number) references app.bins,
    primary key (shop, number, at)) partition by range (at);
  create table app.lines_1 partition of app.lines for values from (0) to (10);
  create index lines_at on app.lines (at);
  create table app.notes (shop int, number int, constraint noted foreign key (shop, number) references app.bins);
  create view app.joined as select a.shop, b.number from app.orders a join app.notes b on a.shop = b.shop;
  create type app.size as enum ('s', 'm', 'it''s');
  create type app.words as range (subtype = text);
  create type app.widths as range (subtype = float8, subtype_diff = float8mi);
  create aggregate app.total(int) (sfunc = int4pl, stype = int, initcond = '0', parallel = safe);
  create aggregate app.moving(int) (sfunc = int4pl, stype = int, msfunc = int4pl, minvfunc = int4mi, mstype = int);
  create type app.raw;
  create function app.raw_in(cstring) returns app.raw language internal immutable strict as 'textin';
  create function app.raw_out(app.raw) returns cstring language internal immutable strict as 'textout';
  create type app.raw (input = app.raw_in, output = app.raw_out, like = text);
  create schema lone; create table lone.alone (id int primary key);
  create publication of_lone for table lone.alone;
  create publication whole for table app.lines;
  create table app.guarded (id int); alter table app.guarded enable row level security, force row level security;
  create rule doubled as on insert to app.notes do instead insert into app.bins values (new.shop, new.number);
  create trigger touched before update on app.lines for each row execute function app.touch();
  insert into app.users (name, nick, score, amount) select 'user ' || i, 'nick ' || i, i, i * 1.5 from generate_series(1, 3000) i;
  insert into app.orders select i % 7, i, i % 2 = 0, i % 100 from generate_series(1, 500) i;
  insert into app.log select 'line ' || i % 10, 'info' from generate_series(1, 100) i;
  select setval('app.free', 42);
`;

/** A statement that names the database: `%1$I`, whose quotes are doubled. */
function inDatabase(statements: string): string {
  return `do $$begin execute format('${statements}', current_database()); end$$`;
}

describe("planted differences", () => {
  const servers = withServers();
  let made: ComparedDatabases;

  beforeAll(async () => {
    made = await comparedDatabases(servers.pair);
    await made.both("create role planted_owner; create role planted_reader; " + schema);
  }, limitMs);

  /** Settings stay with the template and its grants, so each copy is given its own. */
  const fresh = async (): Promise<ComparedDatabases> => {
    const databases = await comparedDatabases(servers.pair, made.name);
    await databases.both(
      inDatabase(`grant create on database %1$I to planted_reader;
        alter database %1$I set work_mem = ''8MB'';
        alter database %1$I set app.secret = ''canary'';
        alter role planted_owner in database %1$I set search_path = app, public`),
    );
    const compare: ComparedDatabases["compare"] = (options) =>
      databases.compare({
        roles: roleNamingOf(servers.pair, "planted_owner", "planted_reader"),
        ...options,
      });
    return { ...databases, compare };
  };

  it("finds none where there are none", async () => {
    const comparison = await (await fresh()).compare();
    expect(comparison.unchecked).toEqual([]);
    expect(found(comparison)).toEqual([]);
    expect(comparison.equality).toBe("equal");
    expect(comparison.totals).toMatchObject({
      tables: 9,
      tablesEqual: 9,
      sourceRows: 3600n,
      targetRows: 3600n,
      sequences: 2,
    });
    expect(comparison.rowHash).toBe("record-send");
  });

  const rows: readonly {
    readonly planted: string;
    /** On both sides, before. */
    readonly before?: string;
    readonly sql: string;
    readonly found: string;
    readonly rows?: readonly unknown[];
  }[] = [
    {
      planted: "a missing row",
      sql: "delete from app.users where id = 1234",
      found: 'row-count-differs "app"."users"',
      rows: [{ class: "missing", key: { id: "1234" } }],
    },
    {
      planted: "an extra row",
      sql: "insert into app.orders values (99, 1, true, 5)",
      found: 'row-count-differs "app"."orders"',
      rows: [{ class: "extra", key: { shop: "99", number: "1" } }],
    },
    {
      planted: "a changed cell",
      sql: "update app.orders set paid = not paid where shop = 3 and number = 3",
      found: 'contents-differ "app"."orders"',
      rows: [{ class: "changed", key: { shop: "3", number: "3" }, columns: ["paid"] }],
    },
    {
      planted: "two values exchanged between rows",
      sql: "update app.users set name = case id when 10 then 'user 20' else 'user 10' end where id in (10, 20)",
      found: 'contents-differ "app"."users"',
      rows: [
        { class: "changed", key: { id: "10" }, columns: ["name"] },
        { class: "changed", key: { id: "20" }, columns: ["name"] },
      ],
    },
    {
      planted: "an empty text for NULL",
      before: "update app.users set nick = null where id = 7",
      sql: "update app.users set nick = '' where id = 7",
      found: 'contents-differ "app"."users"',
      rows: [{ class: "changed", key: { id: "7" }, columns: ["nick"] }],
    },
    {
      planted: "another scale of the same number",
      sql: "update app.users set amount = 3.000 where id = 2",
      found: 'contents-differ "app"."users"',
      rows: [{ class: "changed", key: { id: "2" }, columns: ["amount"] }],
    },
    {
      planted: "another label of an enum",
      sql: "update app.users set mood = 'happy' where id = 3000",
      found: 'contents-differ "app"."users"',
      rows: [{ class: "changed", key: { id: "3000" }, columns: ["mood"] }],
    },
    {
      planted: "a row in place of another, without a key",
      sql: "update app.log set line = 'line 3' where ctid = (select min(ctid) from app.log where line = 'line 4')",
      found: 'contents-differ "app"."log"',
    },
  ];

  it.each(rows)("names $planted", async ({ before, sql, found: expected, rows: named }) => {
    const databases = await fresh();
    if (before !== undefined) await databases.both(before);
    await databases.onTarget(sql);
    const comparison = await databases.compare();
    expect(found(comparison)).toEqual([expected]);
    expect(comparison.equality).toBe("different");
    const table = comparison.tables.find(({ equality }) => equality === "different");
    if (named === undefined) expect(table?.rowsNotNamed).toMatch(/no primary key/);
    else {
      const byKey = (row: unknown): string => JSON.stringify(row);
      expect(table?.drillDown?.rows.map(byKey).toSorted()).toEqual(named.map(byKey).toSorted());
      expect(table?.drillDown?.sampled).toBe(false);
    }
  });

  it("counts all and lists ten when every row differs, some of each class", async () => {
    const databases = await fresh();
    await databases.onTarget(`
      update app.users set score = score + 1;
      delete from app.users where id <= 30;
      insert into app.users (name) select 'new' from generate_series(1, 20)`);
    const { tables } = await databases.compare();
    const drilled = tables.find(({ table }) => table === '"app"."users"')?.drillDown;
    expect(drilled).toMatchObject({ missing: 30, extra: 20, changed: 2970, sampled: false });
    expect(drilled?.rows).toHaveLength(10);
    expect(new Set(drilled?.rows.map((row) => row.class)).size).toBe(3);
  });

  it("says what the changed columns hold on both sides, where that is asked for", async () => {
    const databases = await fresh();
    await databases.both(`
      create table app.held (id int primary key, line text, pair app.pair, nothing app.pair, bytes bytea, more text);
      insert into app.held values (1, '', row(1, 'x,y'), null, '\\x00ff', repeat('é', 70) || 'a'), (2, 'same', null, null, null, null)`);
    await databases.onTarget(
      `update app.held set line = null, pair = row(1, null), nothing = row(null, null), bytes = '\\x00', more = repeat('é', 70) || 'b'`,
    );
    const rowsOf = async (valueLength?: number) => {
      const drillDown = {
        tables: 20,
        rows: 10,
        rowsRead: 5000,
        ...(valueLength === undefined ? {} : { valueLength }),
      };
      const { tables } = await databases.compare({ drillDown });
      return tables.find(({ table }) => table === '"app"."held"')?.drillDown?.rows;
    };
    const long = `${"é".repeat(60)}…`;
    const [first, second] = (await rowsOf(60))?.toSorted((a, b) =>
      String(a.key["id"]).localeCompare(String(b.key["id"])),
    ) ?? [undefined, undefined];
    expect(first?.values).toEqual([
      { column: "bytes", source: "\\x00ff", target: "\\x00" },
      { column: "line", source: "", target: null },
      { column: "more", source: long, target: long },
      { column: "nothing", source: null, target: "(,)" },
      { column: "pair", source: '(1,"x,y")', target: "(1,)" },
    ]);
    expect(second?.values?.find(({ column }) => column === "line")).toEqual({
      column: "line",
      source: "same",
      target: null,
    });
    for (const row of (await rowsOf()) ?? []) expect(row.values).toBeUndefined();
  });

  it("says so when it read only a part of what differs", async () => {
    const databases = await fresh();
    await databases.onTarget("update app.users set score = score + 1");
    const { tables } = await databases.compare({
      drillDown: { tables: 20, rows: 3, rowsRead: 500 },
    });
    const drilled = tables.find(({ table }) => table === '"app"."users"')?.drillDown;
    expect(drilled?.sampled).toBe(true);
    expect(drilled?.rows).toHaveLength(3);
    expect(drilled?.changed).toBeLessThan(300);
  });

  const catalog: readonly (readonly [planted: string, sql: string, found: readonly string[]])[] = [
    ["a missing index", "drop index app.users_nick", ['index-missing "app"."users_nick"']],
    ["a missing table", "drop table app.log", ['table-missing "app"."log"']],
    ["a table only there", "create table app.more (a int)", ['table-only-on-target "app"."more"']],
    [
      "a column only there",
      "alter table app.log add x int",
      ['column-only-on-target "app"."log"."x"'],
    ],
    ["a missing column", "alter table app.log drop line", ['column-missing "app"."log"."line"']],
    [
      "another type",
      "alter table app.orders alter share type bigint",
      ['column-type-differs "app"."orders"."share"'],
    ],
    [
      "a lost NOT NULL",
      "alter table app.users alter name drop not null",
      ['column-nullability-differs "app"."users"."name"'],
    ],
    [
      "another default",
      "alter table app.users alter mood set default 'sad'",
      ['column-default-differs "app"."users"."mood"'],
    ],
    [
      "another identity",
      "alter table app.users alter id set generated by default",
      ['column-identity-differs "app"."users"."id"'],
    ],
    [
      "a missing constraint",
      "alter table app.orders drop constraint orders_pkey",
      ['constraint-missing "orders_pkey" on "app"."orders"'],
    ],
    [
      "another check",
      "alter table app.log drop constraint log_kind_check, add constraint log_kind_check check (kind in ('info', 'error')) not valid",
      [
        'constraint-definition-differs "log_kind_check" on "app"."log"',
        'constraint-validity-differs "log_kind_check" on "app"."log"',
      ],
    ],
    [
      "a disabled trigger",
      "alter table app.users disable trigger touched",
      ['trigger-firing-differs "touched" on "app"."users"'],
    ],
    [
      "foreign keys that are switched off",
      "alter table app.notes disable trigger all",
      ['constraint-enforcement-differs "noted" on "app"."notes"'],
    ],
    [
      "foreign keys that are switched off where they point to",
      "alter table app.bins disable trigger all",
      [
        'constraint-enforcement-differs "lines_shop_number_fkey" on "app"."lines"',
        'constraint-enforcement-differs "noted" on "app"."notes"',
      ],
    ],
    [
      "what is switched off on a partition alone",
      "alter table app.lines_1 disable trigger all",
      [
        'constraint-enforcement-differs "lines_shop_number_fkey" on "app"."lines"',
        'trigger-firing-differs "touched" on "app"."lines"',
      ],
    ],
    [
      "a key that a partition lacks",
      "alter table app.lines drop constraint lines_pkey; alter table only app.lines add primary key (shop, number, at)",
      [
        'constraint-missing "lines_1_pkey" on "app"."lines_1"',
        'constraint-validity-differs "lines_pkey" on "app"."lines"',
      ],
    ],
    [
      "an index of a partition that is not attached",
      "drop index app.lines_at; create index lines_at on only app.lines (at); create index lines_1_at_idx on app.lines_1 (at)",
      [
        'index-attached-to-differs "app"."lines_1_at_idx"',
        'index-validity-differs "app"."lines_at"',
      ],
    ],
    [
      "another index of a partition that is attached",
      "drop index app.lines_at; create index lines_1_at_idx on app.lines_1 (at); create index other on app.lines_1 (at); create index lines_at on only app.lines (at); alter index app.lines_at attach partition app.other",
      ['index-attached-to-differs "app"."lines_1_at_idx"', 'index-only-on-target "app"."other"'],
    ],
    [
      "a view without its WHERE",
      "create or replace view app.paid as select shop, number from app.orders",
      ['view-definition-differs "app"."paid"'],
    ],
    [
      "a view with another join",
      "create or replace view app.joined as select a.shop, b.number from app.orders a left join app.notes b on a.shop = b.shop",
      ['view-definition-differs "app"."joined"'],
    ],
    [
      "a view of columns of the same name exchanged",
      "create or replace view app.joined as select b.shop, a.number from app.orders a join app.notes b on a.shop = b.shop",
      ['view-definition-differs "app"."joined"'],
    ],
    [
      "a view on another table",
      "create or replace view app.paid as select shop, number from app.bins where shop > 0",
      ['view-definition-differs "app"."paid"'],
    ],
    [
      "another rule",
      "create or replace rule doubled as on insert to app.notes do also insert into app.bins values (new.shop, new.number)",
      ['rule-definition-differs "doubled" on "app"."notes"'],
    ],
    [
      "a missing trigger",
      "drop trigger touched on app.users",
      ['trigger-missing "touched" on "app"."users"'],
    ],
    [
      "another function",
      "create or replace function app.twice(int) returns int language sql as 'select $1 * 3'",
      ['function-definition-differs "app"."twice"(integer)'],
    ],
    [
      "row security off",
      "alter table app.orders disable row level security",
      ['table-row-security-differs "app"."orders"'],
    ],
    [
      "another policy",
      "alter policy everyone on app.orders using (shop > 0)",
      ['policy-using-differs "everyone" on "app"."orders"'],
    ],
    [
      "an enum label",
      "alter type app.mood add value 'angry' before 'sad'",
      ['type-labels-differs "app"."mood"'],
    ],
    [
      "labels of an enum that only look like the source's",
      "drop type app.size; create type app.size as enum ('s, m', 'it''s')",
      ['type-labels-differs "app"."size"'],
    ],
    [
      "other ranges",
      `drop type app.words; create type app.words as range (subtype = text, collation = "C", subtype_opclass = text_pattern_ops);
       drop type app.widths; create type app.widths as range (subtype = float8)`,
      [
        'type-collation-differs "app"."words"',
        'type-operator-class-differs "app"."words"',
        'type-subtype-diff-differs "app"."widths"',
      ],
    ],
    [
      "other aggregates",
      `create or replace aggregate app.total(int) (sfunc = int4pl, stype = int, initcond = '0');
       create or replace aggregate app.moving(int) (sfunc = int4pl, stype = int, msfunc = int4pl, minvfunc = int4pl, mstype = int)`,
      [
        'function-definition-differs "app"."moving"(integer)',
        'function-definition-differs "app"."total"(integer)',
      ],
    ],
    [
      "the owner of a base type",
      "alter type app.raw owner to planted_owner",
      ['type-owner-differs "app"."raw"'],
    ],
    [
      "a schema that is published instead of the tables in it",
      "drop publication of_lone; create publication of_lone for tables in schema lone",
      ['publication-named-tables-differs "of_lone"', 'publication-schemas-differs "of_lone"'],
    ],
    [
      "a partition that is published instead of its table",
      "drop publication whole; create publication whole for table app.lines_1",
      ['publication-named-tables-differs "whole"'],
    ],
    [
      "row security off, though it is forced",
      "alter table app.guarded disable row level security",
      ['table-row-security-differs "app"."guarded"'],
    ],
    [
      "how full the index of a key is kept",
      "alter index app.users_pkey set (fillfactor = 50)",
      ['constraint-options-differs "users_pkey" on "app"."users"'],
    ],
    [
      "a replica identity",
      "alter table app.log replica identity full",
      ['table-replica-identity-differs "app"."log"'],
    ],
    [
      "an unlogged table",
      "alter table app.log set unlogged",
      ['table-persistence-differs "app"."log"'],
    ],
    ["a large object", "select lo_from_bytea(0, 'x')", ["database-large-objects-differs database"]],
    ["an extension", "create extension citext", ['extension-only-on-target "citext"']],
    ["a sequence behind", "select setval('app.free', 41)", ['sequence-behind "app"."free"']],
    [
      "a sequence never called",
      "select setval('app.free', 42, false)",
      ['sequence-behind "app"."free"'],
    ],
    [
      "a sequence of another kind",
      "alter sequence app.free increment 5",
      ['sequence-increment-differs "app"."free"'],
    ],
    ["a missing sequence", "drop sequence app.free", ['sequence-missing "app"."free"']],
    [
      "a missing sequence, and what the type of its name lacks",
      "drop sequence app.free; comment on type app.free is null; revoke usage on type app.free from planted_reader",
      [
        'comment-missing type "app"."free"',
        'grant-missing "planted_reader" on type "app"."free"',
        'sequence-missing "app"."free"',
      ],
    ],
    ["missing statistics", "drop statistics app.related", ['statistics-missing "app"."related"']],
    [
      "other statistics",
      "drop statistics app.related; create statistics app.related (ndistinct) on name, nick from app.users",
      ['statistics-definition-differs "app"."related"'],
    ],
    [
      "a missing comment",
      "comment on table app.users is null",
      ['comment-missing table "app"."users"'],
    ],
    [
      "another comment",
      "comment on column app.users.nick is 'nothing'",
      ['comment-text-differs column "app"."users"."nick"'],
    ],
    [
      "another comment of a function",
      "comment on function app.twice(int) is '2 x'",
      ['comment-text-differs function "app"."twice"(integer)'],
    ],
    [
      "a missing comment of a constraint",
      "comment on constraint orders_pkey on app.orders is null",
      ['comment-missing constraint "orders_pkey" on "app"."orders"'],
    ],
    [
      "a comment only there",
      "comment on index app.users_nick is 'x'; comment on type app.mood is 'x'; comment on schema app is 'x'; comment on trigger touched on app.users is 'x'; comment on policy everyone on app.orders is 'x'; comment on statistics app.related is 'x'; comment on sequence app.free is 'x'; comment on view app.paid is 'x'",
      [
        'comment-only-on-target index "app"."users_nick"',
        'comment-only-on-target policy "everyone" on "app"."orders"',
        'comment-only-on-target schema "app"',
        'comment-only-on-target sequence "app"."free"',
        'comment-only-on-target statistics "app"."related"',
        'comment-only-on-target trigger "touched" on "app"."users"',
        'comment-only-on-target type "app"."mood"',
        'comment-only-on-target view "app"."paid"',
      ],
    ],
    [
      "a publication only there",
      "create publication more for all tables",
      ['publication-only-on-target "more"'],
    ],
    [
      "other operations of a publication",
      "alter publication feed set (publish = 'insert')",
      ['publication-operations-differs "feed"'],
    ],
    [
      "another row filter and list of columns",
      "alter publication feed set table app.users (id, name) where (id > 5), app.orders",
      ['publication-tables-differs "feed"'],
    ],
    [
      "another owner",
      "alter table app.log owner to current_user; alter view app.paid owner to planted_owner; alter function app.twice(int) owner to planted_reader; alter type app.mood owner to planted_owner; alter schema app owner to planted_owner; alter sequence app.free owner to current_user",
      [
        'function-owner-differs "app"."twice"(integer)',
        'schema-owner-differs "app"',
        'sequence-owner-differs "app"."free"',
        'table-owner-differs "app"."log"',
        'type-owner-differs "app"."mood"',
        'view-owner-differs "app"."paid"',
      ],
    ],
    [
      "another column that owns a sequence",
      "alter sequence app.free owner to current_user; alter sequence app.free owned by app.orders.number",
      ['sequence-owned-by-differs "app"."free"', 'sequence-owner-differs "app"."free"'],
    ],
    [
      "rights that are missing",
      "revoke insert on app.users from planted_reader; revoke usage on schema app from planted_reader; revoke usage on sequence app.free from planted_reader; revoke grant option for execute on function app.touch() from planted_reader",
      [
        'grant-missing "planted_reader" on "app"',
        'grant-missing "planted_reader" on "app"."free"',
        'grant-privileges-differs "planted_reader" on "app"."touch"()',
        'grant-privileges-differs "planted_reader" on "app"."users"',
      ],
    ],
    [
      "a right to a column that is missing",
      "revoke update (nick) on app.users from planted_reader",
      ['grant-privileges-differs "planted_reader" on "app"."users"'],
    ],
    [
      "rights that only the target gives",
      "grant execute on function app.twice(int) to public; revoke usage on type app.mood from public; grant delete on app.orders to planted_owner",
      [
        'grant-missing PUBLIC on type "app"."mood"',
        'grant-only-on-target "planted_owner" on "app"."orders"',
        'grant-only-on-target PUBLIC on "app"."twice"(integer)',
      ],
    ],
    [
      "rights to the database",
      inDatabase(
        "revoke create on database %1$I from planted_reader; revoke temporary on database %1$I from public",
      ),
      ['grant-missing "planted_reader" on database', "grant-privileges-differs PUBLIC on database"],
    ],
    [
      "default privileges",
      "alter default privileges in schema app revoke select on tables from planted_reader; alter default privileges for role planted_owner revoke execute on functions from public; alter default privileges for role planted_owner grant usage on sequences to planted_reader",
      [
        'default-privilege-missing "planted_reader" on TABLES in "app" of "azuresu"',
        'default-privilege-only-on-target "planted_reader" on SEQUENCES of "planted_owner"',
        'default-privilege-only-on-target PUBLIC on FUNCTIONS of "planted_owner"',
      ],
    ],
    [
      "settings",
      inDatabase(
        "alter database %1$I set work_mem = ''9MB''; alter role planted_owner in database %1$I reset search_path; alter database %1$I set timezone = ''UTC''",
      ),
      [
        'setting-missing "search_path" of "planted_owner"',
        'setting-only-on-target "TimeZone"',
        'setting-value-differs "work_mem"',
      ],
    ],
    [
      "another collation",
      "alter table app.bins drop label; drop collation app.folded; create collation app.folded (provider = icu, locale = 'de-u-ks-level2', deterministic = true)",
      [
        'collation-deterministic-differs "app"."folded"',
        'collation-locale-differs "app"."folded"',
        'column-missing "app"."bins"."label"',
      ],
    ],
    [
      "a collation only there",
      "create collation app.plain (locale = 'C')",
      ['collation-only-on-target "app"."plain"'],
    ],
    [
      "other casts",
      "drop cast (app.mood as text); create cast (app.mood as text) with inout as implicit; create cast (app.mood as varchar) with inout",
      [
        "cast-context-differs cast (app.mood as text)",
        "cast-only-on-target cast (app.mood as character varying)",
      ],
    ],
    [
      "foreign servers",
      "create server more foreign data wrapper wrapped; alter server elsewhere options (set host 'other')",
      ['foreign-server-only-on-target "more"', 'foreign-server-options-differs "elsewhere"'],
    ],
    [
      "a foreign table on another server",
      "drop foreign table app.far; create foreign table app.far (id int) server beyond options (password 'canary')",
      ['table-server-differs "app"."far"'],
    ],
    ["a table of no type", "alter table app.pairs not of", ['table-of-type-differs "app"."pairs"']],
    [
      "a partition that is about to be detached",
      "update pg_inherits set inhdetachpending = true where inhrelid = 'app.lines_1'::regclass",
      ['publication-tables-differs "whole"', 'table-parents-differs "app"."lines_1"'],
    ],
    [
      "an event trigger only there",
      "create function app.watch() returns event_trigger language plpgsql as 'begin end'; create event trigger watched on ddl_command_end execute function app.watch()",
      ['event-trigger-only-on-target "watched"', 'function-only-on-target "app"."watch"()'],
    ],
  ];

  it.each(catalog)("names %s", async (_, sql, expected) => {
    const databases = await fresh();
    await databases.onTarget(sql);
    const comparison = await databases.compare();
    expect(found(comparison)).toEqual(expected);
    expect(comparison.equality).toBe("different");
  });

  it.each([
    [
      "what the service leaves behind",
      "create function app.watch() returns event_trigger language plpgsql as 'begin end'",
      "create event trigger watched on ddl_command_end when tag in ('DROP TABLE') execute function app.watch(); comment on event trigger watched is 'x'; create publication mine",
      [
        "comment-missing event trigger watched",
        'event-trigger-missing "watched"',
        'publication-missing "mine"',
      ],
    ],
    [
      "an index that the source cannot use",
      "select 1",
      "create index useless on app.log (line); comment on index app.useless is 'x'; update pg_index set indisvalid = false where indexrelid = 'app.useless'::regclass",
      ['index-invalid-on-source "app"."useless"'],
    ],
    [
      "what the service makes by itself",
      "create extension citext",
      "comment on extension citext is 'of mine'; comment on schema public is 'mine'; do $$begin execute format('comment on database %I is %L', current_database(), 'mine'); end$$",
      [
        "comment-missing database",
        "comment-text-differs extension citext",
        'comment-text-differs schema "public"',
      ],
    ],
    [
      "what a role of both sides, or everyone, may do with what the server made",
      "select",
      `create role planted_only_there; grant execute on function pg_read_file(text) to planted_reader; revoke execute on function pg_sleep(float8) from public;
       grant execute on function pg_read_file(text) to planted_only_there`,
      [
        'grant-missing "planted_reader" on "pg_catalog"."pg_read_file"(text)',
        'grant-missing PUBLIC on "pg_catalog"."pg_sleep"(double precision)',
      ],
    ],
    [
      "comments that no dump carries",
      "create table app.heir () inherits (app.log); create type app.span as range (subtype = float8)",
      `comment on constraint log_kind_check on app.heir is 'x'; comment on trigger touched on app.lines_1 is 'x';
       comment on rule "_RETURN" on app.paid is 'x'; comment on function app.span(float8, float8) is 'x'; comment on type app.users is 'x';
       create subscription mine connection 'dbname=nowhere' publication feed with (connect = false);
       comment on subscription mine is 'of one server, and not told'`,
      [
        'comment-missing constraint "log_kind_check" on "app"."heir"',
        'comment-missing function "app"."span"(double precision, double precision)',
        'comment-missing rule "_RETURN" on "app"."paid"',
        'comment-missing trigger "touched" on "app"."lines_1"',
        'comment-missing type "app"."users"',
      ],
    ],
  ])("shows %s, and stops at none of it", async (_, before, sql, expected) => {
    const databases = await fresh();
    await databases.both(before);
    await databases.onSource(sql);
    const comparison = await databases.compare();
    expect(cosmetic(comparison)).toEqual(expected);
    expect(comparison.equality).toBe("equal");
  });

  it("names what was granted and revoked of the rights that members of extensions came with", async () => {
    const databases = await fresh();
    await databases.both(
      "create extension pg_stat_statements; grant select on pg_stat_statements to planted_owner",
    );
    await databases.onSource(`
      revoke select on pg_stat_statements from public; grant select (userid) on pg_stat_statements to planted_reader;
      grant execute on function pg_stat_statements_reset to planted_reader; create role planted_service;
      grant select on pg_stat_statements to planted_service`);
    const comparison = await databases.compare();
    expect(found(comparison)).toEqual([
      'grant-missing "planted_reader" on "public"."pg_stat_statements"',
      'grant-missing PUBLIC on "public"."pg_stat_statements"',
    ]);
    expect(cosmetic(comparison)).toEqual([
      'extension-version-differs "pg_stat_statements"',
      'grant-missing "planted_reader" on "public"."pg_stat_statements_reset"(oid, oid, bigint)',
      'grant-missing "planted_service" on "public"."pg_stat_statements"',
    ]);
    await databases.onTarget("drop extension pg_stat_statements");
    expect(found(await databases.compare())).toEqual(['extension-missing "pg_stat_statements"']);
    await databases.onSource("drop owned by planted_service; drop role planted_service");
  });

  it("tells nobody what a setting of an application holds", async () => {
    const databases = await fresh();
    await databases.onTarget(inDatabase("alter database %1$I set app.secret = ''other''"));
    const comparison = await databases.compare();
    expect(found(comparison)).toEqual(['setting-value-differs "app.secret"']);
    expect(comparison.differences[0]).toMatchObject({ source: "[secret]", target: "[secret]" });
    await databases.onTarget(inDatabase("alter database %1$I reset app.secret"));
    expect((await databases.compare()).differences[0]).toMatchObject({ source: "[secret]" });
  });

  it("tells nobody what a foreign table is told", async () => {
    const databases = await fresh();
    await databases.onTarget("alter foreign table app.far options (set password 'other')");
    const comparison = await databases.compare();
    expect(found(comparison)).toEqual(['table-foreign-options-differs "app"."far"']);
    expect(comparison.differences[0]).toMatchObject({ source: "[secret]", target: "[secret]" });
  });

  it("does not mind whether a partitioned table, which holds nothing, is unlogged", async () => {
    const databases = await fresh();
    const of = "table app.lists (a int) partition by list (a)";
    await databases.onSource(`create unlogged ${of}`);
    await databases.onTarget(`create ${of}`);
    expect(found(await databases.compare())).toEqual([]);
  });

  it("knows what a freeze changes on the source as no difference", async () => {
    const databases = await fresh();
    await databases.onSource(
      inDatabase(
        "alter database %1$I set default_transaction_read_only = on; alter role planted_owner nologin",
      ),
    );
    expect(found(await databases.compare())).toEqual([]);
    await databases.onSource("alter role planted_owner login");
    expect(found(await databases.compare())).toEqual([]);
  });

  it("compares owners through the roles that stand for one another", async () => {
    const databases = await fresh();
    await databases.onSource("alter table app.orders owner to planted_reader");
    expect(found(await databases.compare())).toEqual(['table-owner-differs "app"."orders"']);
    await databases.onTarget("alter table app.orders owner to planted_reader");
    expect(found(await databases.compare())).toEqual([]);
  });

  it("leaves undecided who became whom where nobody says it, but for names that both sides have", async () => {
    const databases = await fresh();
    await databases.onSource("grant select on app.users to pg_monitor");
    await databases.onTarget(
      "alter table app.users owner to planted_owner; alter table app.log owner to current_user",
    );
    const comparison = await databases.compare({ roles: undefined });
    expect(found(comparison)).toEqual([
      'grant-missing "pg_monitor" on "app"."users"',
      'table-owner-differs "app"."log"',
    ]);
    expect(cosmetic(comparison)).toContain('table-owner-differs "app"."users"');
    // The service's roles own the databases: neither a difference nor worth a line.
    expect(cosmetic(comparison).join()).not.toContain("database");
  });

  it("takes what a role of one provider may do for no difference, and shows it", async () => {
    const databases = await fresh();
    await databases.onSource("grant select on app.users to pg_database_owner");
    await databases.onTarget(
      "create role planted_service; grant select on app.users to planted_service; alter role planted_owner set work_mem = '1MB'",
    );
    const comparison = await databases.compare();
    expect(found(comparison)).toEqual([]);
    expect(cosmetic(comparison)).toEqual([
      'grant-missing "pg_database_owner" on "app"."users"',
      'grant-only-on-target "planted_service" on "app"."users"',
      'setting-only-on-target "work_mem" of "planted_owner" in every database',
    ]);
    await databases.onTarget(
      "drop owned by planted_service; drop role planted_service; alter role planted_owner reset work_mem",
    );
  });

  it("knows the right that PostgreSQL 17 adds to GRANT ALL", async () => {
    const databases = await fresh();
    await databases.both("grant all on app.orders to planted_reader");
    expect(found(await databases.compare())).toEqual([]);
  });

  it("does not mind columns in another order, nor dropped ones", async () => {
    const databases = await fresh();
    await databases.both("drop view app.paid");
    await databases.onTarget(`
      create table app.users2 (gone int, made timestamptz not null default '2024-01-01 00:00:00+00', mood app.mood default 'ok',
        score numeric(12,2), nick text, amount numeric, name text not null, id bigint);
      alter table app.users2 drop gone;
      insert into app.users2 select made, mood, score, nick, amount, name, id from app.users order by id desc;
      create table app.log2 (kind varchar(10), junk int, line text, constraint log_kind_check check (kind in ('info', 'warn')));
      alter table app.log2 drop junk;
      insert into app.log2 (kind, line) select kind, line from app.log order by line desc;
      drop table app.log;
      alter table app.log2 rename to log;
      alter table app.log owner to planted_owner;
      revoke all on app.log from planted_reader`);
    const comparison = await databases.compare();
    expect(found(comparison)).toEqual(['table-only-on-target "app"."users2"']);
    const log = comparison.tables.find(({ table }) => table === '"app"."log"');
    expect(log).toMatchObject({ equality: "equal", depth: "contents", sourceRows: 100n });
  });

  it("leaves the tool's own schema out, and schemas that it is told to", async () => {
    const databases = await fresh();
    await databases.onTarget(
      "create schema opensauced_migrate; create table opensauced_migrate.fence (a int); create schema cron; create table cron.job (a int)",
    );
    expect(found(await databases.compare())).toEqual(['schema-only-on-target "cron"']);
    expect(found(await databases.compare({ ignoredSchemas: ["cron"] }))).toEqual([]);
  });

  it("sees a sequence that is behind the column it feeds, owned or not", async () => {
    const databases = await fresh();
    await databases.both("create table app.bills (id int default nextval('app.free'), t text)");
    await databases.onTarget(
      "alter table app.users alter id drop identity; create sequence app.users_id_seq; alter table app.users alter id set default nextval('app.users_id_seq')",
    );
    await databases.both("insert into app.bills values (50, 'came without its sequence')");
    const comparison = await databases.compare();
    expect(found(comparison)).toContain('sequence-behind-column "app"."users_id_seq"');
    // Behind on the source as well: shown, and not the migration's doing.
    expect(comparison.mayBeCosmetic).toContainEqual(
      expect.objectContaining({ code: "sequence-behind-column", object: '"app"."free"' }),
    );
  });

  it("asks for what a table itself got from its sequence, and a partitioned one's partitions", async () => {
    const databases = await fresh();
    await databases.both(`
      create table app.stem (id serial primary key); insert into app.stem default values;
      create sequence app.own; select setval('app.own', 1000);
      create table app.branch (id int primary key default nextval('app.own')) inherits (app.stem);
      insert into app.branch values (1000);
      create table app.kinds (id serial, kind int) partition by list (kind);
      create table app.kinds_1 partition of app.kinds for values in (1); alter table app.kinds_1 alter id drop default;
      insert into app.kinds values (500, 1)`);
    const comparison = await databases.compare();
    expect(found(comparison)).toEqual([]);
    expect(comparison.mayBeCosmetic).toMatchObject([
      { code: "sequence-behind-column", object: '"app"."kinds_id_seq"', weight: "warns" },
    ]);
  });

  it("warns of sequences that have nearly nothing left to give, whether the source has them so or not", async () => {
    const databases = await fresh();
    await databases.both(`
      create sequence app.up as smallint; select setval('app.up', 32767);
      create sequence app.down as smallint increment -1 minvalue -100 maxvalue -1; select setval('app.down', -95);
      create sequence app.round as smallint cycle; select setval('app.round', 32767);
      create sequence app.fresh as smallint start 32767; create sequence app.half as smallint; select setval('app.half', 29000);
      create sequence app.wide increment 50 maxvalue 100 start 51; select nextval('app.wide')`);
    await databases.onTarget("select setval('app.half', 29900)");
    const comparison = await databases.compare();
    expect(found(comparison)).toEqual([]);
    expect(comparison.mayBeCosmetic).toEqual(
      [
        ["down", "-95 of -100, 95 %", "-95 of -100, 95 %"],
        ["fresh", "32767 of 32767, 99 %", "32767 of 32767, 99 %"],
        ["half", "29000 of 32767, 88 %", "29900 of 32767, 91 %"],
        ["up", "32767 of 32767, 100 %: nextval fails", "32767 of 32767, 100 %: nextval fails"],
        ["wide", "51 of 100, 100 %: nextval fails", "51 of 100, 100 %: nextval fails"],
      ].map(([name, source, target]) => ({
        code: "sequence-nearly-used-up",
        object: `"app"."${name}"`,
        weight: "warns",
        source,
        target,
      })),
    );
  });

  it("names tables of extensions that have rows, which a dump may carry and nothing compares", async () => {
    const databases = await fresh();
    await databases.both(`
      create extension citext;
      create table app.known (id int); create table app.unused (id int); create table app.inner (id int);
      insert into app.known values (1); insert into app.inner values (1);
      alter extension citext add table app.known; alter extension citext add table app.unused;
      alter extension citext add table app.inner;
      update pg_extension set extconfig = array['app.known'::regclass, 'app.unused'::regclass]::oid[], extcondition = array['', '']
        where extname = 'citext'`);
    await databases.onTarget("delete from app.known");
    const comparison = await databases.compare();
    expect(found(comparison)).toEqual([]);
    expect(cosmetic(comparison)).toEqual(['extension-rows-not-compared "app"."known"']);
    expect(comparison.mayBeCosmetic[0]?.weight).toBe("warns");
    expect(cosmetic(await databases.compare({ ignoredSchemas: ["app"] }))).toEqual([]);
  });

  it("reads large tables in slices, whose sums do not depend on where rows are stored", async () => {
    const databases = await fresh();
    const fill = (order: string): string =>
      `create table app.large (id int, t text);
       insert into app.large select i, repeat('x', 100) || i from generate_series(1, 20000) i order by i ${order}`;
    await databases.onSource(fill("asc"));
    await databases.onTarget(fill("desc"));
    const slices = { sliceBytes: 64 * 1024, sessions: 3 };
    const same = await databases.compare(slices);
    expect(found(same)).toEqual([]);
    expect(same.tables.find(({ table }) => table === '"app"."large"')).toMatchObject({
      equality: "equal",
      sourceRows: 20_000n,
      targetRows: 20_000n,
    });
    // The row at the very end of the heap, in the slice without an upper bound.
    await databases.onTarget("delete from app.large where id = 1");
    expect(found(await databases.compare(slices))).toEqual(['row-count-differs "app"."large"']);
    await databases.onTarget("insert into app.large values (1, 'another')");
    expect(found(await databases.compare(slices))).toEqual(['contents-differ "app"."large"']);
  });

  it("names another provider of collations, and another locale of the same", async () => {
    const name = "collated";
    const { source, target } = servers.pair;
    const on = async (server: Pair["source"], how: string) => {
      await runSql(server.superuser, `drop database if exists ${name}`);
      await runSql(server.superuser, `create database ${name} template template0 ${how}`);
      return onDatabase(server.superuser, name);
    };
    const from = async (ours: string, theirs: string) => {
      const comparison = await comparing(
        await on(source, ours),
        await on(target, theirs),
      ).compare();
      expect(comparison.unchecked).toEqual([]);
      return { different: found(comparison), cosmetic: cosmetic(comparison) };
    };
    const differs = "database-collation-differs database";
    const icu = (locale: string) => `locale_provider icu icu_locale '${locale}'`;
    expect(await from("", icu("en-US"))).toEqual({ different: [differs], cosmetic: [] });
    expect(await from(icu("de-DE"), icu("en-US"))).toEqual({ different: [differs], cosmetic: [] });
    expect(await from(icu("en_US"), icu("en-US"))).toEqual({ different: [], cosmetic: [] });
    const builtin = "locale_provider builtin builtin_locale 'C.UTF-8'";
    expect(await from("locale 'C'", builtin)).toMatchObject({ different: [] });
    expect(await from("locale 'C'", `${builtin} locale 'C'`)).toEqual({
      different: [],
      cosmetic: [differs],
    });
  });
});
