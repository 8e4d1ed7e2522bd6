/** Programs of this folder, run as processes of their own so that tests can kill them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Started<T> {
  readonly child: ChildProcess;
  /** Its first line, which is JSON. */
  readonly told: T;
}

/** Rejects with what it said on standard error when it ends before its first line. */
export async function startProgram<T>(
  name: "client-starter.ts" | "orphaned-server.ts",
  args: readonly string[],
): Promise<Started<T>> {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, "close").then(([code]) => {
    throw new Error(`${name} ended with ${String(code)} before it said anything: ${said}`);
  });
  ended.catch(() => undefined);
  const [line] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer];
  return { child, told: JSON.parse(line.toString()) as T };
}
