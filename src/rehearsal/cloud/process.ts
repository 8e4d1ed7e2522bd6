/** The local cloud as its starter sees it: a process that is talked to by lines. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ActionError } from "../../core/errors.ts";
import type { FaultSettings } from "../fault-switch.ts";
import type { StopMode } from "../postgres/index.ts";
import type { CloudCommand, CloudLook, ServerCommand } from "./main.ts";
import type { CloudFacts, CloudSettings } from "./settings.ts";

export interface CloudProcess {
  readonly facts: CloudFacts;
  fault(name: string, on: boolean, settings?: FaultSettings): Promise<void>;
  /** Resolves when it is done: a server that starts answers again. */
  server(name: ServerCommand["server"], act: ServerCommand["act"]): Promise<void>;
  look(): Promise<CloudLook>;
  /** `immediate` is a crash; resolves when the server takes connections again. */
  restart(server: "source" | "target", mode: StopMode): Promise<void>;
  /** Leaves it running when this process ends. */
  stay(): Promise<void>;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL(`./main${path.extname(import.meta.url)}`, import.meta.url));

/** Servers that do not stop in this time are killed, in milliseconds. */
const stopMs = 30_000;

export async function startCloudProcess(
  settings: CloudSettings,
  signal: AbortSignal,
): Promise<CloudProcess> {
  const logFile = path.join(settings.folder, "cloud.log");
  const log = openSync(logFile, "a", 0o600);
  // In a group of its own: a Ctrl-C is for the tool, and the cloud is stopped after it.
  const child = spawn(process.execPath, [program], {
    stdio: ["pipe", "pipe", log],
    detached: true,
  });
  closeSync(log);
  const abort = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", abort, { once: true });
  const talk = conversation(child, logFile);
  try {
    const { facts } = (await talk.say(settings)) as { readonly facts: CloudFacts };
    return {
      facts,
      fault: async (name, on, settings = {}) =>
        void (await talk.say({ do: "fault", name, on, settings })),
      server: async (server, act) => void (await talk.say({ do: "server", server, act })),
      look: async () => (await talk.say({ do: "look" })) as CloudLook,
      restart: async (server, mode) => void (await talk.say({ do: "restart", server, mode })),
      stay: async () => {
        await talk.say({ do: "stay" });
        child.unref();
        talk.close();
      },
      stop: () => end(child),
    };
  } catch (error) {
    await end(child);
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function conversation(child: ChildProcess, logFile: string) {
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("The cloud has no pipes.");
  stdin.on("error", () => undefined);
  const lines = createInterface({ input: stdout });
  const waiting: ((line: string | undefined) => void)[] = [];
  lines.on("line", (line) => waiting.shift()?.(line));
  child.once("exit", () => {
    for (const tell of waiting.splice(0)) tell(undefined);
  });
  return {
    async say(words: CloudSettings | CloudCommand): Promise<unknown> {
      const reply = new Promise<string | undefined>((resolve) => waiting.push(resolve));
      stdin.write(`${JSON.stringify(words)}\n`);
      const line = child.exitCode === null ? await reply : undefined;
      const answer = line === undefined ? undefined : (JSON.parse(line) as { error?: string });
      if (answer !== undefined && answer.error === undefined) return answer;
      const why =
        answer === undefined
          ? `ended${await lastWords(logFile)}`
          : `refused: ${answer.error?.replace(/\.$/, "")}.`;
      throw new ActionError({
        message: `The local cloud ${why}`,
        meaning: "Only the rehearsal is affected; nothing outside this machine was touched.",
      });
    },
    close: () => {
      lines.close();
      stdin.destroy();
      stdout.destroy();
    },
  };
}

/** Its log's end: a rehearsal that never began leaves no folder, and no log in it. */
async function lastWords(logFile: string): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  const lines = text.trim().split("\n").slice(-10).join("\n");
  return lines === "" ? " without a word." : `:\n${lines}`;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  await exited;
  clearTimeout(timer);
}
