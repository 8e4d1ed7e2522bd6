/**
 * Runs the server under a shell that ends it when we are gone: PostgreSQL
 * itself would live on after a `kill -9` of the rehearsal. A shell, because it
 * starts at once, costs a megabyte, and runs as whatever user the server does.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import type { Account } from "./account.ts";
import { serverEnvironment } from "./cluster.ts";

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

export interface LaunchOptions {
  readonly command: readonly string[];
  readonly account: Account;
  readonly folder: string;
  readonly logFile: string;
}

export interface Supervised {
  /** The server's own. */
  readonly pid: number;
  /** Fires when the server has ended. */
  readonly gone: AbortSignal;
  /** The server will outlive this process. */
  release(): void;
}

async function firstLine(stream: Socket, gone: AbortSignal): Promise<string> {
  try {
    const [chunk] = (await once(stream, "data", { signal: gone })) as [Buffer];
    return chunk.toString().trim();
  } catch {
    return "";
  } finally {
    stream.destroy();
  }
}

/**
 * Resolves once the process exists, which says nothing of its being ready.
 * The supervisor is apart from our process group: a Ctrl-C is for us alone.
 */
export async function supervise(options: LaunchOptions): Promise<Supervised> {
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
  const gone = new AbortController();
  const end = (): void => {
    stdin.destroy();
    gone.abort(new Error("the server ended"));
  };
  child.once("error", end);
  child.once("exit", end);
  stdin.on("error", () => undefined);
  const pid = Number(await firstLine(child.stdout as Socket, gone.signal));
  // A server must not keep a process alive that has nothing else to do.
  child.unref();
  stdin.unref();
  return { pid, gone: gone.signal, release: () => stdin.end("release\n") };
}
