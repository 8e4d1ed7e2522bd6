/** What was proven equal before the freeze, and not written since, is not read again; anything else is. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { connect } from "../../src/providers/postgres/index.ts";
import type { DatabaseComparison } from "../../src/verification/index.ts";
import { attributesMadeAnew, composites, withComposites } from "../support/composites.ts";
import { withServers } from "../support/postgres.ts";
import {
  type ComparedDatabases,
  comparedDatabases,
  found,
  roleNamingOf,
} from "../support/verification.ts";

const limitMs = 60_000;

const schema = `
  create table users (id bigint primary key, name text not null);
  create table orders (id bigint primary key, paid boolean);
  create table log (line text);
  create table events (id int, at date) partition by range (at);
  create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
  create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
  insert into users select i, 'user ' || i from generate_series(1, 500) i;
  insert into orders select i, i % 2 = 0 from generate_series(1, 500) i;
  insert into log select 'line ' || i from generate_series(1, 100) i;
  insert into events select i, '2024-06-01' from generate_series(1, 50) i;
  insert into events select i, '2025-06-01' from generate_series(1, 50) i;
`;
const all = ["events_2024", "events_2025", "log", "orders", "users"];

describe("a comparison behind the freeze", () => {
  const servers = withServers();
  let made: ComparedDatabases;

  beforeAll(async () => {
    made = await comparedDatabases(servers.pair);
    await made.both(schema);
  }, limitMs);

  interface Proven extends ComparedDatabases {
    again(): Promise<DatabaseComparison>;
  }

  async function proven(): Promise<Proven> {
    const databases = await comparedDatabases(servers.pair, made.name);
    const roles = roleNamingOf(servers.pair);
    const first = await databases.compare({ roles, prove: true });
    expect(first.equality).toBe("equal");
    expect(reread(first)).toEqual(all);
    return { ...databases, again: () => databases.compare({ roles, proven: first.proven }) };
  }

  /** Without the schema and the quotes. */
  const reread = ({ tables }: DatabaseComparison) =>
    tables
      .filter(({ reused }) => reused !== true)
      .map(({ table }) => table.replaceAll(/"public"\.|"/g, ""))
      .toSorted();

  it("reads nothing again when nobody wrote, and says the same", async () => {
    const comparison = await (await proven()).again();
    expect(comparison.equality).toBe("equal");
    expect(reread(comparison)).toEqual([]);
    expect(comparison.totals).toMatchObject({
      tables: 5,
      tablesEqual: 5,
      sourceRows: 1200n,
      targetRows: 1200n,
    });
  });

  it.each([
    ["an insert", "insert into users values (501, 'new')", ["users"]],
    ["an update", "update orders set paid = null where id = 7", ["orders"]],
    ["a delete", "delete from log where line = 'line 7'", ["log"]],
    ["an update that changes nothing", "update users set name = name where id = 1", ["users"]],
    ["a row of a partition", "insert into events values (51, '2025-01-02')", ["events_2025"]],
    ["a truncation", "truncate log", ["log"]],
    ["a truncation that is filled again", "truncate log; insert into log values ('x')", ["log"]],
    ["a column with a default", "alter table users add age int not null default 7", ["users"]],
    ["a type that rewrites nothing", "alter table users alter name type varchar", ["users"]],
    [
      "a column made anew",
      "alter table orders drop column paid; alter table orders add paid boolean default true",
      ["orders"],
    ],
    ["a table made anew", "drop table log; create table log (line text)", ["log"]],
    ["a rewritten table", "cluster orders using orders_pkey", ["orders"]],
    ["copied rows", "insert into log select line from log", ["log"]],
  ])("reads again after %s on both sides", async (_, sql, tables) => {
    const databases = await proven();
    await databases.both(sql);
    const comparison = await databases.again();
    expect(found(comparison)).toEqual([]);
    expect(comparison.equality).toBe("equal");
    expect(reread(comparison)).toEqual(tables);
  });

  it.each([
    ["a write that never came to the target", "onSource"],
    ["a write that only the target has", "onTarget"],
  ] as const)("finds %s", async (_, where) => {
    const databases = await proven();
    await databases[where]("update users set name = 'x' where id = 77");
    const comparison = await databases.again();
    expect(found(comparison)).toEqual(['contents-differ "public"."users"']);
    expect(reread(comparison)).toEqual(["users"]);
    expect(comparison.tables.find(({ table }) => table === '"public"."users"')).toMatchObject({
      drillDown: { rows: [{ class: "changed", key: { id: "77" }, columns: ["name"] }] },
    });
  });

  it("reads again what has composite types of which an attribute was made anew, and finds that it is empty", async () => {
    const databases = await comparedDatabases(servers.pair);
    await databases.both(composites);
    const roles = roleNamingOf(servers.pair);
    const { proven: known } = await databases.compare({ roles, prove: true });
    expect(reread(await databases.compare({ roles, proven: known }))).toEqual([]);
    await databases.onTarget(attributesMadeAnew);
    const comparison = await databases.compare({ roles, proven: known });
    expect(found(comparison)).toEqual(
      withComposites.map((table) => `contents-differ "public"."${table}"`),
    );
    expect(reread(comparison)).toEqual([...withComposites, "rows_of"]);
  });

  it("finds a write of a session that was ended right after it, as the freeze ends them", async () => {
    const databases = await proven();
    const options = { server: "test", signal: AbortSignal.timeout(limitMs), write: true };
    const application = await connect(databases.source, options);
    application.on("error", () => undefined);
    await application.query("update orders set paid = null where id = 9");
    const { rows } = await application.query<{ pid: number }>("select pg_backend_pid() as pid");
    await databases.onSource(`select pg_terminate_backend(${rows[0]?.pid}, 10000)`);
    const comparison = await databases.again();
    expect(found(comparison)).toEqual(['contents-differ "public"."orders"']);
    await application.end().catch(() => undefined);
  });

  it.each([
    ["a crash of the source", "source"],
    ["a crash of the target", "target"],
  ] as const)("reads everything again after %s", async (_, side) => {
    const databases = await proven();
    await servers.pair[side].restart({ mode: "immediate" });
    const comparison = await databases.again();
    expect(comparison.equality).toBe("equal");
    expect(reread(comparison)).toEqual(all);
  });

  it("reads everything again after a process of the server died, and its memory with it", async () => {
    const databases = await proven();
    const options = { server: "test", signal: AbortSignal.timeout(limitMs) };
    const client = await connect(databases.source, options);
    client.on("error", () => undefined);
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    const died = new Promise((resolve) => client.once("end", resolve));
    process.kill(rows[0]?.pid ?? 0, "SIGKILL");
    await died;
    await vi.waitFor(() => databases.onSource("select 1"), { timeout: limitMs, interval: 50 });
    expect(reread(await databases.again())).toEqual(all);
  });

  it("reads everything again where a setting of the database may have kept writes from being counted", async () => {
    const databases = await proven();
    await databases.onTarget(`alter database ${databases.name} set track_counts = off`);
    expect(reread(await databases.again())).toEqual(all);
    await databases.onTarget(`alter database ${databases.name} set track_counts = on`);
    expect(reread(await databases.again())).toEqual([]);
  });

  it("reads nothing again after a restart that kept the counters", async () => {
    const databases = await proven();
    await servers.pair.source.restart({ mode: "fast" });
    expect(reread(await databases.again())).toEqual([]);
  });

  it.each([
    "select pg_stat_reset()",
    "select pg_stat_reset_single_table_counters('log'::regclass)",
    "select pg_stat_reset_shared('archiver')",
  ])("reads everything again after %s", async (sql) => {
    const databases = await proven();
    await databases.onSource(sql);
    expect(reread(await databases.again())).toEqual(all);
  });
});
