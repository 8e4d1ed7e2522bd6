/**
 * Who carries a run, for people to read: a note beside the lock, written by
 * its holder. It locks nothing; what it says counts only while the lock is held.
 */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { z } from "zod";

const holder = z.object({
  pid: z.number().int(),
  host: z.string(),
  user: z.string(),
  /** ISO 8601. */
  since: z.string(),
});

export type Holder = z.infer<typeof holder>;

function fileIn(folder: string): string {
  return join(folder, "holder.json");
}

export async function writeHolder(folder: string, since: Date): Promise<void> {
  const self: Holder = {
    pid: process.pid,
    host: hostname(),
    user: userName(),
    since: since.toISOString(),
  };
  const half = `${fileIn(folder)}.new`;
  await writeFile(half, `${JSON.stringify(self)}\n`, { mode: 0o600 });
  await rename(half, fileIn(folder));
}

/** Undefined when there is no note, or none that can be read. */
export async function readHolder(folder: string): Promise<Holder | undefined> {
  try {
    return holder.parse(JSON.parse(await readFile(fileIn(folder), "utf8")));
  } catch {
    return undefined;
  }
}

export async function removeHolder(folder: string): Promise<void> {
  await rm(fileIn(folder), { force: true });
}

/** `by anna (process 4711 on db-admin) since 2026-11-23T21:11:41.000Z`. */
export function showHolder(held: Holder | undefined): string {
  if (held === undefined) return "by another process, which has not yet said who it is";
  return `by ${held.user} (process ${held.pid} on ${held.host}) since ${held.since}`;
}

/** In a container the user may have a number and no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}
