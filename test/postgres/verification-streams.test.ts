/** What a comparison reads a part at a time: with a session lost in the middle, and with odd names. */
import { beforeAll, describe, expect, it } from "vitest";
import { readBoth } from "../../src/verification/read-both.ts";
import type { TextRow } from "../../src/verification/side.ts";
import { openSideSnapshot, type SideSnapshot } from "../../src/verification/side-snapshot.ts";
import { withServers } from "../support/postgres.ts";
import {
  type ComparedDatabases,
  comparedDatabases,
  found,
  runSql,
  sideOf,
} from "../support/verification.ts";

const limitMs = 60_000;
const many = 20_000;
/** Long enough for many parts; each row says which session gave it. */
const sql = `select 'n' || i as name, pg_catalog.pg_backend_pid()::text as pid, pg_catalog.repeat('x', 100) as text
  from generate_series(100000, ${99_999 + many}) i order by pg_catalog.convert_to('n' || i, 'UTF8')`;
const nameOf = (row: TextRow): string => row["name"] ?? "";

describe("a stream", () => {
  const servers = withServers({ databases: [] });
  let databases: ComparedDatabases;

  beforeAll(async () => {
    databases = await comparedDatabases(servers.pair);
  }, limitMs);

  async function withSnapshots<T>(
    sessions: number,
    use: (source: SideSnapshot, target: SideSnapshot) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.timeout(limitMs);
    const source = await openSideSnapshot(sideOf("source", databases.source), sessions, signal);
    const target = await openSideSnapshot(sideOf("target", databases.target), sessions, signal);
    try {
      return await use(source, target);
    } finally {
      await Promise.all([source.close(), target.close()]);
    }
  }

  const end = (pid: string) =>
    runSql(servers.pair.source.superuser, `select pg_terminate_backend(${pid}, 10000)`);

  it("gives every row once, and its session back", async () => {
    await withSnapshots(1, async (source) => {
      const stream = await source.cursor(sql);
      let rows = 0;
      for (let part = await stream.next(); part.length > 0; part = await stream.next()) {
        rows += part.length;
      }
      expect(rows).toBe(many);
      const unread = await source.cursor(sql);
      await unread.close();
      expect(await source.read("select 1 as one")).toEqual([{ one: "1" }]);
    });
  });

  it("whose session is ended in the middle is read anew by another, each name once", async () => {
    await withSnapshots(2, async (source, target) => {
      const killed: Promise<unknown>[] = [];
      let begun = 0;
      const reading = { source, target, subject: "names", sql, nameOf };
      const { result, unchecked } = await readBoth(
        reading,
        () => {
          begun++;
          return [] as string[];
        },
        (names, rows) => {
          names.push(rows.name);
          if (begun === 1 && names.length === 1) killed.push(end(rows.source[0]?.["pid"] ?? ""));
        },
      );
      await Promise.all(killed);
      expect(begun).toBe(2);
      expect(unchecked).toEqual([]);
      expect(result).toHaveLength(many);
      expect(new Set(result).size).toBe(many);
    });
  });

  it("whose last session is ended names the side, and gives no result", async () => {
    await withSnapshots(1, async (source, target) => {
      const killed: Promise<unknown>[] = [];
      const { result, unchecked } = await readBoth(
        { source, target, subject: "names", sql, nameOf },
        () => undefined,
        (_, rows) => {
          if (killed.length === 0) killed.push(end(rows.source[0]?.["pid"] ?? ""));
        },
      );
      await Promise.all(killed);
      expect(result).toBeUndefined();
      expect(unchecked).toMatchObject([
        { code: "connection-lost", side: "source", object: "names" },
      ]);
    });
  });

  it("that a side refuses is said of that side", async () => {
    await withSnapshots(2, async (source, target) => {
      await databases.onTarget("create view only_there as select 1 as name");
      const { result, unchecked } = await readBoth(
        { source, target, subject: "s", sql: "select name from public.only_there", nameOf },
        () => 0,
        () => undefined,
      );
      await databases.onTarget("drop view only_there");
      expect(result).toBeUndefined();
      expect(unchecked.map(({ side, code }) => [side, code])).toContainEqual([
        "source",
        "vanished",
      ]);
      expect(await source.read("select 1 as one")).toEqual([{ one: "1" }]);
    });
  });

  it("sorts names of every alphabet alike on both sides", async () => {
    const names = ["Z", "a", "ä", "ß", "\uff5e", "\u{1f600}", 'q"uote', "d.ot", "with blank", "É"];
    const create = names.map(
      (name) => `create table "${name.replaceAll('"', '""')}" (id int primary key)`,
    );
    await databases.both(create.join("; "));
    expect(found(await databases.compare())).toEqual([]);
    await databases.onTarget('drop table "\u{1f600}"');
    expect(found(await databases.compare())).toEqual(['table-missing "public"."\u{1f600}"']);
  });
});
