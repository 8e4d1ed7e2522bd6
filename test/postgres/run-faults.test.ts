/**
 * Runs that meet one fault after the other: each stops them with words that
 * name what is wrong, each leaves the source writable and the application
 * writing there, and when the fault is gone the same run goes on. What hangs
 * is met with short deadlines, which are taken back with that run; the second
 * one has the plan's own, and comes to its end.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { TimedEvent } from "../../src/core/event.ts";
import type { Finding } from "../../src/core/finding.ts";
import type { Damage } from "../../src/rehearsal/azure/moving/damage.ts";
import type { Ended } from "../support/program.ts";
import { type PlanStep, requests, withStage, writesOn } from "../support/stage.ts";

const runMs = 180_000;

interface Met {
  readonly end: Ended;
  readonly stopped: Extract<TimedEvent, { type: "run-stopped" }>;
  readonly codes: readonly string[];
  readonly finding: (code: string) => Finding;
}

describe("a run that meets a fault", () => {
  const set = withStage({ pulumi: false, rows: 5_000, writes: 50 });
  const events: TimedEvent[] = [];
  let plan: string;

  const short = (steps: PlanStep[]): PlanStep[] =>
    steps.filter(
      // A stream that stands still is `copy-agrees`'s to find, where there is one.
      ({ kind }) => !["dns-ttl-lowered", "source-snapshotted", "copy-agrees"].includes(kind),
    );

  beforeAll(async () => {
    plan = await set.current.plan("hanging", (steps) =>
      short(steps).map((step) => {
        if (step.kind === "data-streaming") return { ...step, stall: "8s", deadline: "30s" };
        return step.kind === "cutover-complete" ? { ...step, deadline: "10s" } : step;
      }),
    );
  });

  /** Runs with the fault on, and makes sure of what every stop owes. */
  async function meets(fault: string | undefined, ...words: string[]): Promise<Met> {
    if (fault !== undefined) await set.current.stage.cloud.fault(fault, true);
    const tool = set.current.start(["run", ...words], plan);
    const end = await tool.ended;
    events.push(...tool.events);
    const stopped = tool.events.findLast((event) => event.type === "run-stopped");
    if (stopped?.type !== "run-stopped") throw new Error(`It did not say how it ended: ${end.err}`);
    expect(stopped.pastPointOfNoReturn, end.err).toBe(false);
    expect(stopped.meaning).toContain("writable");
    expect(stopped.remedy).toMatch(/run --resume|undo/);
    await writesOn(set.current, "source");
    const findings = stopped.findings ?? [];
    return {
      end,
      stopped,
      codes: findings.filter(({ severity }) => severity === "blocks").map(({ code }) => code),
      finding: (code) => {
        const found = findings.find((each) => each.code === code);
        if (found === undefined) throw new Error(`No finding ${code}: ${end.err}`);
        return found;
      },
    };
  }

  const off = (fault: string) => set.current.stage.cloud.fault(fault, false);

  async function damageOf(fault: string): Promise<Damage> {
    const { damages } = await set.current.look();
    const done = (damages as readonly Damage[]).findLast((damage) => damage.fault === fault);
    if (done === undefined) throw new Error(`The stand-in did no ${fault}.`);
    return done;
  }

  test(
    "validation-fails: Azure's own words",
    async () => {
      const { end, finding } = await meets("validation-fails");
      expect(end.code).toBe(3);
      expect(finding("azure-migration-failed").message).toContain("ValidationFailed");
      expect(finding("azure-validation-failed").message).not.toContain("no message given");
      await off("validation-fails");
    },
    runMs,
  );

  test(
    "copy-stuck: a copy that stands still is noticed",
    async () => {
      const { end, codes, finding } = await meets("copy-stuck", "--resume");
      expect(end.code).toBe(3);
      expect(codes).toEqual(["copy-stalled"]);
      expect(finding("copy-stalled").message).toContain("MigratingData");
      await off("copy-stuck");
    },
    runMs,
  );

  test(
    "latency-never-zero: no cut-over without the last write",
    async () => {
      const { end, stopped } = await meets("latency-never-zero", "--resume");
      expect(end.code).toBe(1);
      expect(["data-streaming", "cutover-complete"]).toContain(stopped.step);
      expect(stopped.message).toMatch(/behind|has not arrived/);
      const { azure } = await set.current.look();
      expect(requests(azure, "PATCH", /\/migrations\//)).toEqual([]);
      await off("latency-never-zero");
    },
    runMs,
  );

  test(
    "cutover-hangs: the freeze does not outlast its deadline, and what hangs is named",
    async () => {
      const { end, stopped } = await meets("cutover-hangs", "--resume");
      expect(end.code).toBe(1);
      expect(stopped.step).toBe("cutover-complete");
      expect(stopped.message).toContain("CompletingMigration");
      // A resume would wait until Azure has ended it: no second copy begins beside it.
      await off("cutover-hangs");
      await expect
        .poll(async () => (await set.current.look()).migrations.at(-1)?.state, { timeout: 30_000 })
        .toBe("Succeeded");
      const undo = await set.current.tool(["undo"], plan);
      expect(undo.code, undo.err).toBe(0);
      plan = await set.current.plan("damaged", short);
    },
    runMs,
  );

  test(
    "success-with-database-missing: success is proven on the target",
    async () => {
      const { end, finding } = await meets("success-with-database-missing");
      expect(end.code).toBe(3);
      expect(finding("database-missing-on-target").message).toContain("insights");
      await off("success-with-database-missing");
    },
    runMs,
  );

  test(
    "success-with-database-invalid: what a broken DROP DATABASE left is no database, and is made anew",
    async () => {
      const { end, finding } = await meets("success-with-database-invalid", "--resume");
      expect(end.code, end.err).toBe(3);
      expect(finding("database-missing-on-target").message).toContain("insights");
      await off("success-with-database-invalid");
      const plain = await set.current.tool(["plan"], plan);
      expect(plain.out).toContain("Drop what a DROP DATABASE that did not end has left");
    },
    runMs,
  );

  test(
    "row-lost: the table and the key are named",
    async () => {
      const { end, finding } = await meets("row-lost", "--resume");
      expect(end.code).toBe(3);
      const { object, database } = await damageOf("row-lost");
      const found = finding("row-count-differs");
      expect(found.message).toContain(database);
      expect(unquoted(found.message)).toContain(unquoted(object));
      expect(found.objects?.[0]).toBe("1 row missing on the target");
      expect(found.objects?.[1]).toMatch(/^missing: \w+ = /);
    },
    runMs,
  );

  test(
    "row-changed: the table, the key and the column are named",
    async () => {
      const { end, finding } = await meets("row-changed", "--resume");
      expect(end.code).toBe(3);
      const { object, column } = await damageOf("row-changed");
      const found = finding("contents-differ");
      expect(unquoted(found.message)).toContain(unquoted(object));
      expect(found.objects?.[0]).toBe("1 row changed");
      expect(found.objects?.[1]).toMatch(new RegExp(`^changed in ${column}: \\w+ = `));
    },
    runMs,
  );

  test(
    "sequence-behind: the sequence that cannot be set right is named",
    async () => {
      const { end, stopped } = await meets("sequence-behind", "--resume");
      // By whom depends on whether it fell back before the step looked again.
      expect(["sequences-advanced", "data-equal"]).toContain(stopped.step);
      expect(end.code).toBe(stopped.step === "data-equal" ? 3 : 1);
      await off("sequence-behind");
      const { object } = await damageOf("sequence-behind");
      const named = `${stopped.message} ${JSON.stringify(stopped.findings ?? [])}`;
      expect(unquoted(named)).toContain(unquoted(object));
    },
    runMs,
  );

  test(
    "sequence-set-back: repaired, named, and the run comes to its end with nothing lost",
    async () => {
      await set.current.stage.cloud.fault("sequence-set-back", true);
      const tool = set.current.start(["run", "--resume"], plan);
      const end = await tool.ended;
      events.push(...tool.events);
      expect(end.code, end.err).toBe(0);
      const { object } = await damageOf("sequence-set-back");
      const repaired = tool.events.find(
        (event) => event.type === "action-ended" && event.step === "sequences-advanced",
      );
      expect(repaired?.type === "action-ended" ? unquoted(repaired.action.summary) : "").toContain(
        unquoted(object),
      );
      await writesOn(set.current, "target");
      const { migrations, azure } = await set.current.look();
      expect(requests(azure, "PUT", /\/migrations\//)).toHaveLength(migrations.length);
      const story = await set.current.story(events);
      expect(story.missing).toBe(0);
    },
    runMs,
  );
});

function unquoted(text: string): string {
  return text.replaceAll(/[\\"]/g, "");
}
