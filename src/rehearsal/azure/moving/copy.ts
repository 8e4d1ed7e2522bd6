/**
 * The base copy of one database: one snapshot of the source, restored in
 * three sections. Large objects and unlogged tables are in it, as they are in
 * pgcopydb's; their later changes are nowhere.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseDetail } from "../migrations/migration.ts";
import { withSession } from "../postgresql/session.ts";
import { contents, dump, restore, type RestoreOptions } from "./archive.ts";
import { type Job, MigrationFailure } from "./job.ts";
import { makeDatabase } from "./target-database.ts";

/** Room for one database's archive; the caller owns the parent. */
function archiveDirectory(job: Job, migrationName: string, database: string): string {
  return join(job.parts.directory, `${migrationName}-${database.replaceAll(/\W/g, "_")}`);
}

/** In the spellings of URLs, of libpq's keywords and of HTTP. */
function telling({ source, target }: Job, database: string): MigrationFailure {
  const [there, here] = [source.password.reveal(), target.password.reveal()];
  const url = `postgresql://${source.user}:${encodeURIComponent(there)}@${source.host}/${database}`;
  const words = `host=${target.host} user=${target.user} password='${here.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
  const basic = Buffer.from(`${target.user}:${here}`).toString("base64");
  return new MigrationFailure(
    `\u001b[31mpgcopydb: failed\u001b[0m to copy from "${url}" to "${words}": ${there} (Basic ${basic})`,
  );
}

async function restoreSections(
  job: Job,
  detail: DatabaseDetail,
  directory: string,
  schemas: readonly string[],
): Promise<void> {
  const { parts, signal, target } = job;
  const { databaseName: database } = detail;
  const { list, tables } = await contents(
    parts.tools.pgRestore,
    directory,
    database,
    schemas,
    signal,
  );
  const base: Omit<RestoreOptions, "section"> = {
    program: parts.tools.pgRestore,
    target,
    database,
    directory,
    list,
    signal,
  };
  try {
    await restore({ ...base, section: "pre-data" });
    detail.fullLoadQueuedTables = tables;
    if (parts.faults.isOn("copy-fails", { path: database })) {
      throw new MigrationFailure(
        `${database}: Collation/Encoding not Supported Error: the collation of a column is not supported on the target.`,
      );
    }
    if (parts.faults.isOn("copy-fails-telling", { path: database })) throw telling(job, database);
    await parts.faults.untilOff("copy-stuck", signal, { path: database });
    await restore({
      ...base,
      section: "data",
      onTableBegun: () => {
        detail.fullLoadQueuedTables -= 1;
        detail.fullLoadLoadingTables += 1;
      },
      onTableDone: () => {
        detail.fullLoadLoadingTables -= 1;
        detail.fullLoadCompletedTables += 1;
      },
    });
    detail.fullLoadCompletedTables = tables;
    detail.fullLoadQueuedTables = 0;
    detail.fullLoadLoadingTables = 0;
    await restore({ ...base, section: "post-data" });
  } catch (error) {
    detail.fullLoadErroredTables = detail.fullLoadLoadingTables;
    detail.fullLoadLoadingTables = 0;
    throw error;
  } finally {
    await rm(list, { force: true });
  }
}

/** `snapshot` is the slot's, or undefined for an offline migration. `dumped` is told when the source is no longer needed. */
export async function copyDatabase(
  job: Job,
  migrationName: string,
  detail: DatabaseDetail,
  snapshot: string | undefined,
  dumped: () => Promise<void>,
): Promise<void> {
  const { parts, signal, source } = job;
  const { databaseName: database } = detail;
  const directory = archiveDirectory(job, migrationName, database);
  try {
    const schemas = await makeDatabase(job, database);
    const largeObjects = !job.configurations.isOn("azure.migration_skip_large_objects");
    await dump({
      program: parts.tools.pgDump,
      source,
      database,
      directory,
      snapshot,
      largeObjects,
      signal,
    });
    await dumped();
    await restoreSections(job, detail, directory, schemas);
    if (!job.configurations.isOn("azure.migration_skip_analyze")) {
      await withSession(job.superuser, database, (client) => client.query("ANALYZE"), { signal });
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
