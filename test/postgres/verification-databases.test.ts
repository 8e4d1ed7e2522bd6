import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Major } from "../../src/rehearsal/postgres/index.ts";
import { withMajors } from "../support/majors/servers.ts";
import { temporaryFolder } from "../support/postgres.ts";
import { restorable, restored, whenSkipped } from "../support/restored-databases.ts";
import { whole } from "../support/whole.ts";
import { cosmetic, found, runSql } from "../support/verification.ts";

const limitMs = 120_000;
const majors: readonly Major[] = [15, 17, 18];
const owners = ["regress_publication_user", "regress_publication_user2"];

describe.skipIf(!restorable)("real databases, dumped from 15", whenSkipped, () => {
  const servers = withMajors(...majors);
  let scratch: string;

  beforeAll(async () => {
    scratch = await temporaryFolder();
    const roles = owners.map((owner) => `create role ${owner}`).join("; ");
    await Promise.all(majors.map((major) => runSql(servers.of(major).superuser, roles)));
  }, limitMs);

  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  // The newest is the hardest.
  describe.each(whole ? ([17, 18] as const) : ([18] as const))("and restored into %i", (major) => {
    const restoring = (name: string) =>
      restored({ source: servers.of(15), target: servers.of(major) }, name, scratch);

    it.each([
      ["opensauced", 39, 65_500n, ['extension-version-differs "pg_stat_statements"']],
      ["pagila", 21, 49_636n, []],
      ["employee", 7, 130_783n, ['sequence-behind-column "public"."employee_emp_no_seq"']],
    ] as const)(
      "%s is equal",
      async (name, tables, rows, shown) => {
        const { databases, errors } = await restoring(name);
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
        const { databases, errors } = await restoring("regression");
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
  });
});
