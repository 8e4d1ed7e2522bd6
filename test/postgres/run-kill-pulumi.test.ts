/**
 * One run, killed with SIGKILL again and again, each time where it hurts, and
 * resumed: it comes to the end that it would have come to, with one migration
 * on Azure, and no acknowledged write is lost.
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { TimedEvent } from "../../src/core/event.ts";
import { compareWithManifest, findDump } from "../../src/providers/postgres-tools/index.ts";
import { processesOf } from "../support/killed.ts";
import { hasPulumi, needsPulumi } from "../support/pulumi-cli.ts";
import { began, endedAction, type RunningTool } from "../support/running-tool.ts";
import { requests, withStage, writesOn } from "../support/stage.ts";

const resumeMs = 180_000;

describe.runIf(hasPulumi)("a run that is killed", needsPulumi, () => {
  const set = withStage({ pulumi: true, rows: 20_000, writes: 100, faults: ["copy-stuck"] });
  const events: TimedEvent[] = [];
  let plan: string;

  const start = (...words: string[]): RunningTool => set.current.start(["run", ...words], plan);

  async function kill(tool: RunningTool): Promise<void> {
    tool.kill("SIGKILL");
    expect((await tool.ended).signal).toBe("SIGKILL");
    events.push(...tool.events);
  }

  const satisfied = async (step: string) =>
    (await set.current.journal()).some(
      (entry) => entry.type === "satisfied" && entry.step === step,
    );

  const waitsForLock = (count: number) =>
    expect
      .poll(
        () =>
          set.current.onSource("api", async (client) => {
            const { rows } = await client.query<{ n: number }>(
              "SELECT count(*)::int AS n FROM pg_catalog.pg_locks WHERE NOT granted AND relation = 'public.invoices'::pg_catalog.regclass",
            );
            return rows[0]?.n;
          }),
        { timeout: 60_000 },
      )
      .toBeGreaterThanOrEqual(count);

  test(
    "in the dump, with pg_dump at work, and resumed while the old pg_dump still lives",
    async () => {
      plan = await set.current.plan("killed", (steps) =>
        steps.filter(({ kind }) => kind !== "dns-ttl-lowered"),
      );
      // The preflight looks at tables too, and would wait for the lock.
      expect((await start("--until", "preflight-passed").ended).code).toBe(0);
      let resumed: RunningTool | undefined;
      await set.current.onSource("api", async (client) => {
        await client.query("BEGIN READ WRITE");
        await client.query("LOCK TABLE public.invoices IN ACCESS EXCLUSIVE MODE");
        const tool = start("--resume");
        await waitsForLock(1);
        await kill(tool);
        expect(await processesOf("pg_dump", set.current.state)).toHaveLength(1);
        resumed = start("--resume");
        await waitsForLock(2);
        await client.query("ROLLBACK");
      });
      await resumed?.event(
        (event) => event.type === "step-satisfied" && event.step === "source-snapshotted",
      );
      const [run = ""] = await readdir(set.current.state);
      const snapshot = path.join(set.current.state, run, "snapshot");
      expect((await readdir(snapshot)).toSorted()).toEqual(["api", "insights", "roles.sql"]);
      for (const name of ["api", "insights"]) {
        const dump = await findDump(path.join(snapshot, name));
        if (dump.is !== "whole") throw new Error(`The dump of ${name} is ${dump.is}.`);
        const { directory, manifest } = dump.dump;
        expect(await compareWithManifest(directory, manifest, AbortSignal.timeout(10_000))).toEqual(
          [],
        );
      }
      await expect.poll(() => processesOf("pg_dump", set.current.state)).toEqual([]);
      // Its creation on Azure may or may not have been asked for when the tool dies.
      if (resumed === undefined) throw new Error("It was not resumed.");
      await resumed.event(began("data-streaming", "create-migration"));
      await kill(resumed);
    },
    resumeMs,
  );

  test(
    "in the middle of the copy",
    async () => {
      const tool = start("--resume");
      await tool.event(
        (event) =>
          event.type === "waiting" &&
          event.step === "data-streaming" &&
          event.reason.includes("MigratingData"),
      );
      await kill(tool);
      const { azure } = await set.current.look();
      expect(requests(azure, "PUT", /\/migrations\//)).toHaveLength(1);
      await set.current.stage.cloud.fault("copy-stuck", false);
      await writesOn(set.current, "source");
    },
    resumeMs,
  );

  test(
    "in the freeze, before it is proven; status says that users cannot write",
    async () => {
      const tool = start("--resume");
      await tool.event(endedAction("source-frozen", "refuse-writes"));
      await kill(tool);
      expect(await satisfied("source-frozen")).toBe(false);
      const status = await set.current.tool(["status"], plan);
      expect(status.out).toContain("FROZEN");
      expect(status.out).toContain("run --resume");
      const refused = set.current.onSource("api", (client) =>
        client.query("SELECT setconfig FROM pg_catalog.pg_db_role_setting WHERE setrole = 0"),
      );
      expect(JSON.stringify((await refused).rows)).toContain("default_transaction_read_only=on");
    },
    resumeMs,
  );

  test(
    "while it triggers the cut-over",
    async () => {
      const tool = start("--resume");
      await tool.event(began("cutover-complete", "trigger-cutover"));
      await kill(tool);
    },
    resumeMs,
  );

  test(
    "in the re-point, between the configuration and the update",
    async () => {
      const tool = start("--resume");
      await tool.event(began("apps-repointed", "set-config"));
      await kill(tool);
      expect(await satisfied("apps-repointed")).toBe(false);
    },
    resumeMs,
  );

  /** The update has the stack's lock. */
  async function updating(): Promise<RunningTool> {
    const tool = start("--resume");
    await tool.event(began("apps-repointed", "update-stack"));
    const folder = path.join(set.current.folder, "pulumi-state", ".pulumi", "locks");
    const locks = async () => {
      const files = await readdir(folder, { recursive: true });
      return files.filter((file) => file.endsWith(".json"));
    };
    await expect.poll(locks, { interval: 10, timeout: 30_000 }).toHaveLength(1);
    return tool;
  }

  test(
    "in pulumi up, together with the Pulumi CLI",
    async () => {
      const tool = await updating();
      const found = await processesOf("/pulumi", " --stack live", set.current.folder);
      for (const { pid } of found.filter(({ command }) => command.startsWith("up "))) {
        process.kill(pid, "SIGKILL");
      }
      await kill(tool);
      const journal = await set.current.journal();
      expect(journal.some(({ type }) => type === "point-of-no-return")).toBe(true);
    },
    resumeMs,
  );

  test(
    "in pulumi up, alone: the update that still runs is waited for, or its lock cleared",
    async () => {
      await kill(await updating());
    },
    resumeMs,
  );

  test(
    "comes to the same end: one migration, one cut-over, nothing lost",
    async () => {
      const tool = start("--resume");
      const end = await tool.ended;
      events.push(...tool.events);
      expect(end.code, end.err).toBe(0);
      await writesOn(set.current, "target");
      const { azure, migrations, digitalOcean } = await set.current.look();
      expect(migrations).toEqual([expect.objectContaining({ state: "Succeeded" })]);
      expect(requests(azure, "PUT", /\/migrations\//)).toHaveLength(1);
      expect(requests(azure, "PATCH", /\/migrations\//)).toHaveLength(1);
      expect(requests(digitalOcean, "PATCH", /\/records\//)).toHaveLength(1);
      const journal = await set.current.journal();
      expect(journal.at(-1)?.type).toBe("finished");
      expect(journal.filter(({ type }) => type === "resumed")).toHaveLength(9);
      const acted = journal.flatMap((entry) =>
        entry.type === "action-ended" ? [`${entry.step} ${entry.action}`] : [],
      );
      expect(acted).toContain("apps-repointed remove-stale-lock");
      const files = await readdir(set.current.state, { recursive: true });
      expect(files.filter((file) => file.includes("partial"))).toEqual([]);
      const env = await readFile(path.join(set.current.folder, "app.env"), "utf8");
      expect(env).toContain(`:${set.current.stage.cloud.facts.target.port}/`);
      const story = await set.current.story(events);
      expect(story.missing).toBe(0);
      expect(story.acknowledged).toBeGreaterThan(500);
    },
    resumeMs,
  );
});
