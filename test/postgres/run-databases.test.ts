/**
 * Real databases, whole: `rehearse --database` through the built program ends
 * equal. They lie outside the project; where they are not, there is no test.
 * All at once: most of a rehearsal is the wait until the old TTL has run out.
 */
import { existsSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { RehearsalAnswer } from "../../src/migration/api.ts";
import { temporaryFolder } from "../support/postgres.ts";
import { startTool } from "../support/running-tool.ts";
import { needsMinutes, whole } from "../support/whole.ts";

const databases = path.resolve(import.meta.dirname, "../../../shared/databases");
const rehearsalMs = 300_000;

/** Throws unless it ends with that code. */
async function rehearsed(file: string, code: number): Promise<RehearsalAnswer> {
  const folder = await temporaryFolder();
  // PostgreSQL's files lie below it, and belong to another user than root.
  await chmod(folder, 0o711);
  const words = ["rehearse", "--database", file, "--writes", "50", "--json"];
  const tool = startTool(["--state", path.join(folder, "state"), ...words], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
  });
  // A test that runs out of time must not leave it behind.
  const late = setTimeout(() => tool.kill("SIGTERM"), rehearsalMs - 30_000);
  try {
    const end = await tool.ended;
    expect(end.code, end.err).toBe(code);
    return JSON.parse(end.out.trim().split("\n").at(-1) ?? "") as RehearsalAnswer;
  } finally {
    clearTimeout(late);
    await rm(folder, { recursive: true, force: true });
  }
}

describe.concurrent("rehearse --database", () => {
  for (const name of ["opensauced", "pagila", "employee"]) {
    const file = path.join(databases, `${name}.sql`);
    const isLeft = !whole && name === "pagila";
    const whenSkipped = isLeft ? needsMinutes : `needs shared/databases/${name}.sql`;
    test.runIf(existsSync(file) && !isLeft)(
      `${name}.sql ends equal, and loses no write`,
      { timeout: rehearsalMs, meta: { whenSkipped } },
      async () => {
        const answer = await rehearsed(file, 0);
        expect(answer.sound).toBe(true);
        expect(answer.tablesCompared).toBeGreaterThan(8);
        expect(answer.rowsCompared).toBeGreaterThan(10_000);
        expect(answer.client.missing).toBe(0);
        expect(answer.client.acknowledged).toBeGreaterThan(50);
      },
    );
  }

  const file = path.join(databases, "regression.sql");
  test.runIf(existsSync(file))(
    "regression.sql is stopped before anything is copied, by the names of what Azure could not carry",
    { timeout: rehearsalMs, meta: { whenSkipped: "needs shared/databases/regression.sql" } },
    async () => {
      const { run, client } = await rehearsed(file, 3);
      expect(run?.stop?.step).toBe("preflight-passed");
      const blocking = (run?.stop?.findings ?? []).filter(({ severity }) => severity === "blocks");
      const objectsOf = (code: string) =>
        blocking.find((finding) => finding.code === code)?.objects ?? [];
      expect(objectsOf("own-collations")).toEqual(["app: public.coll_icu_upgrade"]);
      expect(objectsOf("row-security-hides-rows")).toEqual([
        "app.regress_rls_schema.rls_tbl_force",
      ]);
      expect(objectsOf("own-casts")).toHaveLength(6);
      expect(objectsOf("superuser-objects")).toHaveLength(42);
      expect(objectsOf("superuser-objects")).toContain(
        "app: operator class public.part_test_int4_ops USING hash",
      );
      expect(objectsOf("generated-column-of-child")).toEqual([
        "app.public.gtest_normal_child.b",
        "app.public.gtest_normal_child2.b",
      ]);
      expect(client.missing).toBe(0);
    },
  );
});
