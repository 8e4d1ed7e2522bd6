/**
 * The folders that hold journals: made for their owner alone, and made to
 * outlive a power cut. Knows nothing of what is in them.
 */
import { mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "../../core/errors.ts";
import { codeOf } from "./failure.ts";

/** Makes the folder, and those above it, with mode 0700. True when it was not there. */
export async function makeFolder(folder: string): Promise<boolean> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return false;
  // A new name is on disk only once the folder that holds it is.
  for (let made = folder; made !== dirname(first); made = dirname(made)) {
    await syncFolder(dirname(made));
  }
  return true;
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Two users on one run would leave files that the other cannot write, in the
 * middle of a migration; root included, who would get in but lock the owner out.
 */
export async function refuseForeignOwner(folder: string, what = "The run in"): Promise<void> {
  const { uid } = await stat(folder);
  const own = process.getuid?.();
  if (own === undefined || own === uid) return;
  throw new UsageError({
    message: `${what} ${folder} belongs to the user with id ${uid}; you are the user with id ${own}.`,
    meaning: "Nothing was looked at or changed.",
    remedy: `Go on as that user: sudo -u '#${uid}' opensauced-migrate ...`,
  });
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
    throw error;
  }
}
