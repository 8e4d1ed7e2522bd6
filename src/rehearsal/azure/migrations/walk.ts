/**
 * A migration from its PUT to its end: the states and substates of the
 * service in their order, with the real work done in between. Hangs on
 * nothing but the migration itself: no client need be connected.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Damage, damage } from "../moving/damage.ts";
import { type Job, MigrationFailure, type MoverParts, prepareJob } from "../moving/job.ts";
import { MovedDatabase } from "../moving/moved-database.ts";
import { replicationNames } from "../moving/names.ts";
import { dropDatabase, existingDatabases, leaveInvalid } from "../moving/target-database.ts";
import { validate } from "../validation/validation.ts";
import { type Migration, newDetail } from "./migration.ts";

export interface WalkParts extends MoverParts {
  /** Another migration of the same server that was there first and is active. */
  activeBefore(migration: Migration): boolean;
  damaged(done: readonly Damage[]): void;
}

function supportFailure(migration: Migration): MigrationFailure {
  return new MigrationFailure(
    `DB002: Migration failed. Please reference MigrationId ${migration.id} when contacting Microsoft customer support.`,
  );
}

/** Waits in WaitingForUserAction until a PATCH makes `ready` true. */
async function waitForUser(
  migration: Migration,
  subState: Parameters<Migration["move"]>[1],
  ready: () => boolean,
): Promise<void> {
  if (ready()) return;
  migration.move("WaitingForUserAction", subState);
  await migration.patched.until(ready, migration.life.signal);
}

async function prerequisites(migration: Migration, parts: WalkParts): Promise<void> {
  const { signal } = migration.life;
  await sleep(parts.timings.acceptedMs, undefined, { signal });
  migration.move("InProgress", "PerformingPreRequisiteSteps");
  await sleep(parts.timings.prerequisitesMs, undefined, { signal });
  // The PUT was accepted all the same; the live service was seen to do so.
  if (
    parts.activeBefore(migration) ||
    parts.faults.isOn("second-active-migration") ||
    parts.faults.isOn("high-availability-on") ||
    migration.server.highAvailability.mode !== "Disabled"
  ) {
    throw supportFailure(migration);
  }
  await waitForUser(
    migration,
    "WaitingForDBsToMigrateSpecification",
    () => (migration.request.properties.dbsToMigrate ?? []).length > 0,
  );
}

/** Undefined: the validation ended the migration. */
async function validated(migration: Migration, parts: WalkParts): Promise<Job | undefined> {
  const job = await prepareJob(migration, parts);
  if (migration.request.properties.migrationOption === "Migrate") return job;
  migration.move("InProgress", "ValidationInProgress");
  await Promise.all([
    validate(migration, job, parts.faults),
    sleep(parts.timings.validationMs, undefined, { signal: job.signal }),
  ]);
  if (migration.validation?.status === "Failed") {
    migration.end("ValidationFailed");
    return undefined;
  }
  if (migration.request.properties.migrationOption === "Validate") {
    migration.end("Succeeded");
    return undefined;
  }
  return job;
}

async function overwriteAgreed(migration: Migration, job: Job, parts: WalkParts): Promise<void> {
  const windowStart = Date.parse(migration.request.properties.migrationWindowStartTimeInUtc ?? "");
  if (windowStart > Date.now() + 1000) {
    migration.move("InProgress", "WaitingForDataMigrationWindow");
    const starts = (): boolean => migration.request.properties.startDataMigration === "True";
    await Promise.race([
      migration.patched.until(starts, job.signal),
      sleep(windowStart - Date.now(), undefined, { signal: job.signal }),
    ]);
  }
  const existing = await existingDatabases(job.superuser, job.databases);
  const agreed = (): boolean => migration.request.properties.overwriteDbsInTarget === "True";
  if (existing.length === 0 || agreed()) return;
  if (!parts.faults.isOn("waits-for-overwrite")) {
    throw new MigrationFailure(
      `603101: The databases ${existing.join(", ")} exist on the target server. Set overwriteDbsInTarget to True.`,
    );
  }
  await waitForUser(migration, "WaitingForTargetDBOverwriteConfirmation", agreed);
}

async function startAgreed(migration: Migration, parts: WalkParts): Promise<void> {
  if (!parts.faults.isOn("waits-for-start")) return;
  const starts = (): boolean => migration.request.properties.startDataMigration === "True";
  await waitForUser(migration, "WaitingForDataMigrationScheduling", starts);
}

/** The databases that the latest PATCH names; all that are left when it names none. */
function triggered(migration: Migration, left: readonly MovedDatabase[]): readonly MovedDatabase[] {
  const { triggerCutover, dbsToTriggerCutoverOn } = migration.request.properties;
  if (triggerCutover !== "True") return [];
  const named = dbsToTriggerCutoverOn ?? [];
  return named.length === 0
    ? left
    : left.filter(({ detail }) => named.includes(detail.databaseName));
}

async function cutOverAll(
  migration: Migration,
  moved: readonly MovedDatabase[],
  parts: WalkParts,
): Promise<void> {
  let left = moved;
  while (left.length > 0) {
    await waitForUser(
      migration,
      "WaitingForCutoverTrigger",
      () => triggered(migration, left).length > 0,
    );
    const now = triggered(migration, left);
    migration.move("InProgress", "CompletingMigration");
    await parts.faults.untilOff("cutover-hangs", migration.life.signal);
    await everyOne(now, migration, (database) => database.cutOver());
    left = left.filter((database) => !now.includes(database));
  }
}

/** Rejects as soon as one fails, after all have come to rest. */
async function everyOne(
  moved: readonly MovedDatabase[],
  migration: Migration,
  work: (database: MovedDatabase) => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled(
    moved.map(async (database) => {
      try {
        await work(database);
      } catch (error) {
        if (!migration.life.signal.aborted) {
          database.detail.migrationState = "Failed";
          database.detail.message = error instanceof Error ? error.message : String(error);
          database.detail.endedOn = new Date();
        }
        throw error;
      }
    }),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function finish(migration: Migration, job: Job, parts: WalkParts): Promise<void> {
  await sleep(parts.timings.completingMs, undefined, { signal: job.signal });
  const { faults } = parts;
  parts.damaged(await damage(job.superuser, job.databases, { faults, moment: "cut over" }));
  const last = job.databases.at(-1);
  if (last !== undefined && parts.faults.take("success-with-database-missing"))
    await dropDatabase(job.superuser, last);
  if (last !== undefined && parts.faults.take("success-with-database-invalid"))
    await leaveInvalid(job.superuser, last);
  migration.end("Succeeded");
}

/** Throws what ends it early; leaves the clean-up to the caller through `moved`. */
async function migrate(
  migration: Migration,
  job: Job,
  parts: WalkParts,
  moved: MovedDatabase[],
): Promise<void> {
  migration.move("InProgress", "MigratingData");
  for (const [index, name] of job.databases.entries()) {
    const detail = newDetail(name);
    migration.databases.set(name, detail);
    moved.push(
      new MovedDatabase(job, migration.name, replicationNames(migration.id, index), detail),
    );
  }
  // A database whose replication breaks later ends the waiting of all.
  const trouble = Promise.withResolvers<never>();
  trouble.promise.catch(() => undefined);
  const work = async (): Promise<void> => {
    await everyOne(moved, migration, (database) => database.copy(trouble.reject));
    const { faults } = parts;
    parts.damaged(await damage(job.superuser, job.databases, { faults, moment: "copied" }));
    await cutOverAll(migration, moved, parts);
  };
  await Promise.race([work(), trouble.promise]);
  await finish(migration, job, parts);
}

/** Milliseconds. A server that comes back later than this is left as it is. */
const cleanUpLaterMs = 600_000;

/**
 * Goes on behind the answer when a server is down: Azure leaves no subscription
 * on its own server, and one that stays keeps the database from being dropped.
 */
async function cleanUp(
  moved: readonly MovedDatabase[],
  { timings }: Pick<WalkParts, "timings">,
): Promise<void> {
  const left = await cleanUpWithin(moved, timings.cleanUpMs, 250);
  if (left.length > 0) void cleanUpWithin(left, cleanUpLaterMs, 1000);
}

async function cleanUpWithin(
  moved: readonly MovedDatabase[],
  withinMs: number,
  everyMs: number,
): Promise<readonly MovedDatabase[]> {
  const until = Date.now() + withinMs;
  let left = moved;
  for (;;) {
    const ends = await Promise.allSettled(left.map((database) => database.cleanUp()));
    left = left.filter((_, index) => ends[index]?.status === "rejected");
    if (left.length === 0 || Date.now() > until) return left;
    await sleep(everyMs, undefined, { ref: false });
  }
}

async function canceled(
  migration: Migration,
  job: Job | undefined,
  parts: WalkParts,
): Promise<void> {
  for (const detail of migration.databases.values()) {
    if (detail.endedOn === undefined) detail.migrationState = "Canceled";
  }
  await sleep(parts.timings.cancelMs);
  if (job !== undefined && parts.faults.take("cancel-drops-database")) {
    for (const database of job.databases) {
      await dropDatabase(job.superuser, database).catch(() => undefined);
    }
  }
  migration.end("Canceled");
}

/** Never rejects: how it ended is in the migration. */
export async function walk(migration: Migration, parts: WalkParts): Promise<void> {
  const moved: MovedDatabase[] = [];
  let job: Job | undefined;
  try {
    await prerequisites(migration, parts);
    job = await validated(migration, parts);
    if (job === undefined) return;
    await overwriteAgreed(migration, job, parts);
    await startAgreed(migration, parts);
    await migrate(migration, job, parts, moved);
  } catch (error) {
    migration.life.abort(error);
    await cleanUp(moved, parts);
    if (migration.cancelRequested) await canceled(migration, job, parts);
    else migration.end("Failed", error instanceof Error ? error.message : String(error));
  }
}
