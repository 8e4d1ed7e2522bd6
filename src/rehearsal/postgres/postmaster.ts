/**
 * The postmaster's process, under a supervisor that ends it when we are gone:
 * PostgreSQL itself would live on after a `kill -9` of the rehearsal. Knows
 * signals and processes, nothing of SQL.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Account } from "./account.ts";
import { serverEnvironment } from "./cluster.ts";
import { childrenOf, signalAll } from "./processes.ts";

/**
 * Waits for a line on standard input while the server runs. The end of the
 * input means that we died: a fast shutdown, then harder ones. A line means
 * that the server is to be left running. Stopped processes take no signal
 * before they are continued.
 */
const supervisor = `
exec 3<&0
"$@" </dev/null >&2 3<&- &
server=$!
echo "$server"
exec >&2
(
  IFS= read -r word <&3 && exit 0
  children=$(cat "/proc/$server/task/$server/children" 2>/dev/null || pgrep -P "$server")
  kill -CONT "$server" $children
  for signal in INT QUIT KILL; do
    kill -"$signal" "$server" || exit 0
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      kill -0 "$server" || exit 0
      sleep 0.1
    done
  done
) 2>/dev/null &
watch=$!
wait "$server"
code=$?
kill "$watch" 2>/dev/null
exit "$code"
`;

const killDeadlineMs = 10_000;

export interface Postmaster {
  readonly pid: number;
  readonly running: boolean;
  /** Fires when it ends. */
  readonly gone: AbortSignal;
  signal(name: NodeJS.Signals): void;
  /** Throws when it is still there after `deadlineMs`. */
  ended(deadlineMs: number, signal?: AbortSignal): Promise<void>;
  /** SIGKILL to it and to every process of it. */
  kill(): Promise<void>;
  /** SIGSTOP: connections open and nothing answers, as behind a dead network. */
  pause(): Promise<void>;
  proceed(): Promise<void>;
  /** It will outlive this process. */
  release(): void;
}

export interface LaunchOptions {
  readonly command: readonly string[];
  readonly account: Account;
  readonly folder: string;
  readonly logFile: string;
}

async function firstLine(stream: NodeJS.ReadableStream, exited: Promise<void>): Promise<string> {
  const line = once(stream, "data").then(([chunk]) => String(chunk));
  const text = await Promise.race([line, exited.then(() => "")]);
  return text.trim();
}

/**
 * Resolves once the process exists, which says nothing of its being ready.
 * The supervisor is apart from our process group: a Ctrl-C is for us alone.
 */
export async function launch(options: LaunchOptions): Promise<Postmaster> {
  const log = openSync(options.logFile, "a", 0o644);
  const child = spawn("/bin/sh", ["-c", supervisor, "supervisor", ...options.command], {
    ...options.account,
    cwd: options.folder,
    env: serverEnvironment,
    stdio: ["pipe", "pipe", log],
    detached: true,
  });
  closeSync(log);
  const stdin = child.stdin as Socket;
  const stdout = child.stdout as Socket;
  let running = true;
  const gone = new AbortController();
  const exited = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => {
      running = false;
      stdin.destroy();
      gone.abort(new Error("the postmaster ended"));
      resolve();
    });
  });
  exited.catch(() => undefined);
  stdin.on("error", () => undefined);
  const pid = Number(await firstLine(stdout, exited));
  stdout.destroy();
  // A server must not keep a process alive that has nothing else to do.
  child.unref();
  stdin.unref();

  // The timer also keeps us alive while we wait: the child is unreferenced.
  const ended = async (deadlineMs: number, signal?: AbortSignal): Promise<void> => {
    const over = new AbortController();
    const late = delay(deadlineMs, "late", {
      signal: signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]),
    });
    try {
      if ((await Promise.race([exited, late])) === "late") {
        throw new Error(`The postmaster ${pid} was still running after ${deadlineMs} ms.`);
      }
    } finally {
      over.abort();
      late.catch(() => undefined);
    }
  };

  return {
    pid,
    get running() {
      return running;
    },
    gone: gone.signal,
    signal: (name) => {
      if (running) signalAll([pid], name);
    },
    ended,
    kill: async () => {
      if (!running) return;
      // Stopped first, so that it cannot start another child in between.
      signalAll([pid], "SIGSTOP");
      signalAll([...(await childrenOf(pid)), pid], "SIGKILL");
      await ended(killDeadlineMs);
    },
    pause: async () => {
      if (!running) return;
      signalAll([pid], "SIGSTOP");
      signalAll(await childrenOf(pid), "SIGSTOP");
    },
    proceed: async () => {
      if (running) signalAll([...(await childrenOf(pid)), pid], "SIGCONT");
    },
    release: () => {
      stdin.end("release\n");
    },
  };
}
