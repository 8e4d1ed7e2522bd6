/**
 * Whole runs with a copy that is wrong while the stream still follows, or that
 * does not follow: each is stopped before the outage, the source is never
 * frozen, and the application writes on all the while.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { TimedEvent } from "../../src/core/event.ts";
import type { Damage } from "../../src/rehearsal/azure/moving/damage.ts";
import { type PlanStep, withStage, writesOn } from "../support/stage.ts";
import { needsMinutes, whole } from "../support/whole.ts";

const runMs = 180_000;

describe("a copy that is wrong before the freeze", () => {
  const set = withStage({ pulumi: false, rows: 5_000, writes: 200 });
  let plan: string;

  beforeAll(async () => {
    plan = await set.current.plan("wrong-copy", (steps: PlanStep[]) =>
      steps
        .filter(({ kind }) => !["dns-ttl-lowered", "source-snapshotted"].includes(kind))
        .map((step) => {
          // What it says of the lag is not to be what finds the stream that stands still.
          if (step.kind === "data-streaming") return { ...step, maxLag: "10m", stall: "10m" };
          return step.kind === "copy-agrees" ? { ...step, arrivesWithin: "10s" } : step;
        }),
    );
  });

  const fault = (name: string, on: boolean) => set.current.stage.cloud.fault(name, on);

  async function run(...words: string[]) {
    const tool = set.current.start(words, plan);
    const end = await tool.ended;
    const stopped = tool.events.findLast((event) => event.type === "run-stopped");
    if (stopped?.type !== "run-stopped") throw new Error(`It did not say how it ended: ${end.err}`);
    return { end, stopped, events: tool.events, findings: stopped.findings ?? [] };
  }

  async function damageOf(name: string): Promise<Damage> {
    const { damages } = await set.current.look();
    const done = (damages as readonly Damage[]).findLast((damage) => damage.fault === name);
    if (done === undefined) throw new Error(`The stand-in did no ${name}.`);
    return done;
  }

  async function expectNeverFrozen(events: readonly TimedEvent[]): Promise<void> {
    expect(events.filter((event) => "step" in event && event.step === "source-frozen")).toEqual([]);
    const touched = (await set.current.journal()).filter(
      (entry) => "step" in entry && entry.step === "source-frozen",
    );
    expect(touched).toEqual([]);
    await writesOn(set.current, "source");
  }

  test(
    "a lost row and a changed value are named by key and column, and found again by a resume",
    async () => {
      await fault("row-lost-in-copy", true);
      await fault("row-changed-in-copy", true);
      const { end, stopped, events, findings } = await run("run");
      expect(end.code, end.err).toBe(3);
      expect(stopped.step).toBe("copy-agrees");
      const lost = await damageOf("row-lost-in-copy");
      const changed = await damageOf("row-changed-in-copy");
      // Both in the largest table.
      expect(changed.object).toBe(lost.object);
      const blocking = findings.filter(({ severity }) => severity === "blocks");
      expect(blocking.map(({ code }) => code)).toEqual(["row-count-differs"]);
      expect(unquoted(blocking[0]?.message ?? "")).toContain(unquoted(lost.object));
      expect(blocking[0]?.objects?.[0]).toBe("1 row missing on the target, 1 row changed");
      expect(blocking[0]?.objects).toEqual([
        expect.any(String),
        expect.stringMatching(new RegExp(`^changed in ${changed.column}: \\w+ = `)),
        expect.stringMatching(/^missing: \w+ = /),
      ]);
      await expectNeverFrozen(events);

      const again = await run("run", "--resume");
      expect(again.end.code, again.end.err).toBe(3);
      const compared = again.events.filter(
        (event) => event.type === "action-ended" && event.step === "copy-agrees",
      );
      // The database that agreed is not compared again.
      expect(compared).toHaveLength(1);
      await expectNeverFrozen(again.events);
    },
    runMs,
  );

  test(
    "undone and copied anew it agrees; a stream that stands still is told as what could not be checked",
    async ({ skip }) => {
      skip(!whole, needsMinutes);
      const undo = await set.current.tool(["undo"], plan);
      expect(undo.code, undo.err).toBe(0);
      const copied = await run("run", "--until", "data-streaming");
      expect(copied.end.code, copied.end.err).toBe(0);
      await fault("latency-never-zero", true);
      const workers = () => set.current.onTarget("api", appliers);
      await expect.poll(workers, { timeout: 20_000 }).toBe(0);
      await writesOn(set.current, "source");
      const behind = await run("run", "--resume");
      expect(behind.end.code, behind.end.err).toBe(5);
      expect(behind.stopped.step).toBe("copy-agrees");
      expect(behind.findings.map(({ code }) => code)).toContain("could-not-check-copy-behind");
      await expectNeverFrozen(behind.events);
      await fault("latency-never-zero", false);

      // Killed in the middle of it, it has left nothing behind that a resume could take for an answer.
      const words = ["run", "--resume", "--until", "copy-agrees"];
      const killed = set.current.start(words, plan);
      await killed.event((event) => event.type === "action-began" && event.step === "copy-agrees");
      killed.kill("SIGKILL");
      await killed.ended;
      const agreed = await run(...words);
      expect(agreed.end.code, agreed.end.err).toBe(0);
      const satisfied = agreed.events.find(
        (event) => event.type === "step-satisfied" && event.step === "copy-agrees",
      );
      expect(satisfied?.type === "step-satisfied" ? satisfied.because : "").toContain("agree");
      const finished = await run("run", "--resume");
      expect(finished.end.code, finished.end.err).toBe(0);
      const kept = finished.events.filter((event) => event.type === "step-kept");
      expect(kept.map(({ step }) => step)).toContain("copy-agrees");
      await writesOn(set.current, "target");
      expect((await set.current.story(finished.events)).missing).toBe(0);
    },
    runMs,
  );
});

/** Workers that apply changes: none while the subscription is disabled. */
async function appliers(client: { query(sql: string): Promise<{ rowCount: number | null }> }) {
  const { rowCount } = await client.query(
    "SELECT FROM pg_catalog.pg_stat_subscription WHERE pid IS NOT NULL",
  );
  return rowCount;
}

function unquoted(text: string): string {
  return text.replaceAll(/[\\"]/g, "");
}
