/** When the cut-over may be triggered, when it is complete, and what a thaw makes of it. */
import { describe, expect, it } from "vitest";
import type { StepContext } from "../../src/core/step.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import type { Migration } from "../../src/providers/azure/index.ts";
import {
  decideCutOver,
  decideRetired,
  decideStillThere,
  triggered,
  type CutOverSeen,
} from "../../src/steps/cutover-complete/decide.ts";
import { contextOf, findingsOf } from "../support/preflight.ts";

const codesOf = (verdict: Verdict) => findingsOf(verdict).map(({ code }) => code);

function migration(more: Partial<Migration> = {}): Migration {
  return {
    name: "osmr1t1b1",
    migrationId: "a-guid",
    state: "WaitingForUserAction",
    subState: "WaitingForCutoverTrigger",
    error: undefined,
    mode: "Online",
    option: "ValidateAndMigrate",
    databaseNames: ["api"],
    databases: [],
    validationState: undefined,
    validation: [],
    source: undefined,
    triggerCutover: false,
    startedAt: undefined,
    ...more,
  };
}

const database = { name: "api", marker: "m", written: true, arrived: true, present: true };
const ready: CutOverSeen = {
  attempt: 1,
  migrations: [migration()],
  frozen: true,
  databases: [database, { ...database, name: "insights" }],
};

function decide(seen: Partial<CutOverSeen>, context: Partial<StepContext> = {}) {
  return decideCutOver({ ...ready, ...seen }, contextOf({ run: "r1", ...context }));
}

const among = (more: Partial<typeof database>) => ({
  databases: [database, { ...database, name: "insights", ...more }],
});

describe("right before the point of no return", () => {
  const noted = (name: string) => ({ step: "cutover-complete", name, value: "", at: "" });
  const look = (arrived: boolean | undefined, notes = [noted(triggered("osmr1t1b1"))]) =>
    decideStillThere(
      [
        { name: "api", arrived: true },
        { name: "insights", arrived },
      ],
      contextOf({ notes }),
    );

  it.each([
    ["the marker there", true, [noted(triggered("m"))], []],
    ["no marker any more", false, [noted(triggered("m"))], ["target-changed-after-cutover"]],
    ["the database gone", undefined, [noted(triggered("m"))], ["target-changed-after-cutover"]],
    ["no marker, offline", false, [], []],
    ["the database gone, offline", undefined, [], ["target-changed-after-cutover"]],
  ])("with %s", (_, arrived, notes, codes) => {
    expect(codesOf(look(arrived, notes))).toEqual(codes);
  });
});

describe("before the cut-over", () => {
  it("nothing is triggered while the source takes writes, whatever Azure says", () => {
    for (const state of ["WaitingForUserAction", "Succeeded", "InProgress"]) {
      expect(codesOf(decide({ frozen: false, migrations: [migration({ state })] }))).toEqual([
        "source-not-frozen",
      ]);
    }
  });

  it("writes the marker only where it is missing", () => {
    expect(decide(among({ written: false, arrived: false }))).toMatchObject({
      is: "unmet",
      actions: [{ id: "write-markers", data: { databases: ["insights"] } }, {}],
    });
  });

  it("waits until it can be read on the target, of every database", () => {
    expect(decide(among({ arrived: false }))).toMatchObject({
      is: "waiting",
      reason: expect.stringContaining("insights") as string,
    });
  });

  it("then triggers", () => {
    expect(decide({})).toMatchObject({
      is: "unmet",
      actions: [{ id: "trigger-cutover osmr1t1b1", data: { name: "osmr1t1b1" } }],
    });
  });

  it("does not trigger twice what Azure has taken", () => {
    expect(decide({ migrations: [migration({ triggerCutover: true })] }).is).toBe("waiting");
  });
});

describe("after it", () => {
  const succeeded = { migrations: [migration({ state: "Succeeded", triggerCutover: true })] };

  it("is satisfied by the marker on the target", () => {
    expect(decide(succeeded).is).toBe("satisfied");
  });

  it.each([
    ["a marker that is missing", { arrived: false }, "last-write-missing-on-target"],
    ["no marker of this freeze", { written: false, arrived: false }, "cutover-before-freeze"],
    ["a database that is missing", { present: false }, "database-missing-on-target"],
  ])("is never satisfied by the state alone: %s", (_, more, code) => {
    expect(codesOf(decide({ ...succeeded, ...among(more) }))).toEqual([code]);
  });

  it("what came before this freeze has lost nothing", () => {
    const [finding] = findingsOf(
      decide({ ...succeeded, ...among({ written: false, arrived: false }) }),
    );
    expect(finding?.message).toContain("could not write its journal any more");
    expect(finding?.message).toContain("nothing is lost");
    expect(finding?.remedy).toContain("copies anew");
  });

  it.each(["InProgress", "CleaningUp", "SomethingNew", "unknown"])("waits while %s", (state) => {
    expect(decide({ migrations: [migration({ state })] }).is).toBe("waiting");
  });

  it.each(["Failed", "ValidationFailed", "Canceled"])("%s blocks", (state) => {
    expect(codesOf(decide({ migrations: [migration({ state })] }))).toContain(
      "azure-migration-failed",
    );
  });

  it("an unknown migration blocks", () => {
    expect(codesOf(decide({ migrations: [undefined] }))).toEqual(["migration-gone"]);
  });

  it("an offline copy needs no marker", () => {
    const offline = { migrations: [migration({ state: "Succeeded", mode: "Offline" })] };
    expect(decide({ ...offline, ...among({ arrived: false }) }).is).toBe("satisfied");
  });
});

describe("undone before the point of no return", () => {
  const retire = { is: "unmet", actions: [{ id: "retire-attempt 1", data: { attempt: 1 } }] };
  const asked = ["osmr1t1b1"];

  it.each<[string, readonly Migration[] | undefined]>([
    ["has ended", [migration({ state: "Succeeded", triggerCutover: true })]],
    ["goes on", [migration({ state: "InProgress", triggerCutover: true })]],
    ["was taken, and has not begun", [migration({ triggerCutover: true })]],
    ["is not known to Azure", []],
    ["cannot be asked about", undefined],
  ])("a migration whose cut-over %s is given up", (_, migrations) => {
    expect(decideRetired({ attempt: 1, asked, migrations })).toMatchObject(retire);
  });

  it("one whose cut-over Azure never took goes on copying", () => {
    expect(decideRetired({ attempt: 1, asked, migrations: [migration()] }).is).toBe("satisfied");
  });

  it("nothing is given up when nothing was triggered", () => {
    for (const migrations of [undefined, [], [migration()]]) {
      expect(decideRetired({ attempt: 1, asked: [], migrations }).is).toBe("satisfied");
    }
  });
});
