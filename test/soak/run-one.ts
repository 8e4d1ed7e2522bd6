/**
 * Starts one run in a process and a temporary folder of its own, and looks
 * afterwards for what is left of it: processes that name the folder, files in it.
 */
import { spawn } from "node:child_process";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { processesLeft } from "../../scripts/leftovers.ts";
import type { Outcome } from "./carry.ts";

export interface Finished extends Outcome {
  readonly tookMs: number;
}

/** Longer than any scenario takes. */
const longestMs = 12 * 60_000;
const program = path.resolve(import.meta.dirname, "one.ts");

/** The signal ends it; what is left of it is removed all the same. */
export async function runOne(
  seed: string,
  number: number,
  evidence: string,
  signal: AbortSignal,
): Promise<Finished> {
  const began = performance.now();
  const folder = await mkdtemp(path.join(os.tmpdir(), `osm-soak-${number}-`));
  // The servers may run as another user than we do.
  await chmod(folder, 0o711);
  const { outcome, said } = await outcomeOf([seed, String(number), evidence], folder, signal);
  const processes = await processesLeft(folder);
  const files = await readdir(folder);
  const left = [
    ...processes.map((line) => `Left running: ${line.trim().slice(0, 300)}`),
    ...files.map((file) => `Left in the temporary folder: ${file}`),
  ];
  // A run that broke may have left its servers: they are ours, and name its folder.
  for (const line of processes) endProcess(Number(line.trim().split(/\s+/)[0]));
  await rm(folder, { recursive: true, force: true });
  const broken: Outcome = {
    number,
    ending: "neither",
    processes: [],
    struck: [],
    acknowledged: 0,
    longestOutageMs: 0,
    problems: [`The run itself broke: ${said}`],
  };
  const known = outcome ?? broken;
  return {
    ...known,
    problems: [...known.problems, ...left],
    tookMs: performance.now() - began,
  };
}

async function outcomeOf(words: readonly string[], folder: string, signal: AbortSignal) {
  const child = spawn(process.execPath, [program, ...words], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (out += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk));
  const end = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", end, { once: true });
  const late = setTimeout(end, longestMs);
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  clearTimeout(late);
  signal.removeEventListener("abort", end);
  const line = out.trim().split("\n").at(-1) ?? "";
  const outcome = line.startsWith("{") ? (JSON.parse(line) as Outcome) : undefined;
  return { outcome, said: `${code}: ${err.slice(-1500)}` };
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
