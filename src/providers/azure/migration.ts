/**
 * What Azure says about one migration, read from the raw body. Pure. States
 * stay the service's own words; a counter that is absent is undefined, never 0.
 */
import { z } from "zod";
import { redact, type Secret } from "../../core/secret.ts";
import { figure, flag, readShape, text } from "./shape.ts";

/** Counts of tables; never rows or bytes, and no percentage. */
export interface TableCounters {
  readonly queued: number | undefined;
  readonly loading: number | undefined;
  readonly completed: number | undefined;
  readonly errored: number | undefined;
}

/** Counts of changes in the online phase. */
export interface ChangeCounters {
  readonly inserts: number | undefined;
  readonly updates: number | undefined;
  readonly deletes: number | undefined;
  readonly incoming: number | undefined;
  readonly applied: number | undefined;
}

export interface MigratingDatabase {
  readonly name: string;
  /** `InProgress`, `WaitingForCutoverTrigger`, `Failed`, `Canceled`, `Succeeded`, `Canceling`, or newer. */
  readonly state: string | undefined;
  readonly operation: string | undefined;
  readonly tables: TableCounters;
  readonly changes: ChangeCounters;
  /** Seconds behind the source, in the online phase only. */
  readonly latencySeconds: number | undefined;
  readonly message: string | undefined;
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
}

export interface ValidationMessage {
  readonly state: string | undefined;
  readonly message: string;
}

export interface Validation {
  /** Undefined for the server as a whole. */
  readonly database: string | undefined;
  /** `ExtensionsValidation`, `ServerParametersValidation`. */
  readonly type: string;
  /** `Failed`, `Succeeded`, `Warning`, or newer; undefined when not told. */
  readonly state: string | undefined;
  readonly messages: readonly ValidationMessage[];
}

export interface Migration {
  readonly name: string;
  /** The GUID that Microsoft's support asks for. */
  readonly migrationId: string | undefined;
  /** Decide on this alone: `Completed` is the substate of failures too. `unknown` when Azure did not say. */
  readonly state: string;
  readonly subState: string | undefined;
  readonly error: string | undefined;
  /** `Online`, `Offline`. */
  readonly mode: string | undefined;
  /** `Validate`, `Migrate`, `ValidateAndMigrate`: a succeeded `Validate` has moved nothing. */
  readonly option: string | undefined;
  /** What was asked for; `databases` is what the service reports on, and empty at first. */
  readonly databaseNames: readonly string[];
  readonly databases: readonly MigratingDatabase[];
  readonly validationState: string | undefined;
  readonly validation: readonly Validation[];
  /** `host:port@user`. */
  readonly source: string | undefined;
  readonly triggerCutover: boolean | undefined;
  readonly startedAt: string | undefined;
}

const messages = z
  .array(z.object({ state: text, message: text }))
  .nullish()
  .transform((list) =>
    (list ?? []).flatMap(({ state, message }) =>
      message === undefined ? [] : [{ state, message }],
    ),
  );

const summaries = z
  .array(z.object({ type: z.string(), state: text, messages }))
  .nullish()
  .transform((list) => list ?? []);

const databaseDetails = z.object({
  databaseName: text,
  migrationState: text,
  migrationOperation: text,
  fullLoadQueuedTables: figure,
  fullLoadLoadingTables: figure,
  fullLoadCompletedTables: figure,
  fullLoadErroredTables: figure,
  cdcInsertCounter: figure,
  cdcUpdateCounter: figure,
  cdcDeleteCounter: figure,
  incomingChanges: figure,
  appliedChanges: figure,
  latency: figure,
  message: text,
  startedOn: text,
  endedOn: text,
});

const validationDetails = z.object({
  status: text,
  serverLevelValidationDetails: summaries,
  dbLevelValidationDetails: z
    .array(z.object({ databaseName: text, summary: summaries }))
    .nullish()
    .transform((list) => list ?? []),
});

const migration = z.object({
  name: z.string(),
  properties: z.object({
    migrationId: text,
    migrationMode: text,
    migrationOption: text,
    dbsToMigrate: z.array(z.string()).nullish(),
    sourceDbServerResourceId: text,
    triggerCutover: z.union([text, flag]),
    migrationWindowStartTimeInUtc: text,
    currentStatus: z
      .object({
        state: text,
        error: text,
        currentSubStateDetails: z
          .object({
            currentSubState: text,
            dbDetails: z.record(z.string(), databaseDetails).nullish(),
            validationDetails: validationDetails.nullish(),
          })
          .nullish(),
      })
      .nullish(),
  }),
});

function readDatabase(key: string, details: z.infer<typeof databaseDetails>): MigratingDatabase {
  return {
    name: details.databaseName ?? key,
    state: details.migrationState,
    operation: details.migrationOperation,
    tables: {
      queued: details.fullLoadQueuedTables,
      loading: details.fullLoadLoadingTables,
      completed: details.fullLoadCompletedTables,
      errored: details.fullLoadErroredTables,
    },
    changes: {
      inserts: details.cdcInsertCounter,
      updates: details.cdcUpdateCounter,
      deletes: details.cdcDeleteCounter,
      incoming: details.incomingChanges,
      applied: details.appliedChanges,
    },
    latencySeconds: details.latency,
    message: details.message,
    startedAt: details.startedOn,
    endedAt: details.endedOn,
  };
}

function readValidation(details: z.infer<typeof validationDetails>): Validation[] {
  return [
    ...details.serverLevelValidationDetails.map((item) => ({ database: undefined, ...item })),
    ...details.dbLevelValidationDetails.flatMap(({ databaseName, summary }) =>
      summary.map((item) => ({ database: databaseName, ...item })),
    ),
  ];
}

function readFlag(value: string | boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : String(value).toLowerCase() === "true";
}

/** A migration whose texts for people are redacted; what the tool decides on stays as it was. */
export function withoutSecrets(migration: Migration, secrets: readonly Secret[]): Migration {
  const clean = (text: string | undefined) =>
    text === undefined ? undefined : redact(text, secrets);
  return {
    ...migration,
    error: clean(migration.error),
    databases: migration.databases.map((database) => ({
      ...database,
      message: clean(database.message),
    })),
    validation: migration.validation.map((part) => ({
      ...part,
      messages: part.messages.map(({ state, message }) => ({
        state,
        message: redact(message, secrets),
      })),
    })),
  };
}

/** Throws UnreadableError when the body is not a migration at all. */
export function readMigration(raw: unknown): Migration {
  const { name, properties } = readShape(migration, raw, "a migration");
  const details = properties.currentStatus?.currentSubStateDetails;
  const validation = details?.validationDetails ?? undefined;
  return {
    name,
    migrationId: properties.migrationId,
    state: properties.currentStatus?.state ?? "unknown",
    subState: details?.currentSubState,
    error: properties.currentStatus?.error,
    mode: properties.migrationMode,
    option: properties.migrationOption,
    databaseNames: properties.dbsToMigrate ?? [],
    databases: Object.entries(details?.dbDetails ?? {}).map(([key, value]) =>
      readDatabase(key, value),
    ),
    validationState: validation?.status,
    validation: validation === undefined ? [] : readValidation(validation),
    source: properties.sourceDbServerResourceId,
    triggerCutover: readFlag(properties.triggerCutover),
    startedAt: properties.migrationWindowStartTimeInUtc,
  };
}
