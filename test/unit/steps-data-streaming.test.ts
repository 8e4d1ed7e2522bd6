/** Azure's migration, as it is seen, and what is made of it. */
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/core/json.ts";
import type { Note, StepContext } from "../../src/core/step.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import type { MigratingDatabase, Migration } from "../../src/providers/azure/index.ts";
import { attemptOf, batchesOf } from "../../src/steps/data-streaming/batches.ts";
import { decideStreaming, type StreamingSeen } from "../../src/steps/data-streaming/decide.ts";
import { settings, type StreamingSettings } from "../../src/steps/data-streaming/settings.ts";
import { decideWithdrawn } from "../../src/steps/data-streaming/undo.ts";
import { contextOf, findingsOf } from "../support/preflight.ts";

const none = { queued: undefined, loading: undefined, completed: undefined, errored: undefined };

function database(name: string, more: Partial<MigratingDatabase> = {}): MigratingDatabase {
  return {
    name,
    state: "WaitingForCutoverTrigger",
    operation: undefined,
    tables: none,
    changes: {
      inserts: undefined,
      updates: undefined,
      deletes: undefined,
      incoming: undefined,
      applied: undefined,
    },
    latencySeconds: 0,
    message: undefined,
    startedAt: undefined,
    endedAt: undefined,
    ...more,
  };
}

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
    databaseNames: ["api", "insights"],
    databases: [database("api"), database("insights")],
    validationState: undefined,
    validation: [],
    source: undefined,
    triggerCutover: false,
    startedAt: undefined,
    ...more,
  };
}

const empty: StreamingSeen = {
  databases: ["api", "insights"],
  migrations: [],
  withoutMarker: [],
  targetTables: new Map(),
  frozen: true,
  stillFor: new Map(),
  slots: [],
};

function noted(...values: readonly (readonly [string, Json])[]): Note[] {
  return values.map(([name, value], index) => ({
    step: "s",
    name,
    value,
    at: new Date(index).toISOString(),
  }));
}

const created = (name = "osmr1t1b1") =>
  ["migration-created", { name, databases: ["api", "insights"] }] as const;
const asked = (name = "osmr1t1b1") => [`cutover-triggered ${name}`, "now"] as const;
const frozen = [
  ["settings-before api", []],
  ["sessions-ended-up-to api", "1"],
] as const;
const thawed = ["thawed-sessions-up-to api", "2"] as const;

function decide(
  seen: Partial<StreamingSeen>,
  context: Partial<StepContext> = {},
  given: Partial<StreamingSettings> = {},
): Verdict {
  return decideStreaming(
    { ...empty, ...seen },
    { ...settings.parse({}), ...given },
    contextOf({ run: "r1", step: "data-streaming", ...context }),
  );
}

const own = (more: Partial<Migration>, context: Partial<StepContext> = {}) =>
  decide({ migrations: [migration(more)] }, context);
const firstAction = (verdict: Verdict) =>
  verdict.is === "unmet" ? verdict.actions[0].id : verdict.is;

describe("while there is no migration of this attempt", () => {
  it("makes the marker tables before the copy begins, then the migration, by its one name", () => {
    const verdict = decide({ withoutMarker: ["insights"] });
    expect(verdict).toMatchObject({
      is: "unmet",
      actions: [
        { id: "create-marker-tables", data: { databases: ["insights"] } },
        { id: "create-migration osmr1t1b1", data: { databases: ["api", "insights"] } },
      ],
    });
    expect(firstAction(decide({}))).toBe("create-migration osmr1t1b1");
  });

  it("replaces no table that this run did not put there", () => {
    const targetTables = new Map([["insights", 3]]);
    const verdict = decide({ targetTables });
    expect(codesOf(verdict)).toEqual(["target-database-not-empty"]);
    const notes = noted(created("osmr1t1b1"), ["migration-attempt-retired", 1]);
    expect(firstAction(decide({ targetTables }, { notes }))).toBe("create-migration osmr1t2b1");
  });

  it("never makes a second one for one that Azure has forgotten", () => {
    const notes = noted(created(), ["seen osmr1t1b1", "now"]);
    expect(codesOf(decide({}, { notes }))).toEqual(["migration-gone"]);
  });

  it.each(["InProgress", "WaitingForUserAction", "SomethingNew", "unknown"])(
    "makes none beside another's that is %s",
    (state) => {
      const other = migration({ name: "theirs", state });
      expect(codesOf(decide({ migrations: [other] }))).toEqual(["another-migration-active"]);
    },
  );

  it.each(["Succeeded", "Failed", "ValidationFailed", "Canceled"])(
    "is not kept by another's that is %s",
    (state) => {
      const other = migration({ name: "theirs", state });
      expect(firstAction(decide({ migrations: [other] }))).toBe("create-migration osmr1t1b1");
    },
  );
});

describe("while an attempt that was given up is still there", () => {
  const notes = noted(created(), asked(), ["migration-attempt-retired", 1]);
  const left = (more: Partial<Migration>, also: Note[] = []) =>
    own({ triggerCutover: true, ...more }, { notes: [...notes, ...also] });

  it("waits for its cut-over, which cannot be called back", () => {
    expect(left({ state: "InProgress", subState: "CompletingMigration" })).toMatchObject({
      is: "waiting",
      for: "world",
    });
  });

  it("cancels one that was never cut over, once", () => {
    expect(firstAction(left({ triggerCutover: false }))).toBe("cancel-migration osmr1t1b1");
    const cancelled = noted(["cancel-asked osmr1t1b1", "now"]);
    expect(left({ triggerCutover: false }, cancelled).is).toBe("waiting");
  });

  it("cancels an offline copy that still runs", () => {
    expect(firstAction(left({ mode: "Offline", state: "InProgress" }))).toBe(
      "cancel-migration osmr1t1b1",
    );
  });

  it("copies anew when it has ended", () => {
    expect(firstAction(left({ state: "Succeeded" }))).toBe("create-migration osmr1t2b1");
  });
});

describe("the lag before the freeze", () => {
  it("is fine when every database waits and is close enough", () => {
    expect(own({}).is).toBe("satisfied");
    expect(
      own({ databases: [database("api", { latencySeconds: 10 }), database("insights")] }).is,
    ).toBe("satisfied");
  });

  it.each<[string, readonly MigratingDatabase[], string]>([
    ["too long", [database("api", { latencySeconds: 11 }), database("insights")], "api is 11 s"],
    ["not told", [database("api", { latencySeconds: undefined }), database("insights")], "of api"],
    ["of a database that Azure leaves out", [database("api")], "of insights"],
    ["of none", [], "of api"],
    ["of one that still copies", [database("api", { state: "InProgress" })], "(InProgress)"],
  ])("%s: not yet", (_, databases, reason) => {
    expect(own({ databases })).toMatchObject({
      is: "waiting",
      reason: expect.stringContaining(reason) as string,
    });
  });
});

describe("what Azure may ask", () => {
  it.each([
    ["WaitingForTargetDBOverwriteConfirmation", { overwrite: true }],
    ["WaitingForDBsToMigrateSpecification", { databases: ["api", "insights"] }],
    ["WaitingForLogicalReplicationSetupRequestOnSourceDB", { setupLogicalReplication: true }],
    ["WaitingForDataMigrationScheduling", { startDataMigration: true }],
    ["WaitingForDataMigrationWindow", { startDataMigration: true }],
  ])("%s is answered", (subState, patch) => {
    expect(own({ subState })).toMatchObject({ is: "unmet", actions: [{ data: { patch } }] });
  });

  it.each(["WaitingForSomethingNew", undefined])("%s is a person's to answer", (subState) => {
    expect(codesOf(own({ subState }))).toEqual(["azure-waits-for-something-unknown"]);
  });
});

describe("a migration on its way", () => {
  it.each(["InProgress", "CleaningUp", "SomethingNew", "unknown"])("%s: waits", (state) => {
    // `Completed` comes with every end, and means none.
    expect(own({ state, subState: "Completed" }).is).toBe("waiting");
  });

  it("that stands still for too long blocks", () => {
    const seen = (ms: number) =>
      decide({
        migrations: [migration({ state: "InProgress" })],
        stillFor: new Map([["osmr1t1b1", ms]]),
      });
    expect(seen(15 * 60_000).is).toBe("waiting");
    expect(codesOf(seen(15 * 60_000 + 1))).toEqual(["copy-stalled"]);
  });
});

describe("a migration that ended badly", () => {
  const notes = noted(created());
  const failures = [
    ["Failed", "azure-migration-failed"],
    ["ValidationFailed", "azure-migration-failed"],
    ["Canceled", "azure-migration-failed"],
  ] as const;

  it.each(failures)("%s: is told first, and begun anew once resumed", (state, code) => {
    expect(codesOf(own({ state }, { notes }))).toContain(code);
    // Stopped before it was created, whatever a clock that was set back says of the moments.
    expect(codesOf(own({ state }, { notes, stops: [0] }))).toContain(code);
    const stops = [notes.length];
    expect(firstAction(own({ state }, { notes, stops }))).toBe("retire-attempt 1");
  });

  it("a success that does not name every database is told too, and begun anew", () => {
    const half = { state: "Succeeded", databases: [database("api", { state: "Succeeded" })] };
    expect(codesOf(own(half, { notes: noted(created(), asked()) }))).toEqual([
      "azure-database-not-carried",
    ]);
    const stops = [notes.length];
    expect(firstAction(own(half, { notes, stops }))).toBe("retire-attempt 1");
  });

  it("of two databases one that failed is named", () => {
    const databases = [database("api"), database("insights", { state: "Failed", message: "no" })];
    expect(codesOf(own({ state: "Failed", databases }, { notes }))).toEqual([
      "azure-migration-failed",
      "azure-database-failed",
    ]);
  });
});

describe("a migration that succeeded", () => {
  const done = {
    state: "Succeeded",
    subState: "Completed",
    databases: [
      database("api", { state: "Succeeded" }),
      database("insights", { state: "Succeeded" }),
    ],
  };

  it("is this run's when this run triggered it", () => {
    expect(own(done, { notes: noted(created(), ...frozen, asked()) }).is).toBe("satisfied");
  });

  it("is another's otherwise", () => {
    expect(codesOf(own(done, { notes: noted(created(), ...frozen) }))).toEqual([
      "cut-over-by-another",
    ]);
  });

  it.each([
    ["thawed", [thawed]],
    ["frozen anew over a thaw that nobody noted", [["settings-before api", []]]],
  ] as const)("is given up once the source was %s", (_, after) => {
    const notes = noted(created(), ...frozen, asked(), ...after);
    expect(firstAction(own(done, { notes }))).toBe("retire-attempt 1");
  });

  it("is given up while it completes, too", () => {
    const notes = noted(created(), ...frozen, asked(), thawed);
    const completing = { state: "InProgress", subState: "CompletingMigration" };
    expect(firstAction(own(completing, { notes }))).toBe("retire-attempt 1");
  });
});

describe("offline", () => {
  const offline = { mode: "offline" } as const;
  const done = migration({
    mode: "Offline",
    state: "Succeeded",
    databases: [
      database("api", { state: "Succeeded" }),
      database("insights", { state: "Succeeded" }),
    ],
  });

  it("copies a frozen source only", () => {
    expect(codesOf(decide({ frozen: false }, {}, offline))).toEqual([
      "offline-copy-of-writable-source",
    ]);
  });

  it("is satisfied with a copy of this freeze", () => {
    const notes = noted(...frozen, created());
    expect(decide({ migrations: [done] }, { notes }, offline).is).toBe("satisfied");
  });

  it("copies anew when the source took writes since", () => {
    const notes = noted(...frozen, created(), thawed, ...frozen);
    expect(firstAction(decide({ migrations: [done] }, { notes }, offline))).toBe(
      "retire-attempt 1",
    );
  });

  const nine = Array.from({ length: 9 }, (_, index) => `db${index}`);

  it("carries more than 8 databases one batch after the other", () => {
    const batches = batchesOf("r1", nine, []);
    expect(batches.map(({ name, databases }) => [name, databases.length])).toEqual([
      ["osmr1t1b1", 8],
      ["osmr1t1b2", 1],
    ]);
    const first = (state: string) =>
      migration({
        mode: "Offline",
        state,
        databases: nine.slice(0, 8).map((name) => database(name, { state: "Succeeded" })),
      });
    const look = (state: string) =>
      firstAction(decide({ databases: nine, migrations: [first(state)] }, {}, offline));
    expect(look("InProgress")).toBe("waiting");
    expect(look("Succeeded")).toBe("create-migration osmr1t1b2");
  });

  it("online, they are too many", () => {
    expect(codesOf(decide({ databases: nine }))).toEqual(["too-many-databases-online"]);
  });
});

it("counts attempts by those that were given up", () => {
  expect(attemptOf([])).toBe(1);
  expect(attemptOf(noted(["migration-attempt-retired", 1], ["migration-attempt-retired", 2]))).toBe(
    3,
  );
});

describe("taking the copy back", () => {
  const context = (notes: Note[] = []) => contextOf({ run: "r1", notes });
  const nothing = { own: [], left: [], markers: [], slots: [] };

  it("cancels first, waits, then drops", () => {
    const seen = { own: [migration()], left: ["api"], markers: ["api"], slots: [] };
    expect(firstAction(decideWithdrawn(seen, context()))).toBe("cancel-migration osmr1t1b1");
    const cancelled = noted(["cancel-asked osmr1t1b1", "now"]);
    expect(decideWithdrawn(seen, context(cancelled)).is).toBe("waiting");
    const ended = { ...seen, own: [migration({ state: "Canceled" })] };
    expect(firstAction(decideWithdrawn(ended, context()))).toBe("drop-target-database api");
    expect(firstAction(decideWithdrawn({ ...nothing, markers: ["api"] }, context()))).toBe(
      "drop-marker-table api",
    );
    expect(decideWithdrawn(nothing, context()).is).toBe("satisfied");
  });

  it("tells of slots that an attempt which failed has left", () => {
    const idle = { name: "azmig_0", plugin: "pgoutput", database: "api", active: false };
    const slots = [{ ...idle, temporary: false }];
    const verdict = decideWithdrawn({ ...nothing, slots }, context());
    expect(verdict.is).toBe("satisfied");
    expect(findingsOf(verdict)).toMatchObject([
      {
        code: "inactive-slots",
        severity: "warns",
        objects: ["azmig_0 (api)"],
        remedy: expect.stringContaining("pg_drop_replication_slot('azmig_0')") as string,
      },
    ]);
    const read = [{ ...idle, active: true, temporary: false }];
    expect(findingsOf(decideWithdrawn({ ...nothing, slots: read }, context()))).toEqual([]);
  });
});
