/**
 * What is wrong with the surroundings of a run that has frozen the source, or
 * is about to: a disk that fills up, another server behind a known name, a
 * clock that is set back, a network that goes silent, a tool that is killed in
 * the comparison. Each time: what the person is told, with which exit code, and
 * how the source is left.
 */
import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Client } from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import type { TimedEvent } from "../../src/core/event.ts";
import { quoteLiteral } from "../../src/core/identifier.ts";
import type { ReadBatch } from "../../src/verification/index.ts";
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

  /** The system identifier of the server, asked past the network. */
  async function systemOf(side: "source" | "target"): Promise<string> {
    const ask = async (client: Client): Promise<string> => {
      const { rows } = await client.query<{ id: string }>(
        "SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()",
      );
      return rows[0]?.id ?? "";
    };
    return side === "source"
      ? set.current.onSource("defaultdb", ask)
      : set.current.onTarget("postgres", ask);
  }

  /** Every part of a table that the comparison has journaled as read. */
  async function kept(): Promise<string[]> {
    const journal = await set.current.journal();
    return journal.flatMap((entry) => {
      if (entry.type !== "note" || !entry.name.startsWith("rows-read ")) return [];
      const { batch } = entry.value as unknown as { readonly batch: ReadBatch };
      return batch.sides.flatMap(({ side, tables }) =>
        Object.entries(tables).flatMap(([table, [, , , slices]]) =>
          slices.map(([range]) => `${entry.name} ${side} ${table} ${range}`),
        ),
      );
    });
  }

  const variable = (name: string) => set.current.stage.cloud.facts.environment[name] ?? "";

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

  test(
    "another server answers for the source: nothing is done, and the freeze that stands is told",
    async () => {
      const frozen = await tool(["run", "--resume", "--until", "source-frozen"]);
      expect(frozen.code, frozen.err).toBe(0);
      const { facts } = set.current.stage.cloud;
      await set.current.onTarget("postgres", async (client) => {
        await client.query("SET default_transaction_read_only = off");
        await client.query(
          `CREATE ROLE doadmin LOGIN PASSWORD ${quoteLiteral(variable("REHEARSAL_DOADMIN_PASSWORD"))}`,
        );
        await client.query("CREATE DATABASE defaultdb");
      });
      const file = await journalFile();
      const before = await readFile(file, "utf8");
      set.current.network.source.leadTo({ host: "127.0.0.1", port: facts.target.listensOn });
      // Azure's own sessions are led astray as well, and must find back.
      await set.current.onSource("defaultdb", (client) =>
        client.query(
          "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE application_name = 'azure-migration-service'",
        ),
      );
      try {
        for (const words of [["run", "--resume"], ["undo"]]) {
          const end = await tool(words);
          expect(end.code, end.err).toBe(2);
          expect(end.err).toContain(await systemOf("source"));
          expect(end.err).toContain(await systemOf("target"));
          expect(end.err).toContain("THE SOURCE MAY STILL BE FROZEN");
        }
        // Without --resume it does not even ask a server, and says so all the same.
        const anew = await tool(["run"]);
        expect(anew.code, anew.err).toBe(2);
        expect(anew.err).toContain("THE SOURCE MAY STILL BE FROZEN");
        expect(anew.err).toContain("run --resume");
      } finally {
        set.current.network.source.leadTo({ host: "127.0.0.1", port: facts.source.listensOn });
      }
      expect(await readFile(file, "utf8")).toBe(before);
      expect(await isFrozen()).toBe(true);
    },
    runMs,
  );

  test(
    "another server answers for the target: nothing is done there, and the source is thawed",
    async () => {
      expect(await isFrozen()).toBe(true);
      const { facts } = set.current.stage.cloud;
      await set.current.onSource("defaultdb", async (client) => {
        await client.query("SET default_transaction_read_only = off");
        await client.query(
          `CREATE ROLE azureadmin LOGIN PASSWORD ${quoteLiteral(variable("REHEARSAL_AZURE_PASSWORD"))}`,
        );
      });
      set.current.network.target.leadTo({ host: "127.0.0.1", port: facts.source.listensOn });
      try {
        const end = await tool(["run", "--resume"]);
        expect(end.code, end.err).toBe(2);
        expect(end.err).toContain(await systemOf("source"));
        expect(end.err).toContain(await systemOf("target"));
        expect(end.err).toContain("the source is writable again");
      } finally {
        set.current.network.target.leadTo({ host: "127.0.0.1", port: facts.target.listensOn });
      }
      expect(await isFrozen()).toBe(false);
      await writesOn(set.current, "source");
    },
    runMs,
  );

  test(
    "the clock is set back in the middle of the freeze: the run goes on, and is told in its order",
    async () => {
      const running = set.current.start(
        ["run", "--resume", "--until", "sequences-advanced"],
        plan,
        setBack({ AT_SIGNAL: "SIGUSR2" }),
      );
      await running.event(began("source-frozen", "refuse-writes"));
      running.kill("SIGUSR2");
      const end = await ended(running);
      expect(end.code, end.err).toBe(0);
      const journal = await set.current.journal();
      const times = journal.map(({ at }) => at);
      expect(times).not.toEqual(times.toSorted());
      expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index + 1));
      expect(await isFrozen()).toBe(true);
    },
    runMs,
  );

  test(
    "the tool is killed in the comparison: what it had read is not read again, and nothing is lost",
    async () => {
      const { target } = set.current.network;
      const running = set.current.start(["run", "--resume"], plan, setBack());
      await running.event((event) => event.type === "step-entered" && event.step === "data-equal");
      target.setLatency(100);
      const begun = await running.event(
        (event) =>
          event.type === "progress" &&
          event.step === "data-equal" &&
          (event.progress.done ?? 0) > 0,
      );
      // What was read of the source is kept; of the target nothing more arrives.
      target.pause();
      try {
        expect(begun).toMatchObject({ reason: "comparing every row on both sides" });
        await expect.poll(kept, { timeout: 30_000, interval: 100 }).not.toEqual([]);
        running.kill("SIGKILL");
        await ended(running);
      } finally {
        target.setLatency(0);
        target.resume();
      }
      expect(await isFrozen()).toBe(true);
      const before = await kept();
      const end = await tool(["run", "--resume"], setBack());
      expect(end.code, end.err).toBe(0);
      const equal = events.findLast(
        (event) => event.type === "step-satisfied" && event.step === "data-equal",
      );
      expect(equal).toMatchObject({
        because: expect.stringContaining("was not read again") as string,
        facts: { takenOver: before.length, redone: 0 },
      });
      await writesOn(set.current, "target");
      expect((await set.current.story(events)).missing).toBe(0);
    },
    runMs,
  );
});
