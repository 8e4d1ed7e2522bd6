/**
 * Which processes did a test run leave behind? Those that name the run's
 * temporary folder: on their command line, as their working directory (a
 * PostgreSQL server's is its data directory) or in their environment. Ends
 * nothing, prints what it finds and exits with 1. Arguments: the folder.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** A process that was told to end may take this long to be gone. */
const patienceMs = 10_000;

/** Empty where there is no /proc, or the process ended or is another user's. */
function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

function leftBehind(folder: string): readonly string[] {
  const listed = execFileSync("ps", ["-A", "-ww", "-o", "pid=,user=,stat=,args="], {
    encoding: "utf8",
  });
  return listed.split("\n").filter((line) => {
    const [pid = "", , state = ""] = line.trim().split(/\s+/);
    if (pid === "" || pid === String(process.pid) || state.startsWith("Z")) return false;
    return (
      line.includes(folder) ||
      orEmpty(() => readlinkSync(`/proc/${pid}/cwd`)).startsWith(folder) ||
      orEmpty(() => readFileSync(`/proc/${pid}/environ`, "latin1")).includes(folder)
    );
  });
}

/** Waits a little for what is about to end. Lines of `ps`: process, user, state, arguments. */
export async function processesLeft(folder: string): Promise<readonly string[]> {
  const end = performance.now() + patienceMs;
  let left = leftBehind(folder);
  while (left.length > 0 && performance.now() < end) {
    await wait(200);
    left = leftBehind(folder);
  }
  return left;
}

async function main(folder: string | undefined): Promise<void> {
  if (folder === undefined || folder.length < 5) throw new Error("Which folder?");
  const left = await processesLeft(folder);
  if (left.length === 0) return;
  process.stdout.write(`Processes of this test run are still alive:\n${left.join("\n")}\n`);
  process.exitCode = 1;
}

if (import.meta.main) await main(process.argv[2]);
