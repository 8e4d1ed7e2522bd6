/**
 * Who holds a stack's lock, where that can be seen: file backends keep one
 * file per holder, which a killed process leaves behind and which never
 * expires (facts of pkg/backend/diy, 3.230). Removes those alone whose holder is gone.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

export interface LockHolder {
  readonly file: string;
  readonly pid: number | undefined;
  readonly user: string | undefined;
  readonly host: string | undefined;
  /** ISO 8601. */
  readonly since: string | undefined;
  /** Does its process run? `unknown` when it is another host's. */
  readonly process: "running" | "gone" | "unknown";
}

export type LockState =
  | { readonly is: "free" }
  | { readonly is: "held"; readonly holders: readonly LockHolder[] }
  /** The backend does not show its locks. */
  | { readonly is: "unknown" };

const holder = z.object({
  pid: z.number().optional(),
  username: z.string().optional(),
  hostname: z.string().optional(),
  timestamp: z.string().optional(),
});

async function readHolder(file: string): Promise<LockHolder> {
  const text = await readFile(file, "utf8").catch(() => "");
  let parsed: z.infer<typeof holder> = {};
  try {
    parsed = holder.parse(JSON.parse(text));
  } catch {
    // A lock that says nothing is a lock all the same.
  }
  return {
    file,
    pid: parsed.pid,
    user: parsed.username,
    host: parsed.hostname,
    since: parsed.timestamp,
    process: await processOf(parsed),
  };
}

async function processOf({
  pid,
  hostname,
}: z.infer<typeof holder>): Promise<LockHolder["process"]> {
  if (pid === undefined || hostname !== os.hostname()) return "unknown";
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === "ESRCH" ? "gone" : "running";
  }
  // The number may have gone to another program since; only Linux tells its name.
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "pulumi");
  return name.startsWith("pulumi") ? "running" : "gone";
}

/** As the CLI does when an update ends (`diyBackend.Unlock`): that holder's file goes, no other. */
export async function removeStaleLocks(lock: LockState): Promise<void> {
  if (lock.is !== "held") return;
  const gone = lock.holders.filter((each) => each.process === "gone");
  await Promise.all(gone.map(({ file }) => rm(file, { force: true })));
}

function folderOf(backendUrl: string): string | undefined {
  if (!backendUrl.startsWith("file://")) return undefined;
  try {
    return fileURLToPath(new URL(backendUrl).href.split("?", 1)[0] ?? "");
  } catch {
    return undefined;
  }
}

/** `stack` as the plan names it: `dev`, `organization/project/dev`. */
export async function readLock(
  backendUrl: string | undefined,
  project: string,
  stack: string,
): Promise<LockState> {
  const folder = backendUrl === undefined ? undefined : folderOf(backendUrl);
  if (folder === undefined) return { is: "unknown" };
  const name = stack.split("/").at(-1) ?? stack;
  const locks = path.join(folder, ".pulumi", "locks", "organization", project, name);
  let files: string[];
  try {
    files = (await readdir(locks)).filter((file) => file.endsWith(".json"));
  } catch (error) {
    return (error as { code?: string }).code === "ENOENT" ? { is: "free" } : { is: "unknown" };
  }
  if (files.length === 0) return { is: "free" };
  return {
    is: "held",
    holders: await Promise.all(files.map((file) => readHolder(path.join(locks, file)))),
  };
}
