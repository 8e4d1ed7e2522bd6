/**
 * One process per run. The lock is SQLite's, which is fcntl's on Unix: the
 * kernel drops it with its holder however that one ends, and gives it to
 * nobody else before. Children do not inherit it.
 *
 * Nothing else in this process may open `lock.db`: POSIX drops all locks of a
 * process on a file as soon as it closes any descriptor of it.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { DatabaseSync } from "node:sqlite";
import { UnreadableError, UsageError } from "../../core/errors.ts";
import { exists } from "./folder.ts";
import { readHolder, removeHolder, showHolder, writeHolder } from "./holder.ts";
import { busy, sqlite, sqliteCode } from "./sqlite.ts";

/** Somebody's look at the lock lasts microseconds; a holder stays. Milliseconds. */
const patienceMs = 250;

/** A database that nobody refers to is closed by the garbage collector, and unlocked with it. */
const held = new Set<DatabaseSync>();

export interface RunLock {
  release(): Promise<void>;
}

export const lockName = "lock.db";

function fileIn(folder: string): string {
  return join(folder, lockName);
}

/** Throws a UsageError that says who holds the run since when. */
export async function takeLock(folder: string, run: string, now: Date): Promise<RunLock> {
  await makeFile(fileIn(folder));
  const database = open(folder, false);
  try {
    await exclusively(database, folder, run);
    await writeHolder(folder, now);
  } catch (error) {
    database.close();
    throw error;
  }
  held.add(database);
  return {
    release: async () => {
      if (!held.delete(database)) return;
      try {
        await removeHolder(folder);
      } finally {
        database.close();
      }
    },
  };
}

/**
 * Made for nobody else, which SQLite would not do. One that is there is not opened, and
 * what went wrong SQLite meets as well, and it is told then.
 */
async function makeFile(file: string): Promise<void> {
  await writeFile(file, "", { flag: "wx", mode: 0o600 }).catch(() => undefined);
}

async function exclusively(database: DatabaseSync, folder: string, run: string): Promise<void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    if (tried(database, folder, "PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE")) return;
    if (performance.now() > until) break;
    await wait(5 + Math.random() * 20);
  }
  throw new UsageError({
    message: `Run ${run} is being carried ${showHolder(await readHolder(folder))}.`,
    meaning: "Nothing was looked at or changed by this command.",
    remedy:
      "opensauced-migrate status shows where it stands. Wait for it, or stop it with Ctrl-C there; the lock goes with the process, so there is never a lock to remove.",
  });
}

/**
 * Is the lock held right now? Asks for a shared lock for an instant, so two
 * who ask do not meet, and a starter who meets one of them tries again.
 */
export async function isHeld(folder: string): Promise<boolean> {
  if (!(await exists(fileIn(folder)))) return false;
  const database = open(folder, true);
  try {
    return !tried(database, folder, "SELECT count(*) FROM sqlite_schema");
  } finally {
    database.close();
  }
}

function open(folder: string, readOnly: boolean): DatabaseSync {
  try {
    return new (sqlite().DatabaseSync)(fileIn(folder), { readOnly });
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** False when somebody else has the lock. */
function tried(database: DatabaseSync, folder: string, sql: string): boolean {
  try {
    database.exec(sql);
    return true;
  } catch (error) {
    if (sqliteCode(error) === busy) return false;
    throw unusable(folder, error);
  }
}

function unusable(folder: string, error: unknown): UnreadableError {
  const detail = error instanceof Error ? error.message : String(error);
  return new UnreadableError(
    {
      message: `Whether another process carries this run could not be found out: ${fileIn(folder)}: ${detail}.`,
      meaning: "Two processes on one run could undo each other's work, so nothing was changed.",
      remedy:
        "Keep the state folder on a local disk that you may write to (--state). If no opensauced-migrate runs anywhere on this folder, lock.db may be deleted; the journal beside it never.",
    },
    { cause: error },
  );
}
