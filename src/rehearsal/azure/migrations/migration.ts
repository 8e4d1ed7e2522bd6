/**
 * One migration as the service knows it: the request, where it stands, and
 * what wakes it up. The walk changes it; the body renders it.
 */
import { randomUUID } from "node:crypto";
import { Condition } from "../condition.ts";
import type { FlexibleServer } from "../postgresql/flexible-server.ts";
import type { MigrationRequest } from "./migration-request.ts";

export type State =
  | "InProgress"
  | "WaitingForUserAction"
  | "Canceled"
  | "Failed"
  | "Succeeded"
  | "ValidationFailed"
  | "CleaningUp";

export type SubState =
  | "PerformingPreRequisiteSteps"
  | "WaitingForDBsToMigrateSpecification"
  | "WaitingForTargetDBOverwriteConfirmation"
  | "WaitingForDataMigrationScheduling"
  | "WaitingForDataMigrationWindow"
  | "MigratingData"
  | "WaitingForCutoverTrigger"
  | "CompletingMigration"
  | "Completed"
  | "CancelingRequestedDBMigrations"
  | "ValidationInProgress";

export type DatabaseState =
  | "InProgress"
  | "WaitingForCutoverTrigger"
  | "Failed"
  | "Canceled"
  | "Succeeded"
  | "Canceling";

/** What dbDetails says about one database. Counts are tables, not rows. */
export interface DatabaseDetail {
  readonly databaseName: string;
  readonly startedOn: Date;
  migrationState: DatabaseState;
  migrationOperation: string;
  endedOn: Date | undefined;
  fullLoadQueuedTables: number;
  fullLoadErroredTables: number;
  fullLoadLoadingTables: number;
  fullLoadCompletedTables: number;
  cdcInsertCounter: number;
  cdcUpdateCounter: number;
  cdcDeleteCounter: number;
  appliedChanges: number;
  incomingChanges: number;
  /** Whole seconds behind the source; undefined before the online phase. */
  latency: number | undefined;
  message: string | undefined;
}

export type Grade = "Succeeded" | "Warning" | "Failed";

export interface ValidationItem {
  readonly type: string;
  readonly state: Grade;
  readonly messages: readonly { readonly state: Grade; readonly message: string }[];
}

export interface ValidationDetails {
  readonly startedOn: Date;
  status: Grade | undefined;
  endedOn: Date | undefined;
  serverLevel: readonly ValidationItem[];
  databaseLevel: readonly {
    readonly databaseName: string;
    readonly startedOn: Date;
    readonly endedOn: Date;
    readonly summary: readonly ValidationItem[];
  }[];
}

export class Migration {
  readonly server: FlexibleServer;
  readonly name: string;
  readonly id = randomUUID();
  readonly createdOn = new Date();
  /** Wakes the walk after a PATCH. */
  readonly patched = new Condition();
  /** Aborted by a cancel and by the end of the stand-in. */
  readonly life = new AbortController();
  readonly databases = new Map<string, DatabaseDetail>();
  request: MigrationRequest;
  state: State = "InProgress";
  subState: SubState | undefined;
  error: string | undefined;
  validation: ValidationDetails | undefined;
  endedOn: Date | undefined;
  /** Major versions, once read. */
  sourceVersion: string | undefined;
  targetVersion: string | undefined;
  cancelRequested = false;
  /** How often it was looked at, for faults that alternate. */
  looks = 0;

  constructor(server: FlexibleServer, name: string, request: MigrationRequest) {
    this.server = server;
    this.name = name;
    this.request = request;
  }

  get active(): boolean {
    return this.endedOn === undefined;
  }

  move(state: State, subState: SubState): void {
    this.state = state;
    this.subState = subState;
  }

  end(state: "Succeeded" | "Failed" | "Canceled" | "ValidationFailed", error?: string): void {
    this.endedOn = new Date();
    this.error = error;
    this.move(state, "Completed");
  }
}

export function newDetail(databaseName: string): DatabaseDetail {
  return {
    databaseName,
    startedOn: new Date(),
    migrationState: "InProgress",
    migrationOperation: "Migrating",
    endedOn: undefined,
    fullLoadQueuedTables: 0,
    fullLoadErroredTables: 0,
    fullLoadLoadingTables: 0,
    fullLoadCompletedTables: 0,
    cdcInsertCounter: 0,
    cdcUpdateCounter: 0,
    cdcDeleteCounter: 0,
    appliedChanges: 0,
    incomingChanges: 0,
    latency: undefined,
    message: undefined,
  };
}
