/**
 * Real databases, whole: `rehearse --database` through the built program ends
 * equal. They lie outside the project; where they are not, there is no test.
 */
import { existsSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RehearsalAnswer } from "../../src/migration/api.ts";
import { temporaryFolder } from "../support/postgres.ts";
import { startTool, type RunningTool } from "../support/running-tool.ts";

const databases = path.resolve(import.meta.dirname, "../../../shared/databases");
const rehearsalMs = 300_000;

describe.each(["opensauced", "pagila", "employee"])("rehearse --database %s.sql", (name) => {
  const file = path.join(databases, `${name}.sql`);
  let folder: string;
  let tool: RunningTool | undefined;

  beforeAll(async () => {
    folder = await temporaryFolder();
    // PostgreSQL's files lie below it, and belong to another user than root.
    await chmod(folder, 0o711);
  });
  afterAll(async () => {
    tool?.kill("SIGTERM");
    await tool?.ended;
    await rm(folder, { recursive: true, force: true });
  }, rehearsalMs);

  test.runIf(existsSync(file))(
    "ends equal, and loses no write",
    { timeout: rehearsalMs, meta: { whenSkipped: `needs shared/databases/${name}.sql` } },
    async () => {
      const words = ["rehearse", "--database", file, "--writes", "50", "--json"];
      tool = startTool(["--state", path.join(folder, "state"), ...words], {
        cwd: folder,
        env: { ...process.env, TMPDIR: folder },
      });
      const end = await tool.ended;
      expect(end.code, end.err).toBe(0);
      const answer = JSON.parse(end.out.trim().split("\n").at(-1) ?? "") as RehearsalAnswer;
      expect(answer.sound).toBe(true);
      expect(answer.tablesCompared).toBeGreaterThan(8);
      expect(answer.rowsCompared).toBeGreaterThan(10_000);
      expect(answer.client.missing).toBe(0);
      expect(answer.client.acknowledged).toBeGreaterThan(50);
    },
  );
});

describe("rehearse --database regression.sql", () => {
  const file = path.join(databases, "regression.sql");

  test.runIf(existsSync(file))(
    "is stopped before anything is copied, by the names of what Azure could not carry",
    { timeout: rehearsalMs, meta: { whenSkipped: "needs shared/databases/regression.sql" } },
    async () => {
      const folder = await temporaryFolder();
      await chmod(folder, 0o711);
      const tool = startTool(
        ["--state", path.join(folder, "state"), "rehearse", "--database", file, "--json"],
        { cwd: folder, env: { ...process.env, TMPDIR: folder } },
      );
      try {
        const end = await tool.ended;
        expect(end.code, end.err).toBe(3);
        const answer = JSON.parse(end.out.trim().split("\n").at(-1) ?? "") as RehearsalAnswer;
        expect(answer.run?.stop?.step).toBe("preflight-passed");
        const blocking = (answer.run?.stop?.findings ?? []).filter(
          ({ severity }) => severity === "blocks",
        );
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
        expect(answer.client.missing).toBe(0);
      } finally {
        tool.kill("SIGTERM");
        await tool.ended;
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});
