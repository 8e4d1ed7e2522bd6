import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder, withServers } from "../support/postgres.ts";
import { restorable, restored, whenSkipped } from "../support/restored-databases.ts";
import { cosmetic, found, runSql } from "../support/verification.ts";

const limitMs = 120_000;

describe.skipIf(!restorable)(
  "real databases, dumped from 15 and restored into 17",
  whenSkipped,
  () => {
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

    it.each([
      ["opensauced", 39, 65_500n, ['extension-version-differs "pg_stat_statements"']],
      ["pagila", 21, 49_636n, []],
      ["employee", 7, 130_783n, ['sequence-behind-column "public"."employee_emp_no_seq"']],
    ] as const)(
      "%s is equal",
      async (name, tables, rows, shown) => {
        const { databases, errors } = await restored(servers.pair, name, scratch);
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
        expect(cosmetic(comparison)).toEqual(shown);
        expect(comparison.rowHash).toBe("record-send");
      },
      limitMs,
    );

    it(
      "regression is equal but for what pg_restore could not make",
      async () => {
        const { databases, errors } = await restored(servers.pair, "regression", scratch);
        const comparison = await databases.compare();
        expect(comparison.unchecked).toEqual([]);
        expect(cosmetic(comparison).filter((one) => one.includes("-definition-"))).toEqual([]);
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
  },
);
