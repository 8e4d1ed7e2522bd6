import { access, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Endpoint } from "../../src/core/endpoint.ts";
import { temporaryFolder, withServers } from "../support/postgres.ts";
import {
  type ComparedDatabases,
  comparedDatabases,
  found,
  runSql,
} from "../support/verification.ts";

const limitMs = 120_000;
const folder = path.resolve("../shared/databases");

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function has(program: string): Promise<boolean> {
  const { failed } = await execa(program, ["--version"], { reject: false });
  return !failed;
}

const here =
  (await exists(folder)) &&
  (await Promise.all(["psql", "pg_dump", "pg_restore"].map(has))).every(Boolean);

function environment(endpoint: Endpoint): Record<string, string> {
  return {
    PGHOST: endpoint.host,
    PGPORT: String(endpoint.port),
    PGUSER: endpoint.user,
    PGPASSWORD: endpoint.password.reveal(),
    PGDATABASE: endpoint.database,
    PGSSLMODE: "require",
  };
}

/**
 * What the regression database holds of its machine: two C libraries by path,
 * and lz4, which these builds of the server do not have.
 */
function portable(sql: string): string {
  return sql
    .replaceAll(/'\/usr\/lib\/postgresql\/\d+\/lib\/(\w+)(?:\.so)?'/g, "'$libdir/$1'")
    .replaceAll("SET COMPRESSION lz4", "SET COMPRESSION pglz")
    .replaceAll(" COMPRESSION lz4", "");
}

// Without the shared databases or PostgreSQL's own programs there is nothing to load or no way to.
const both = { meta: { whenSkipped: "needs the shared databases, psql, pg_dump and pg_restore" } };

describe.skipIf(!here)("real databases, dumped from 15 and restored into 17", both, () => {
  const servers = withServers({ databases: [] });
  let scratch: string;

  beforeAll(async () => {
    scratch = await temporaryFolder();
    const { source, target } = servers.pair;
    const owners = ["postgres", "regress_publication_user", "regress_publication_user2"];
    for (const server of [source, target]) {
      for (const owner of owners) {
        // oxlint-disable-next-line no-await-in-loop
        await runSql(
          server.superuser,
          `do $$begin create role ${owner}; exception when duplicate_object then null; end$$`,
        );
      }
    }
  }, limitMs);

  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  /** Returns what pg_restore could not do. */
  async function migrated(
    name: string,
  ): Promise<{ databases: ComparedDatabases; errors: string[] }> {
    const databases = await comparedDatabases(servers.pair);
    const file = path.join(scratch, `${name}.sql`);
    const dump = path.join(scratch, `${name}.dump`);
    await writeFile(file, portable(await readFile(path.join(folder, `${name}.sql`), "utf8")));
    const from = { env: environment(databases.source) };
    await execa("psql", ["-q", "-v", "ON_ERROR_STOP=1", "-f", file], from);
    await execa("pg_dump", ["-Fc", "-f", dump], from);
    const { stderr } = await execa("pg_restore", ["-d", databases.name, dump], {
      env: environment(databases.target),
      reject: false,
    });
    const errors = stderr.split("\n").filter((line) => line.startsWith("pg_restore: error:"));
    return { databases, errors };
  }

  it.each([
    ["opensauced", 39, 65_500n, ['extension-version-differs "pg_stat_statements"']],
    ["pagila", 21, 49_636n, []],
    [
      "employee",
      7,
      130_783n,
      [
        'sequence-behind-column "public"."employee_emp_no_seq"',
        'view-definition-differs "public"."dept_emp_latest_date"',
      ],
    ],
  ] as const)(
    "%s is equal",
    async (name, tables, rows, cosmetic) => {
      const { databases, errors } = await migrated(name);
      expect(errors).toEqual([]);
      const comparison = await databases.compare();
      expect(comparison.unchecked).toEqual([]);
      expect(found(comparison)).toEqual([]);
      expect(comparison.equality).toBe("equal");
      expect(comparison.totals).toMatchObject({
        tables,
        tablesEqual: tables,
        sourceRows: rows,
        targetRows: rows,
      });
      expect(
        comparison.mayBeCosmetic.map(({ code, object }) => `${code} ${object}`).toSorted(),
      ).toEqual(cosmetic);
      expect(comparison.rowHash).toBe("record-send");
    },
    limitMs,
  );

  it(
    "regression is equal but for what pg_restore could not make",
    async () => {
      const { databases, errors } = await migrated("regression");
      const comparison = await databases.compare();
      expect(comparison.unchecked).toEqual([]);
      // A child whose column is generated like its parent's: 15 dumps it so that 16 and newer refuse it.
      expect(errors.join("\n")).toMatch(/child column "b" specifies generation expression/);
      expect(found(comparison)).toEqual([
        'table-missing "public"."gtest_normal_child"',
        'table-missing "public"."gtest_normal_child2"',
      ]);
      expect(comparison.tables.filter(({ equality }) => equality !== "equal")).toEqual([]);
      expect(comparison.totals.tables).toBeGreaterThan(515);
      expect(comparison.totals.sourceRows).toBeGreaterThan(409_000n);
    },
    limitMs,
  );
});
