/**
 * What is wrong with the surroundings of a run that has frozen the source, or
 * is about to: a disk that fills up, a clock that is set back, a network that
 * goes silent. Each time: what the person is told, with which exit code, and
 * how the source is left.
 */
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import type { TimedEvent } from "../../src/core/event.ts";
import { began, type RunningTool } from "../support/running-tool.ts";
import { withStage, writesOn } from "../support/stage.ts";

const runMs = 120_000;
const dayMs = 86_400_000;

describe("around a run", () => {
  const set = withStage({ pulumi: false, rows: 5_000, writes: 50, network: true });
  const events: TimedEvent[] = [];
  let plan: string;

  beforeAll(async () => {
    plan = await set.current.plan("surroundings", (steps) =>
      steps.filter(({ kind }) => !["dns-ttl-lowered", "source-snapshotted"].includes(kind)),
    );
    const end = await set.current.tool(["run", "--until", "data-streaming"], plan);
    expect(end.code, end.err).toBe(0);
  }, runMs);

  async function ended(tool: RunningTool) {
    const end = await tool.ended;
    events.push(...tool.events);
    const stopped = tool.events.findLast((event) => event.type === "run-stopped");
    return { ...end, stopped: stopped?.type === "run-stopped" ? stopped : undefined };
  }

  const tool = (words: readonly string[], environment?: Record<string, string>) =>
    ended(set.current.start(words, plan, environment));

  const setBack = (more: Record<string, string> = {}) => ({
    NODE_OPTIONS: `--import ${path.resolve("test/support/set-back-clock.ts")}`,
    SET_BACK_MS: String(dayMs),
    ...more,
  });

  async function isFrozen(): Promise<boolean> {
    return set.current.onSource("api", async (client) => {
      const { rows } = await client.query<{ frozen: boolean }>(
        `SELECT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
           WHERE d.datname = 'api' AND 'default_transaction_read_only=on' = ANY (s.setconfig)) AS frozen`,
      );
      return rows[0]?.frozen === true;
    });
  }

  async function journalFile(): Promise<string> {
    const [first] = await set.current.journal();
    if (first?.type !== "opened") throw new Error("There is no journal.");
    return path.join(set.current.state, first.run, "journal.jsonl");
  }

  test(
    "the clock is set back between two processes: the run goes on, and is told in its order",
    async () => {
      const before = await set.current.journal();
      const end = await tool(["run", "--resume", "--until", "data-streaming"], setBack());
      expect(end.code, end.err).toBe(0);
      const journal = await set.current.journal();
      expect(journal.length).toBeGreaterThan(before.length);
      const [last, earlier] = [journal.at(-1)?.at ?? "", before.at(-1)?.at ?? ""];
      expect(Date.parse(earlier) - Date.parse(last)).toBeGreaterThan(dayMs / 2);
      const status = await tool(["status"]);
      expect(status.code, status.err).toBe(0);
      expect(status.out).not.toMatch(/NaN|-\d+ ?m?s\b/);
      expect((await set.current.look()).migrations).toHaveLength(1);
    },
    runMs,
  );

  test(
    "the disk fills up in the middle of the freeze: the source is writable again",
    async () => {
      const file = await journalFile();
      const running = set.current.start(["run", "--resume"], plan);
      await running.event(began("source-frozen", "end-sessions"));
      // Not one byte more, as on a full disk: a limit that needs no file system of its own.
      const { size } = await stat(file);
      await promisify(execFile)("prlimit", [`--pid=${running.pid}`, `--fsize=${size}`]);
      const end = await ended(running);
      expect(end.code, end.err).toBe(1);
      expect(end.stopped?.message).toContain("could not be written");
      expect(end.stopped?.meaning).toContain("The freeze was undone: the source is writable again");
      expect(end.stopped?.meaning).toContain("could not be journaled");
      expect(await isFrozen()).toBe(false);
      await writesOn(set.current, "source");
    },
    runMs,
  );

  test(
    "the network goes silent while the source is frozen, and the person stops the run: the thaw waits for it",
    async () => {
      const running = set.current.start(["run", "--resume"], plan);
      await running.event(began("cutover-complete", "write-markers"));
      set.current.network.source.pause();
      try {
        running.kill("SIGINT");
        await running.event((event) => event.type === "undoing" && event.step === "source-frozen");
        const waits = await running.event(
          (event) => event.type === "waiting" && event.step === "source-frozen",
        );
        expect(waits).toMatchObject({ reason: expect.stringContaining("ETIMEDOUT") as string });
      } finally {
        set.current.network.source.resume();
      }
      const end = await ended(running);
      expect(end.code, end.err).toBe(130);
      expect(end.stopped?.meaning).toContain("the source is writable again");
      expect(await isFrozen()).toBe(false);
      await writesOn(set.current, "source");
    },
    runMs,
  );
});
