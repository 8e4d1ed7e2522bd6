/** Processes that a killed tool may leave behind, and whether they are gone. Linux: read from /proc. */
import { readdir, readFile, readlink } from "node:fs/promises";

export interface LeftBehind {
  readonly pid: number;
  readonly command: string;
}

/**
 * Running programs of that name with that text on their command line; zombies
 * do not count. With a folder only those that work below it: other tests run
 * the same programs at the same time.
 */
export async function processesOf(
  name: string,
  text: string,
  folder = "/",
): Promise<readonly LeftBehind[]> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      const [file = "", ...words] = line.split("\0");
      const command = words.join(" ");
      if (!file.endsWith(name) || !command.includes(text)) return [];
      const place = await readlink(`/proc/${pid}/cwd`).catch(() => "");
      return place.startsWith(folder) ? [{ pid: Number(pid), command }] : [];
    }),
  );
  return found.flat();
}
