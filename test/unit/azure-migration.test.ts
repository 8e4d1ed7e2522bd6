import { describe, expect, it } from "vitest";
import { UnreadableError } from "../../src/core/errors.ts";
import { readMigration } from "../../src/providers/azure/index.ts";

/** The shape that the live service answers to a PUT (azure-cli recording of 2026-01-07). */
const created = {
  properties: {
    migrationId: "094b1c2d-0000-4000-8000-000000000001",
    currentStatus: { state: "InProgress" },
    migrationMode: "Offline",
    sourceDbServerResourceId: "20.66.25.58:5432@postgres",
    dbsToMigrate: ["postgres"],
    overwriteDbsInTarget: "True",
    migrationWindowStartTimeInUtc: "2026-01-07T03:30:28.5787679Z",
    triggerCutover: "True",
    migrationOption: "Validate",
    sourceType: "OnPremises",
    sslMode: "Prefer",
  },
  location: "eastus2euap",
  name: "m1",
};

function withStatus(currentStatus: unknown) {
  return readMigration({ ...created, properties: { ...created.properties, currentStatus } });
}

describe("readMigration", () => {
  it("reads what a PUT answers: no substate, no databases yet", () => {
    expect(readMigration(created)).toMatchObject({
      name: "m1",
      migrationId: "094b1c2d-0000-4000-8000-000000000001",
      state: "InProgress",
      subState: undefined,
      error: undefined,
      mode: "Offline",
      option: "Validate",
      databaseNames: ["postgres"],
      databases: [],
      validation: [],
      source: "20.66.25.58:5432@postgres",
      triggerCutover: true,
      startedAt: "2026-01-07T03:30:28.5787679Z",
    });
  });

  it("a failure keeps its text; the substate Completed says nothing", () => {
    expect(
      withStatus({
        state: "Failed",
        error: "S0004: Failed to fetch",
        currentSubStateDetails: { currentSubState: "Completed", dbDetails: {} },
      }),
    ).toMatchObject({
      state: "Failed",
      subState: "Completed",
      error: "S0004: Failed to fetch",
    });
    expect(withStatus({ state: "Succeeded", error: "" }).error).toBeUndefined();
  });

  it("a figure that is absent, null or no number is undefined and never 0", () => {
    const dbDetails = {
      a: { fullLoadCompletedTables: 0, latency: null, cdcInsertCounter: "7" },
      b: {},
    };
    const { databases } = withStatus({
      state: "InProgress",
      currentSubStateDetails: { dbDetails },
    });
    expect(databases.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(databases[0]).toMatchObject({
      state: undefined,
      latencySeconds: undefined,
      tables: { completed: 0, queued: undefined },
      changes: { inserts: undefined },
    });
    expect(databases[1]?.tables).toEqual({
      queued: undefined,
      loading: undefined,
      completed: undefined,
      errored: undefined,
    });
  });

  it("a state nobody has heard of stays as it is", () => {
    expect(
      withStatus({
        state: "Meditating",
        currentSubStateDetails: {
          currentSubState: "BreathingIn",
          dbDetails: { a: { migrationState: "Floating" } },
        },
      }),
    ).toMatchObject({
      state: "Meditating",
      subState: "BreathingIn",
      databases: [{ state: "Floating" }],
    });
    expect(withStatus(undefined).state).toBe("unknown");
  });

  it("validation comes by server and by database, messages absent where all is well", () => {
    const { validation, validationState } = withStatus({
      state: "ValidationFailed",
      currentSubStateDetails: {
        validationDetails: {
          status: "Failed",
          serverLevelValidationDetails: [{ type: "SourceVersionValidation", state: "Succeeded" }],
          dbLevelValidationDetails: [
            {
              databaseName: "api",
              summary: [
                {
                  type: "ExtensionsValidation",
                  state: "Failed",
                  messages: [{ state: "Failed", message: "603405" }, { state: "Failed" }],
                },
              ],
            },
            { databaseName: "old" },
          ],
        },
      },
    });
    expect(validationState).toBe("Failed");
    expect(validation).toEqual([
      { database: undefined, type: "SourceVersionValidation", state: "Succeeded", messages: [] },
      {
        database: "api",
        type: "ExtensionsValidation",
        state: "Failed",
        messages: [{ state: "Failed", message: "603405" }],
      },
    ]);
  });

  it.each([
    undefined,
    {},
    { name: "m1" },
    "text",
    { name: "m1", properties: { dbsToMigrate: "api" } },
  ])("%j is no migration", (raw) => {
    expect(() => readMigration(raw)).toThrow(UnreadableError);
  });
});
