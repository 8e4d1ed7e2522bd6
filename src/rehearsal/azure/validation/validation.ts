/** The validation of a migration: servers first, then every database. */
import type { Faults } from "../faults/faults.ts";
import type { Migration, ValidationDetails } from "../migrations/migration.ts";
import type { Job } from "../moving/job.ts";
import { failed, item, warning, worst } from "./check.ts";
import { checkDatabase } from "./database-checks.ts";
import { checkServers } from "./server-checks.ts";

async function checkDatabases(
  migration: Migration,
  job: Job,
  details: ValidationDetails,
): Promise<void> {
  const { signal, source, configurations } = job;
  const allowed = {
    extensions: configurations.words("azure.extensions"),
    skippedExtensions: configurations.words("azure.migration_skip_extensions"),
    preloaded: configurations.awaitsRestart("shared_preload_libraries")
      ? []
      : configurations.words("shared_preload_libraries"),
  };
  for (const databaseName of job.databases) {
    const startedOn = new Date();
    const summary = await checkDatabase(source, databaseName, job.online, allowed, signal);
    details.databaseLevel = [
      ...details.databaseLevel,
      { databaseName, startedOn, endedOn: new Date(), summary },
    ];
  }
  migration.validation = details;
}

function withFaults(details: ValidationDetails, faults: Faults): void {
  const planted = [
    ...(faults.isOn("validation-fails")
      ? [failed("603405", "Unsupported extensions are installed on the source.")]
      : []),
    ...(faults.isOn("validation-warns")
      ? [warning("Collation versions differ between source and target.")]
      : []),
  ];
  const [first, ...rest] = details.databaseLevel;
  if (planted.length === 0 || first === undefined) return;
  const summary = first.summary.map((entry) =>
    entry.type === "ExtensionsValidation"
      ? item(entry.type, [...entry.messages, ...planted])
      : entry,
  );
  details.databaseLevel = [{ ...first, summary }, ...rest];
}

/** Fills `migration.validation` as it goes; the grade of the whole is its status. */
export async function validate(migration: Migration, job: Job, faults: Faults): Promise<void> {
  const details: ValidationDetails = {
    startedOn: new Date(),
    status: undefined,
    endedOn: undefined,
    serverLevel: [],
    databaseLevel: [],
  };
  migration.validation = details;
  const { items, sourceVersion } = await checkServers({
    source: job.source,
    target: job.target,
    databases: job.databases,
    online: job.online,
    verifiesCertificate: job.verifiesCertificate,
    targetVersion: job.targetVersion,
    signal: job.signal,
  });
  details.serverLevel = items;
  migration.sourceVersion = sourceVersion;
  if (sourceVersion !== undefined) await checkDatabases(migration, job, details);
  withFaults(details, faults);
  const grades = [
    ...details.serverLevel,
    ...details.databaseLevel.flatMap(({ summary }) => summary),
  ];
  details.endedOn = new Date();
  details.status = worst(grades.map(({ state }) => state));
}
