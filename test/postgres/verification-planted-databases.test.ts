/** Twenty changes of the catalog in each of the real databases: those are named, and nothing else. */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder, withServers } from "../support/postgres.ts";
import { restorable, restored, whenSkipped } from "../support/restored-databases.ts";
import { found, roleNamingOf, runSql } from "../support/verification.ts";

const limitMs = 120_000;

/** What is done to the target, and what must be found. */
type Change = readonly [sql: string, found: string];

const setting = (parameter: string): string =>
  `do $$begin execute format('alter database %I set ${parameter}', current_database()); end$$`;

const opensauced: readonly Change[] = [
  ["drop index repos_idx_stars", 'index-missing "public"."repos_idx_stars"'],
  [
    "create index users_named on users (lower(email))",
    'index-only-on-target "public"."users_named"',
  ],
  [
    "drop index repos_idx_is_fork; create index repos_idx_is_fork on repos (is_fork)",
    'index-definition-differs "public"."repos_idx_is_fork"',
  ],
  [
    "alter table repos drop constraint repos_user_id_fkey",
    'constraint-missing "repos_user_id_fkey" on "public"."repos"',
  ],
  [
    "alter table users add constraint named check (login <> '') not valid",
    'constraint-only-on-target "named" on "public"."users"',
  ],
  [
    "alter table users alter bio drop not null",
    'column-nullability-differs "public"."users"."bio"',
  ],
  ["alter table users alter role set default 20", 'column-default-differs "public"."users"."role"'],
  [
    "alter table users alter company type varchar(300)",
    'column-type-differs "public"."users"."company"',
  ],
  ["alter table coupons add note text", 'column-only-on-target "public"."coupons"."note"'],
  [
    "alter table maintainers replica identity full",
    'table-replica-identity-differs "public"."maintainers"',
  ],
  ["alter table emojis set (fillfactor = 70)", 'table-options-differs "public"."emojis"'],
  ["alter table coupons set unlogged", 'table-persistence-differs "public"."coupons"'],
  ["alter table customers owner to planted", 'table-owner-differs "public"."customers"'],
  [
    "alter type workspace_member_role add value 'guest'",
    'type-labels-differs "public"."workspace_member_role"',
  ],
  [
    "create statistics named on name, full_name from repos",
    'statistics-only-on-target "public"."named"',
  ],
  ["comment on table users is 'people'", 'comment-only-on-target table "public"."users"'],
  [
    "comment on column repos.stars is 'how many'",
    'comment-only-on-target column "public"."repos"."stars"',
  ],
  ["grant select on insights to planted", 'grant-only-on-target "planted" on "public"."insights"'],
  ["create publication feed for table users", 'publication-only-on-target "feed"'],
  [setting("work_mem = ''8MB''"), 'setting-only-on-target "work_mem"'],
];

const pagila: readonly Change[] = [
  ["drop index idx_title", 'index-missing "public"."idx_title"'],
  ["drop trigger last_updated on film", 'trigger-missing "last_updated" on "public"."film"'],
  [
    "alter table actor disable trigger last_updated",
    'trigger-firing-differs "last_updated" on "public"."actor"',
  ],
  ["drop view staff_list", 'view-missing "public"."staff_list"'],
  [
    "refresh materialized view rental_by_category",
    'view-populated-differs "public"."rental_by_category"',
  ],
  ["alter table rental set (autovacuum_enabled = off)", 'table-options-differs "public"."rental"'],
  [
    "create or replace function last_day(timestamptz) returns date language sql immutable as 'select $1::date'",
    'function-definition-differs "public"."last_day"(timestamp with time zone)',
  ],
  [
    "drop function inventory_held_by_customer(int)",
    'function-missing "public"."inventory_held_by_customer"(p_inventory_id integer)',
  ],
  ["drop view sales_by_store", 'view-missing "public"."sales_by_store"'],
  [
    "alter domain year add constraint recent check (value > 1800) not valid",
    'type-constraints-differs "public"."year"',
  ],
  ["alter type mpaa_rating add value 'X' after 'R'", 'type-labels-differs "public"."mpaa_rating"'],
  [
    "alter sequence actor_actor_id_seq increment 10",
    'sequence-increment-differs "public"."actor_actor_id_seq"',
  ],
  ["alter sequence city_city_id_seq cache 5", 'sequence-cache-differs "public"."city_city_id_seq"'],
  [
    "alter function last_updated() owner to planted",
    'function-owner-differs "public"."last_updated"()',
  ],
  ["alter view film_list owner to planted", 'view-owner-differs "public"."film_list"'],
  [
    "revoke execute on function film_in_stock(int, int) from public",
    'grant-missing PUBLIC on "public"."film_in_stock"(p_film_id integer, p_store_id integer, OUT p_film_count integer)',
  ],
  ["grant update (title) on film to planted", 'grant-only-on-target "planted" on "public"."film"'],
  [
    "alter default privileges for role planted grant select on tables to public",
    'default-privilege-only-on-target PUBLIC on TABLES of "planted"',
  ],
  ["comment on domain year is 'of release'", 'comment-only-on-target domain "public"."year"'],
  [
    "create rule never as on delete to language do instead nothing",
    'rule-only-on-target "never" on "public"."language"',
  ],
];

const employee: readonly Change[] = [
  [
    "drop policy audit_insert_system on audit",
    'policy-missing "audit_insert_system" on "public"."audit"',
  ],
  [
    "alter policy audit_user_isolation on audit using (true)",
    'policy-using-differs "audit_user_isolation" on "public"."audit"',
  ],
  ["alter table audit force row level security", 'table-row-security-differs "public"."audit"'],
  [
    "alter table salary disable trigger salary_log_trigger",
    'trigger-firing-differs "salary_log_trigger" on "public"."salary"',
  ],
  ["drop index idx_salary_amount", 'index-missing "public"."idx_salary_amount"'],
  [
    "update pg_index set indisvalid = false where indexrelid = 'idx_audit_operation'::regclass",
    'index-validity-differs "public"."idx_audit_operation"',
  ],
  ["create table extra (a int)", 'table-only-on-target "public"."extra"'],
  ["create schema elsewhere", 'schema-only-on-target "elsewhere"'],
  ["create extension citext schema elsewhere", 'extension-only-on-target "citext"'],
  [
    "alter table employee drop constraint employee_gender_check",
    'constraint-missing "employee_gender_check" on "public"."employee"',
  ],
  [
    "alter table department alter column dept_name drop not null",
    'column-nullability-differs "public"."department"."dept_name"',
  ],
  [
    "alter table title alter column title set default 'none'",
    'column-default-differs "public"."title"."title"',
  ],
  ["drop view current_dept_emp", 'view-missing "public"."current_dept_emp"'],
  ["create sequence loose", 'sequence-only-on-target "public"."loose"'],
  ["alter sequence audit_id_seq cycle", 'sequence-cycle-differs "public"."audit_id_seq"'],
  ["grant usage on schema public to planted", 'grant-only-on-target "planted" on "public"'],
  [
    "do $$begin execute format('grant create on database %I to planted', current_database()); end$$",
    'grant-only-on-target "planted" on database',
  ],
  [
    "comment on trigger salary_log_trigger on salary is 'keeps a log'",
    'comment-only-on-target trigger "salary_log_trigger" on "public"."salary"',
  ],
  [
    // In the tool's own schema, whose objects do not count.
    "create schema opensauced_migrate; create function opensauced_migrate.watch() returns event_trigger language plpgsql as 'begin end'; create event trigger watched on ddl_command_end execute function opensauced_migrate.watch()",
    'event-trigger-only-on-target "watched"',
  ],
  [
    "do $$begin execute format('alter role planted in database %I set search_path = app', current_database()); end$$",
    'setting-only-on-target "search_path" of "planted"',
  ],
];

describe.skipIf(!restorable)("changes planted in real databases", whenSkipped, () => {
  const servers = withServers({ databases: [] });
  let scratch: string;

  beforeAll(async () => {
    scratch = await temporaryFolder();
    const { source, target } = servers.pair;
    await Promise.all(
      [source, target].map((server) => runSql(server.superuser, "create role planted")),
    );
  }, limitMs);

  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  it.each([
    ["opensauced", opensauced],
    ["pagila", pagila],
    ["employee", employee],
  ] as const)(
    "all 20 in %s are named",
    async (name, changes) => {
      const { databases } = await restored(servers.pair, name, scratch);
      const roles = roleNamingOf(servers.pair, "planted");
      expect(found(await databases.compare({ roles }))).toEqual([]);
      expect(changes).toHaveLength(20);
      for (const [sql] of changes) {
        // oxlint-disable-next-line no-await-in-loop -- one builds on another
        await databases.onTarget(`set search_path = public; ${sql}`);
      }
      const comparison = await databases.compare({ roles });
      expect(comparison.unchecked).toEqual([]);
      expect(found(comparison)).toEqual(changes.map(([, expected]) => expected).toSorted());
    },
    limitMs,
  );
});
