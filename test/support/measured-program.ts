/** The built program, and the most memory that it took. */
import { spawn } from "node:child_process";
import { programFile, type Ended } from "./program.ts";

export interface Measured extends Ended {
  /** Resident, at its peak; megabytes. */
  readonly peakMb: number;
}

/** Tells at the end on descriptor 3 what the system counted; the program knows nothing of it. */
const teller = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from "node:fs";
   process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)));`,
)}`;

export function measuredProgram(
  words: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Measured> {
  const child = spawn(process.execPath, ["--import", teller, programFile, ...words], {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"], HOME: options.cwd, ...options.env },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const texts = { out: "", err: "", told: "" };
  const hear = (stream: NodeJS.ReadableStream | null | undefined, name: keyof typeof texts) =>
    stream?.setEncoding("utf8").on("data", (chunk: string) => (texts[name] += chunk));
  hear(child.stdout, "out");
  hear(child.stderr, "err");
  hear(child.stdio[3] as NodeJS.ReadableStream | null, "told");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const { out, err, told } = texts;
      resolve({ code, out, err, peakMb: told === "" ? NaN : Number(told) / 1024 });
    });
  });
}

/** Of each, several at a time. */
export async function inTurns<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  atOnce = 3,
): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
