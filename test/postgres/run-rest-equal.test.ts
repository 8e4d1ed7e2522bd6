/**
 * Whole runs in which `data-equal` has no time for contents: what it only
 * counted is compared once applications write to the target, in the held
 * snapshots, or by the manifest after a kill.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { TimedEvent } from "../../src/core/event.ts";
import type { Damage } from "../../src/rehearsal/azure/moving/damage.ts";
import { restTold } from "../../src/steps/data-equal/rest-sums.ts";
import type { Told } from "../../src/steps/rest-equal/told.ts";
import { type PlanStep, type TestStage, withStage, writesOn } from "../support/stage.ts";
import { whenWhole, whole } from "../support/whole.ts";

const runMs = 120_000;
const left = ["dns-ttl-lowered", "source-snapshotted", "copy-agrees"];

/** Counts only, so that whatever is wrong with contents is left to the last step. */
function shortOutage(at: TestStage, accept: readonly string[] = []): Promise<string> {
  return at.plan("short-outage", (steps: PlanStep[]) => [
    ...steps
      .filter(({ kind }) => !left.includes(kind))
      .map((step) =>
        step.kind === "data-equal" ? { ...step, within: "1ms", maxConnections: 4 } : step,
      ),
    { id: "rest-equal", kind: "rest-equal", accept },
  ]);
}

async function run(at: TestStage, plan: string, ...words: string[]) {
  const tool = at.start(words, plan);
  const end = await tool.ended;
  const stopped = tool.events.findLast((event) => event.type === "run-stopped");
  const findings = stopped?.type === "run-stopped" ? (stopped.findings ?? []) : [];
  return { end, stopped, findings, events: tool.events };
}

/** As the remedies give them to paste. */
const acceptable = (findings: readonly { readonly remedy?: string }[]) =>
  findings.flatMap(({ remedy }) => /accept: \['(.*?)'\]/.exec(remedy ?? "")?.[1] ?? []);

const endedActions = (events: readonly TimedEvent[]) =>
  events.flatMap((event) =>
    event.type === "action-ended" && event.step === "rest-equal" ? [event.action.id] : [],
  );

async function toldOf(at: TestStage, database: string): Promise<Told> {
  const entry = (await at.journal()).findLast(
    (each) => each.type === "note" && each.name === restTold(database),
  );
  if (entry?.type !== "note") throw new Error(`Nothing is noted of ${database}.`);
  return entry.value as unknown as Told;
}

describe.skipIf(!whole)(
  "a value that is wrong on the target when the outage ends",
  whenWhole,
  () => {
    const set = withStage({ pulumi: false, rows: 2000, writes: 200, faults: ["row-changed"] });

    test(
      "is found in the held snapshots once applications write, and undoes nothing",
      async () => {
        const at = set.current;
        const { end, stopped, findings, events } = await run(at, await shortOutage(at), "run");
        expect(end.code, end.err).toBe(3);
        expect(stopped).toMatchObject({ type: "run-stopped", step: "rest-equal" });
        const warned = events.flatMap((event) =>
          event.type === "warned" && event.step === "data-equal" ? event.findings : [],
        );
        expect(warned.map(({ code }) => code)).toContain("only-counted");

        const { damages } = await at.look();
        const [damage] = damages as readonly Damage[];
        if (damage === undefined) throw new Error("The stand-in changed nothing.");
        const found = findings.filter(({ severity }) => severity === "blocks");
        expect(found.map(({ code }) => code)).toEqual(["contents-differ"]);
        expect(found[0]?.message.replaceAll('"', "")).toContain(damage.object);
        expect(found[0]?.objects?.join()).toMatch(
          new RegExp(`changed in ${damage.column}: \\w+ = `),
        );
        expect(found[0]?.remedy).toContain("nothing is undone");
        expect(endedActions(events).toSorted()).toEqual([
          "compare-held api",
          "compare-held insights",
        ]);
        // The database without damage was equal in its snapshots.
        const other = damage.database === "api" ? "insights" : "api";
        expect(await toldOf(at, other)).toMatchObject({ open: [], found: [] });
        expect((await toldOf(at, other)).rows).toBeGreaterThan(0);
        await writesOn(at, "target");
      },
      runMs,
    );
  },
);

describe.skipIf(!whole)("a run that is killed before the rest is compared", whenWhole, () => {
  const set = withStage({ pulumi: false, rows: 2000, writes: 200 });
  let plan: string;

  beforeAll(async () => {
    plan = await shortOutage(set.current);
  });

  test(
    "goes by the manifest: equal but for rows that applications changed by then, which a person may accept",
    async () => {
      const at = set.current;
      const killed = at.start(["run"], plan);
      await killed.event((event) => event.type === "point-of-no-return");
      killed.kill("SIGKILL");
      await killed.ended;
      const { end, findings, events } = await run(at, plan, "run", "--resume");
      // The client updates rows of the freeze, and deletes some.
      expect(end.code, end.err).toBe(5);
      const unknown = acceptable(findings);
      expect(unknown).toContain('written-since-cutover "public"."rehearsal_writes"');
      expect(unknown.every((each) => each.startsWith("written-since-cutover "))).toBe(true);
      expect(endedActions(events).toSorted()).toEqual([
        "compare-since api",
        "compare-since insights",
      ]);
      expect(await toldOf(at, "insights")).toMatchObject({ open: [], found: [], manifest: true });
      expect((await toldOf(at, "api")).rows).toBeGreaterThan(0);
      await writesOn(at, "target");
      const accepting = await shortOutage(at, acceptable(findings));
      const resumed = await run(at, accepting, "run", "--resume");
      expect(resumed.end.code, resumed.end.err).toBe(0);
      // Only what could not be told is asked again.
      expect(endedActions(resumed.events)).toEqual(["compare-since api"]);
      expect((await at.story(resumed.events)).missing).toBe(0);
    },
    runMs,
  );
});
