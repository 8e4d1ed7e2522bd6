/** Files that libpq looks for by itself. Only reads. */
import { readFile } from "node:fs/promises";
import os from "node:os";
import { UsageError } from "../../core/errors.ts";
import type { Environment } from "./parameters.ts";

/** libpq 15: HOME counts before the system's own list of users. */
export function homeOf(environment: Environment): string {
  const home = environment["HOME"];
  return home === undefined || home === "" ? os.homedir() : home;
}

/** Undefined for a file that is not there. */
export async function readIfThere(file: string, called: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UsageError({ message: `${called} ${file} could not be read (${code})` });
  }
}
