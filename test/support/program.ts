/** The built program as a child process: exit code, standard output, standard error. */
import { spawn } from "node:child_process";
import path from "node:path";

export const programFile = path.resolve(import.meta.dirname, "../../bin/opensauced-migrate.js");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface ProgramOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function program(words: readonly string[], options: ProgramOptions): Promise<Ended> {
  const child = spawn(process.execPath, [programFile, ...words], {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"], HOME: options.cwd, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (out += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}
