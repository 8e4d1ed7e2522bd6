/**
 * How a run is stopped, refused, gone on with and taken back: by a gate, by a
 * step, by a signal while the source is frozen, by another process, by a plan
 * that changed; and `undo`, after which a new run works.
 */
import { readFile, writeFile } from "node:fs/promises";
import { parse } from "yaml";
import { beforeAll, describe, expect, test } from "vitest";
import type { TimedEvent } from "../../src/core/event.ts";
import { began, type RunningTool } from "../support/running-tool.ts";
import { withStage, writesOn } from "../support/stage.ts";

const runMs = 180_000;

describe("a run that is stopped", () => {
  const set = withStage({ pulumi: false, rows: 5_000, writes: 50 });
  const events: TimedEvent[] = [];
  let plan: string;

  beforeAll(async () => {
    plan = await set.current.plan("stops", (steps) =>
      steps.flatMap((step) => {
        if (step.kind === "source-snapshotted") return [];
        const gate = { id: "go-ahead", kind: "approved" };
        return step.kind === "source-frozen" ? [gate, step] : [step];
      }),
    );
  });

  const start = (...words: string[]): RunningTool => set.current.start(words, plan);
  const tool = async (...words: string[]) => {
    const running = start(...words);
    const end = await running.ended;
    events.push(...running.events);
    const stopped = running.events.findLast((event) => event.type === "run-stopped");
    return { ...end, stopped: stopped?.type === "run-stopped" ? stopped : undefined };
  };

  async function isFrozen(): Promise<boolean> {
    return set.current.onSource("api", async (client) => {
      const { rows } = await client.query<{ frozen: boolean }>(
        `SELECT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
           WHERE d.datname = 'api' AND 'default_transaction_read_only=on' = ANY (s.setconfig)) AS frozen`,
      );
      return rows[0]?.frozen === true;
    });
  }

  test("--until with a step that the plan does not have", async () => {
    const end = await tool("run", "--until", "source-freezed");
    expect(end.code).toBe(2);
    expect(end.err).toContain("source-frozen");
    await expect(set.current.journal()).rejects.toThrow("ENOENT");
  });

  test(
    "at a gate without a terminal, and refused meanwhile to a second process",
    async () => {
      await set.current.stage.cloud.fault("copy-stuck", true);
      const first = start("run");
      await first.event((event) => event.type === "waiting" && event.step === "data-streaming");
      for (const words of [["run"], ["run", "--resume"], ["undo"]]) {
        const second = await tool(...words);
        expect(second.code, second.err).toBe(2);
        expect(second.err).toMatch(
          new RegExp(`process ${first.pid} on \\S+\\) since \\d{4}-\\d\\d-\\d\\dT`),
        );
      }
      const status = await tool("status");
      expect(status.out).toContain(`process ${first.pid}`);
      await set.current.stage.cloud.fault("copy-stuck", false);
      const end = await first.ended;
      expect(end.code, end.err).toBe(4);
      const stopped = first.events.findLast((event) => event.type === "run-stopped");
      expect(stopped).toMatchObject({
        ending: "at-gate",
        step: "go-ahead",
        remedy: expect.stringContaining("run --resume --approve go-ahead") as string,
      });
      await writesOn(set.current, "source");
      const again = await tool("run");
      expect(again.code).toBe(2);
      expect(again.err).toContain("run --resume");
    },
    runMs,
  );

  test("resumed with another plan: the fields that differ are named", async () => {
    const text = await readFile(plan, "utf8");
    const { steps } = parse(text) as { steps: readonly { kind: string }[] };
    const index = steps.findIndex(({ kind }) => kind === "data-streaming");
    await writeFile(plan, text.replace("maxLag: 5s", "maxLag: 6s"));
    const end = await tool("run", "--resume");
    expect(end.code).toBe(2);
    expect(end.err).toContain(`steps[${index}].maxLag`);
    await writeFile(plan, text);
  });

  test(
    "approved, and stopped on request in the freeze: the source stays frozen, and this is said",
    async () => {
      const end = await tool(
        "run",
        "--resume",
        "--approve",
        "go-ahead",
        "--until",
        "source-frozen",
      );
      expect(end.code, end.err).toBe(0);
      expect(end.stopped?.meaning).toContain("FROZEN");
      expect(await isFrozen()).toBe(true);
      const status = await tool("status");
      expect(status.out).toContain("FROZEN");
      const journal = await set.current.journal();
      const approved = journal.find(({ type }) => type === "approved");
      expect(approved).toMatchObject({ step: "go-ahead", how: "--approve" });
    },
    runMs,
  );

  test(
    "frozen, and gone on with although DigitalOcean does not know the cluster: the journal tells where it is",
    async () => {
      await set.current.stage.cloud.fault("digitalocean-cluster-404", true);
      const end = await tool("run", "--resume", "--until", "source-frozen");
      await set.current.stage.cloud.fault("digitalocean-cluster-404", false);
      expect(end.code, end.err).toBe(0);
      expect(end.stopped?.meaning).toContain("FROZEN");
      expect(await isFrozen()).toBe(true);
    },
    runMs,
  );

  test(
    "by SIGTERM while frozen, before the cut-over: thawed at once, the copy goes on",
    async () => {
      // The last write does not arrive: there the run waits. Before that the lag must have been small.
      const running = start("run", "--resume");
      await running.event(
        (event) => event.type === "step-satisfied" && event.step === "data-streaming",
      );
      await set.current.stage.cloud.fault("latency-never-zero", true);
      await running.event((event) => event.type === "waiting" && event.step === "cutover-complete");
      running.kill("SIGTERM");
      const end = await running.ended;
      expect(end.code, end.err).toBe(130);
      expect(await isFrozen()).toBe(false);
      await writesOn(set.current, "source");
      await set.current.stage.cloud.fault("latency-never-zero", false);
      expect((await set.current.look()).migrations).toHaveLength(1);
    },
    runMs,
  );

  test(
    "by SIGTERM while frozen, with the cut-over triggered: thawed, and the resume copies anew",
    async () => {
      await set.current.stage.cloud.fault("cutover-hangs", true);
      const asked = await tool("run", "--resume");
      expect(asked.code, asked.err).toBe(4);
      expect(asked.stopped?.message).toMatch(
        /yes of .+ counts no more: step \S+, which it allowed, was undone/,
      );
      expect(await isFrozen()).toBe(false);
      const running = start("run", "--resume", "--approve", "go-ahead");
      await running.event(began("cutover-complete", "trigger-cutover"));
      await running.event(
        (event) => event.type === "waiting" && event.reason.includes("completes the cut-over"),
      );
      running.kill("SIGTERM");
      const end = await running.ended;
      events.push(...running.events);
      expect(end.code, end.err).toBe(130);
      expect(await isFrozen()).toBe(false);
      await writesOn(set.current, "source");
      await set.current.stage.cloud.fault("cutover-hangs", false);
      await expect
        .poll(async () => (await set.current.look()).migrations[0]?.state, { timeout: 30_000 })
        .toBe("Succeeded");
      const resumed = await tool("run", "--resume", "--until", "data-streaming");
      expect(resumed.code, resumed.err).toBe(0);
      const { migrations } = await set.current.look();
      expect(migrations.map(({ state }) => state)).toEqual(["Succeeded", "WaitingForUserAction"]);
    },
    runMs,
  );

  test(
    "undo takes back what the run made, on both servers and both clouds",
    async () => {
      const approved = ["run", "--resume", "--approve", "go-ahead"];
      const frozen = await tool(...approved, "--until", "source-frozen");
      expect(frozen.code, frozen.err).toBe(0);
      // Its first question, where the source is, is refused: the journal knows.
      await set.current.stage.cloud.fault("digitalocean-token-expired", true);
      const end = await tool("undo");
      expect(end.code, end.err).toBe(0);
      expect(await isFrozen()).toBe(false);
      await writesOn(set.current, "source");
      const { migrations, digitalOcean } = await set.current.look();
      expect(migrations.map(({ state }) => state)).toEqual(["Succeeded", "Canceled"]);
      expect(digitalOcean.filter((line) => line.startsWith("PATCH "))).toHaveLength(2);
      const left = await set.current.onTarget("postgres", async (client) => {
        const { rows } = await client.query<{ name: string }>(
          `SELECT datname AS name FROM pg_catalog.pg_database WHERE datname IN ('api', 'insights')
           UNION ALL SELECT rolname FROM pg_catalog.pg_roles WHERE rolname ~ '_app$'`,
        );
        return rows.map(({ name }) => name);
      });
      expect(left).toEqual([]);
      for (const database of ["api", "insights"]) {
        const marker = await set.current.onSource(database, (client) =>
          client.query(
            `SELECT pg_catalog.to_regnamespace('opensauced_migrate') IS NOT NULL AS there,
               (SELECT count(*)::int FROM pg_catalog.pg_replication_slots WHERE database = $1) AS slots`,
            [database],
          ),
        );
        expect(marker.rows).toEqual([{ there: false, slots: 0 }]);
      }
      const again = await tool("undo");
      expect(again.code).toBe(2);
    },
    runMs,
  );

  test(
    "a plan that ends behind its freeze says that the source is frozen, and undo takes it back",
    async () => {
      const whole = plan;
      plan = await set.current.plan("early", (steps) => {
        const end = steps.findIndex(({ kind }) => kind === "source-frozen");
        const wanted = ["preflight-passed", "source-prepared", "source-frozen"];
        return steps.slice(0, end + 1).filter(({ kind }) => wanted.includes(kind));
      });
      try {
        const end = await tool("run");
        expect(end.code, end.err).toBe(0);
        expect(await isFrozen()).toBe(true);
        expect(end.stopped?.meaning).toContain("the source is FROZEN");
        expect(end.stopped?.remedy).toContain("opensauced-migrate undo");
        const status = await tool("status");
        expect(status.out).toContain("FROZEN");
        expect(status.out).toMatch(/Next: .* undo /);
        const undone = await tool("undo");
        expect(undone.code, undone.err).toBe(0);
        expect(await isFrozen()).toBe(false);
        await writesOn(set.current, "source");
        const nothing = await tool("undo");
        expect(nothing.code).toBe(2);
      } finally {
        plan = whole;
      }
    },
    runMs,
  );

  test(
    "after which a new run comes to its end",
    async () => {
      // The old TTL was waited for once, and is not what is new here.
      plan = await set.current.plan("stops", (steps) =>
        steps.filter(({ kind }) => !["source-snapshotted", "dns-ttl-lowered"].includes(kind)),
      );
      const end = await tool("run");
      expect(end.code, end.err).toBe(0);
      await writesOn(set.current, "target");
      const story = await set.current.story(events);
      expect(story.missing).toBe(0);
    },
    runMs,
  );
});
