/**
 * What to make of Azure's migration: pure. Decides on `state`; the substate
 * `Completed` comes with success and failure alike.
 */
import { showDuration } from "../../core/duration.ts";
import type { Finding } from "../../core/finding.ts";
import type { StepContext } from "../../core/step.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import type { Migration } from "../../providers/azure/index.ts";
import { latestFact } from "../facts.ts";
import {
  attemptOf,
  batchesOf,
  filledByRun,
  migrationCreated,
  nameIn,
  type Batch,
} from "./batches.ts";
import * as findings from "./findings.ts";
import { progressOf } from "./progress.ts";
import type { StreamingSettings } from "./settings.ts";

export interface StreamingSeen {
  readonly databases: readonly string[];
  /** Every migration that the server knows, finished ones included. */
  readonly migrations: readonly Migration[];
  /** Databases of the source that lack the tool's marker table. */
  readonly withoutMarker: readonly string[];
  /** Tables in each existing target database; absent where the database does not exist. */
  readonly targetTables: ReadonlyMap<string, number>;
  /** Does every source database refuse writes by default? Asked in offline mode. */
  readonly frozen: boolean;
  /** Milliseconds since anything moved, by name of the migration. */
  readonly stillFor: ReadonlyMap<string, number>;
}

const endStates = new Set(["Succeeded", "Failed", "ValidationFailed", "Canceled"]);

/** A state that this version does not know counts as active: it is not known to have ended. */
export function isActive({ state }: Migration): boolean {
  return !endStates.has(state ?? "");
}

export function decideStreaming(
  seen: StreamingSeen,
  settings: StreamingSettings,
  context: StepContext,
): Verdict {
  const batches = batchesOf(context.run, seen.databases, context.notes);
  if (settings.mode === "online" && batches.length > 1)
    return blocked(findings.tooMany(seen.databases));
  if (settings.mode === "offline" && !seen.frozen) return blocked(findings.notFrozen());
  for (const batch of batches) {
    const migration = seen.migrations.find((known) => known.name === batch.name);
    const verdict =
      migration === undefined
        ? decideAbsent(batch, seen, settings, context)
        : decidePresent(migration, batch, seen, settings, context);
    if (verdict !== undefined) return verdict;
  }
  const warnings = seen.migrations
    .filter((known) => batches.some((batch) => batch.name === known.name))
    .flatMap(findings.validationFindings);
  return { is: "satisfied", because: settled(seen, batches, settings), warnings };
}

function settled(
  seen: StreamingSeen,
  batches: readonly Batch[],
  settings: StreamingSettings,
): string {
  if (settings.mode === "offline") return `Azure has copied ${seen.databases.join(", ")}`;
  const migration = seen.migrations.find((known) => known.name === batches[0]?.name);
  if (migration?.state === "Succeeded") return `Azure has carried ${seen.databases.join(", ")}`;
  const lags = (migration?.databases ?? []).map(
    (database) => `${database.name} ${database.latencySeconds} s behind`,
  );
  return `Azure follows the source and waits for the cut-over: ${lags.join(", ")}`;
}

function decideAbsent(
  batch: Batch,
  seen: StreamingSeen,
  settings: StreamingSettings,
  context: StepContext,
): Verdict {
  const other = seen.migrations.find((known) => isActive(known));
  if (other !== undefined) return blocked(findings.anotherActive(other));
  const foreign = batch.databases.filter(
    (name) => (seen.targetTables.get(name) ?? 0) > 0 && !filledByRun(context.notes).has(name),
  );
  if (foreign.length > 0) return blocked(findings.notEmpty(foreign, seen.targetTables));
  const noted = latestFact(context.notes, `seen ${batch.name}`);
  if (noted !== undefined) return blocked(findings.gone(batch.name));
  const create: Action = {
    id: `create-migration ${batch.name}`,
    summary: `Create Azure's ${settings.mode} migration ${batch.name} of ${batch.databases.join(", ")}`,
    touches: "Azure",
    data: { name: batch.name, databases: batch.databases },
  };
  if (seen.withoutMarker.length > 0) {
    const mark: Action = {
      id: "create-marker-tables",
      summary: `Create the table opensauced_migrate.marker in ${seen.withoutMarker.join(", ")} of the source, to prove later that the last write arrived`,
      touches: "source",
      data: { databases: seen.withoutMarker },
    };
    return { is: "unmet", because: "nothing carries the data yet", actions: [mark, create] };
  }
  return { is: "unmet", because: "nothing carries the data yet", actions: [create] };
}

/** Undefined when this migration is where the step wants it. */
function decidePresent(
  migration: Migration,
  batch: Batch,
  seen: StreamingSeen,
  settings: StreamingSettings,
  context: StepContext,
): Verdict | undefined {
  switch (migration.state) {
    case "Succeeded":
      return decideSucceeded(migration, batch, settings, context);
    case "Failed":
    case "ValidationFailed":
    case "Canceled":
      return decideFailed(migration, context);
    case "WaitingForUserAction":
      return decideWaiting(migration, seen, settings);
    default:
      return inProgress(migration, seen, settings);
  }
}

function decideSucceeded(
  migration: Migration,
  batch: Batch,
  settings: StreamingSettings,
  context: StepContext,
): Verdict | undefined {
  const uncarried = batch.databases.filter(
    (name) => migration.databases.find((database) => database.name === name)?.state !== "Succeeded",
  );
  if (uncarried.length > 0) {
    return blocked(findings.notCarried(migration, uncarried));
  }
  if (settings.mode === "offline") return undefined;
  if (latestFact(context.notes, `cutover-triggered ${migration.name}`) !== undefined) {
    return undefined;
  }
  return blocked(findings.cutOverByAnother(migration));
}

/** Told once; when the run is resumed after that, a new attempt is made. */
function decideFailed(migration: Migration, context: StepContext): Verdict {
  const created = context.notes.findLast(
    (note) => note.name === migrationCreated && nameIn(note.value) === migration.name,
  );
  const resumed = created !== undefined && context.stops.some((stop) => stop > created.at);
  if (!resumed) {
    const [first, ...rest] = findings.failureFindings(migration);
    return { is: "blocked", findings: [first, ...rest] };
  }
  const attempt = attemptOf(context.notes);
  return {
    is: "unmet",
    because: `migration ${migration.name} ended as ${migration.state}`,
    actions: [
      {
        id: `retire-attempt ${attempt}`,
        summary: `Give up attempt ${attempt} (${migration.name}, ${migration.state}) and begin another`,
        touches: "journal",
        data: { attempt },
      },
    ],
  };
}

function decideWaiting(
  migration: Migration,
  seen: StreamingSeen,
  settings: StreamingSettings,
): Verdict | undefined {
  const answer = answers[migration.subState ?? ""];
  if (answer !== undefined) {
    return {
      is: "unmet",
      because: `Azure waits: ${migration.subState}`,
      actions: [
        {
          id: `answer ${migration.name} ${migration.subState}`,
          summary: answer.summary,
          touches: "Azure",
          data: { name: migration.name, patch: answer.patch(migration) },
        },
      ],
    };
  }
  if (migration.subState !== "WaitingForCutoverTrigger") {
    return blocked(findings.unknownQuestion(migration));
  }
  const late = migration.databases.filter(
    (database) =>
      database.state !== "WaitingForCutoverTrigger" ||
      database.latencySeconds === undefined ||
      database.latencySeconds * 1000 > settings.maxLag,
  );
  if (late.length === 0 && migration.databases.length > 0) return undefined;
  const why = late.map((database) =>
    database.latencySeconds === undefined
      ? `the lag of ${database.name} could not be read (${database.state ?? "no state"})`
      : `${database.name} is ${database.latencySeconds} s behind`,
  );
  return waiting(
    migration,
    seen,
    settings,
    `${why.join(", ")}; the plan wants at most ${showDuration(settings.maxLag)}`,
  );
}

/** As JSON: an action carries it. */
type Patch = { readonly [field: string]: true | readonly string[] };

interface Answer {
  readonly summary: string;
  patch(migration: Migration): Patch;
}

/** What the service may ask on its way, and what this tool answers (REST 2025-08-01). */
const answers: { readonly [subState: string]: Answer | undefined } = {
  WaitingForTargetDBOverwriteConfirmation: {
    summary: "Let Azure replace the empty databases on the target",
    patch: () => ({ overwrite: true }),
  },
  WaitingForDBsToMigrateSpecification: {
    summary: "Tell Azure again which databases to migrate",
    patch: ({ databaseNames }) => ({ databases: databaseNames }),
  },
  WaitingForLogicalReplicationSetupRequestOnSourceDB: {
    summary: "Let Azure set up logical replication on the source",
    patch: () => ({ setupLogicalReplication: true }),
  },
  WaitingForDataMigrationScheduling: {
    summary: "Tell Azure to start now",
    patch: () => ({ startDataMigration: true }),
  },
  WaitingForDataMigrationWindow: {
    summary: "Tell Azure to start now",
    patch: () => ({ startDataMigration: true }),
  },
};

function inProgress(
  migration: Migration,
  seen: StreamingSeen,
  settings: StreamingSettings,
): Verdict {
  const words = [migration.state ?? "nothing of its state", migration.subState].filter(
    (word) => word !== undefined,
  );
  return waiting(migration, seen, settings, `Azure says ${words.join(" / ")}`);
}

function waiting(
  migration: Migration,
  seen: StreamingSeen,
  settings: StreamingSettings,
  reason: string,
): Verdict {
  const still = seen.stillFor.get(migration.name) ?? 0;
  if (still > settings.stall) return blocked(findings.stalled(migration, still));
  return { is: "waiting", for: "world", reason, progress: progressOf(migration) };
}

function blocked(finding: Finding): Verdict {
  return { is: "blocked", findings: [finding] };
}
