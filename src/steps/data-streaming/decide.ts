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
import type { Slot } from "../inactive-slots.ts";
import { reopenedAfter } from "../source-frozen/moments.ts";
import { answers } from "./answers.ts";
import {
  attemptOf,
  batchesOf,
  filledByRun,
  migrationCreated,
  nameIn,
  type Batch,
} from "./batches.ts";
import * as findings from "./findings.ts";
import { awaitCutOver, endMigration, isActive, isOfRun } from "./leftover.ts";
import { progressOf } from "./progress.ts";
import type { StreamingSettings } from "./settings.ts";
import { slotsLeft } from "./slots.ts";

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
  /** Of the source, where an earlier attempt was given up. */
  readonly slots: readonly Slot[];
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
  return {
    is: "satisfied",
    because: settled(seen, batches, settings),
    warnings: [...warnings, ...slotsLeft(seen.slots)],
  };
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
  if (other !== undefined) {
    if (!isOfRun(other, context.run)) return blocked(findings.anotherActive(other));
    return awaitCutOver(other) ?? endMigration(other, context);
  }
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
  if (isStale(migration, batch, settings, context)) return staleCopy(migration, context);
  switch (migration.state) {
    case "Succeeded":
      return decideSucceeded(migration, batch, settings, context);
    case "Failed":
    case "ValidationFailed":
    case "Canceled":
      return decideFailed(migration, context);
    case "WaitingForUserAction":
      return decideWaiting(migration, batch, seen, settings);
    default:
      return inProgress(migration, seen, settings);
  }
}

/**
 * From its cut-over on, and offline from its beginning, a migration carries
 * only what was written before: once the source took writes again, it can
 * never be equal.
 */
function isStale(
  migration: Migration,
  batch: Batch,
  { mode }: StreamingSettings,
  { notes }: StepContext,
): boolean {
  const last = notes.findLast(({ name, value }) =>
    mode === "online"
      ? name === `cutover-triggered ${migration.name}`
      : name === migrationCreated && nameIn(value) === migration.name,
  );
  return last !== undefined && batch.databases.some((name) => reopenedAfter(notes, name, last));
}

function staleCopy(migration: Migration, context: StepContext): Verdict {
  const because = `the source was thawed since ${migration.name} stopped following it`;
  return retire(migration, because, context);
}

function retire(migration: Migration, because: string, context: StepContext): Verdict {
  const attempt = attemptOf(context.notes);
  return {
    is: "unmet",
    because,
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
    if (!isTold(migration, context)) return blocked(findings.notCarried(migration, uncarried));
    return retire(migration, `${migration.name} did not carry ${uncarried.join(", ")}`, context);
  }
  if (settings.mode === "offline") return undefined;
  if (latestFact(context.notes, `cutover-triggered ${migration.name}`) !== undefined) {
    return undefined;
  }
  return blocked(findings.cutOverByAnother(migration));
}

/** Has a run stopped over this migration's end? When it is resumed after that, a new attempt is made. */
function isTold(migration: Migration, context: StepContext): boolean {
  const created = context.notes.findLastIndex(
    (note) => note.name === migrationCreated && nameIn(note.value) === migration.name,
  );
  return created !== -1 && context.stops.some((notes) => notes > created);
}

function decideFailed(migration: Migration, context: StepContext): Verdict {
  if (!isTold(migration, context)) {
    const [first, ...rest] = findings.failureFindings(migration);
    return { is: "blocked", findings: [first, ...rest] };
  }
  return retire(migration, `migration ${migration.name} ended as ${migration.state}`, context);
}

function decideWaiting(
  migration: Migration,
  batch: Batch,
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
  const why = batch.databases.flatMap((name) => {
    const database = migration.databases.find((known) => known.name === name);
    const lag = database?.latencySeconds;
    if (database?.state !== "WaitingForCutoverTrigger" || lag === undefined) {
      return [`the lag of ${name} could not be read (${database?.state ?? "no state"})`];
    }
    return lag * 1000 > settings.maxLag ? [`${name} is ${lag} s behind`] : [];
  });
  if (why.length === 0) return undefined;
  return waiting(
    migration,
    seen,
    settings,
    `${why.join(", ")}; the plan wants at most ${showDuration(settings.maxLag)}`,
  );
}

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
