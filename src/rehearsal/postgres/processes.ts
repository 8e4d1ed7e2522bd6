/** Processes by id: the children of one, signals to several. */
import { readFile } from "node:fs/promises";
import { execa } from "execa";

/**
 * PostgreSQL's backends each lead a process group of their own, so they have
 * to be found by their parent. `/proc` where there is one: minimal images have no `ps`.
 */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const listed = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => undefined);
  const text = listed ?? (await execa("pgrep", ["-P", String(pid)], { reject: false })).stdout;
  return text.split(/\s+/).filter(Boolean).map(Number);
}

/** A process that has ended meanwhile is no error. */
export function signalAll(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
