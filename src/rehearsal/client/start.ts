/** Starts the writing client as a process and talks to it. It ends with us at the latest. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ActionError } from "../../core/errors.ts";
import type { Issued } from "../certificates/index.ts";

export interface ClientOptions {
  /** The app's name: for its files in `folder`. */
  readonly name: string;
  /** Exists. */
  readonly folder: string;
  readonly envFile: string;
  /** In the env file; `DATABASE_URL` when absent. */
  readonly variable?: string;
  readonly perSecond: number;
  /** The database is the generated one: write to its tables as well. */
  readonly sample?: boolean;
  /** Number of the first write; 1 when absent. Clients on one database must not share numbers. */
  readonly first?: number;
  /** For its health check; plain HTTP when absent. */
  readonly certificate?: Issued;
  /** Of the health check; a free one when absent. */
  readonly port?: number;
  /** It outlives us, and ends when this process does. */
  readonly livesWith?: number;
}

export interface WritingClient {
  readonly pid: number;
  readonly running: boolean;
  readonly recordFile: string;
  /** `https://127.0.0.1:port/healthz`. */
  readonly healthUrl: string;
  /** SIGTERM: it finishes its write. Resolves when the record is complete. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const startMs = 15_000;
const stopMs = 10_000;

async function certificateArguments(options: ClientOptions): Promise<readonly string[]> {
  if (options.certificate === undefined) return [];
  const cert = path.join(options.folder, `${options.name}.crt`);
  const key = path.join(options.folder, `${options.name}.key`);
  await writeFile(cert, options.certificate.cert, { mode: 0o644 });
  await writeFile(key, options.certificate.key, { mode: 0o600 });
  return ["--cert", cert, "--key", key];
}

/** Built or as it is: Node strips the types of a .ts program by itself. */
const program = fileURLToPath(new URL(`./main${path.extname(import.meta.url)}`, import.meta.url));

/** Throws ActionError when it does not come up within 15 s. */
export async function startClient(options: ClientOptions): Promise<WritingClient> {
  const recordFile = path.join(options.folder, `${options.name}.jsonl`);
  const logFile = path.join(options.folder, `${options.name}.log`);
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(
    process.execPath,
    [
      program,
      `--env-file=${options.envFile}`,
      `--record=${recordFile}`,
      `--variable=${options.variable ?? "DATABASE_URL"}`,
      `--per-second=${options.perSecond}`,
      `--first=${options.first ?? 1}`,
      `--port=${options.port ?? 0}`,
      ...(options.sample === true ? ["--sample"] : []),
      ...(options.livesWith === undefined ? [] : [`--lives-with=${options.livesWith}`]),
      ...(await certificateArguments(options)),
    ],
    // Apart from our process group: a Ctrl-C is for us, and the witness goes on until told to stop.
    { stdio: ["pipe", "pipe", log], detached: true },
  );
  closeSync(log);
  const exited = once(child, "exit");
  const late = AbortSignal.timeout(startMs);
  const first = once(child.stdout as Socket, "data", { signal: late }).then(([chunk]) =>
    String(chunk),
  );
  const line = await Promise.race([first, exited.then(() => undefined)]).catch(() => undefined);
  if (line === undefined) {
    child.kill("SIGKILL");
    throw new ActionError({
      message: `The writing client "${options.name}" did not start: ${(await readFile(logFile, "utf8")).trim()}`,
      meaning: "Only the rehearsal is affected; nothing outside this machine was touched.",
    });
  }
  (child.stdout as Socket).destroy();
  (child.stdin as Socket).on("error", () => undefined).unref();
  child.unref();
  const { port } = JSON.parse(line) as { port: number };

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const over = new AbortController();
    const timer = delay(stopMs, "late", { signal: over.signal }).catch(() => undefined);
    if ((await Promise.race([exited, timer])) === "late") child.kill("SIGKILL");
    over.abort();
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    recordFile,
    healthUrl: `${options.certificate === undefined ? "http" : "https"}://127.0.0.1:${port}/healthz`,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}
