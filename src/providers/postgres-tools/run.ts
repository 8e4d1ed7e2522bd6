/**
 * Runs one of PostgreSQL's programs: nothing inherited from our environment,
 * English messages, ended when the signal fires. Knows no program.
 */
import type { ChildProcess } from "node:child_process";
import { ProviderError } from "../../core/errors.ts";
import { redact, type Secret } from "../../core/secret.ts";

export interface RunOptions {
  readonly env: { readonly [name: string]: string };
  readonly signal: AbortSignal;
  readonly secrets?: readonly Secret[];
  /** For messages: `PostgreSQL source`. */
  readonly system?: string;
  /** What it means for the data when it fails. */
  readonly meaning?: string;
  /** Called for each line of standard error as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Of the program's own complaints the first is the cause; the rest mostly follow from it. */
function complaint(lines: readonly string[]): string {
  const wrong = lines.filter((line) =>
    /\b(?:error|fatal|FATAL|ERROR|DETAIL|HINT|detail|hint):/.test(line),
  );
  return (wrong.length > 0 ? wrong.slice(0, 3) : lines.slice(-2)).join(" / ").slice(0, 1000);
}

/**
 * What a program writes is the users' data: 0600, whatever the umask of the shell. A child
 * has the umask of the moment in which it starts, and no other code runs in between.
 */
function forNobodyElse<T>(start: () => T): T {
  const before = process.umask(0o077);
  try {
    return start();
  } finally {
    process.umask(before);
  }
}

/** Milliseconds. On SIGTERM pg_dump cancels its queries, then goes: a round trip to the server. */
const goodbyeMs = 5000;

/**
 * Ends the program with the signal, and with this process. It leads a process group of its
 * own, which is killed as one: behind a silent network pg_dump's workers outlive it, and hold
 * the pipe that we read. Returns what to call once it has ended.
 */
function endsWith(child: Pick<ChildProcess, "pid" | "kill">, signal: AbortSignal): () => void {
  let patience: NodeJS.Timeout | undefined;
  const killAll = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // They are gone.
    }
  };
  const end = (): void => {
    child.kill("SIGTERM");
    patience = setTimeout(killAll, goodbyeMs);
  };
  signal.addEventListener("abort", end, { once: true });
  process.once("exit", killAll);
  return () => {
    clearTimeout(patience);
    signal.removeEventListener("abort", end);
    process.off("exit", killAll);
  };
}

/** Throws ProviderError; the signal's reason when it fires. */
export async function run(
  file: string,
  argv: readonly string[],
  options: RunOptions,
): Promise<{ readonly stdout: string }> {
  const { execa } = await import("execa");
  options.signal.throwIfAborted();
  const child = forNobodyElse(() =>
    execa(file, argv, {
      env: { LC_ALL: "C", LANG: "C", PATH: "/usr/bin:/bin", ...options.env },
      extendEnv: false,
      stdin: "ignore",
      buffer: { stdout: true, stderr: false },
      detached: true,
      reject: false,
    }),
  );
  const atPeace = endsWith(child, options.signal);
  const lines: string[] = [];
  const reading = (async () => {
    for await (const line of child.iterable({ from: "stderr" })) {
      lines.push(line);
      if (lines.length > 200) lines.shift();
      options.onLine?.(line);
    }
  })();
  const [result, read] = await Promise.all([
    child,
    reading.catch((error: unknown) => error),
  ]).finally(atPeace);
  options.signal.throwIfAborted();
  const name = file.split("/").at(-1) ?? file;
  if (!result.failed && read === undefined) return { stdout: result.stdout };
  // Before anything is cut or joined: of half a secret nobody finds the rest.
  const said = complaint(redact(lines.join("\n"), options.secrets ?? []).split("\n"));
  const ended =
    result.signal === undefined ? `exit code ${result.exitCode}` : `ended by ${result.signal}`;
  throw new ProviderError({
    message: `${name} failed (${result.code ?? ended})${said === "" ? "" : `: ${said}`}`,
    ...(options.meaning === undefined ? {} : { meaning: options.meaning }),
    system: options.system ?? "PostgreSQL",
    call: name,
    code: result.code ?? (result.exitCode === undefined ? undefined : String(result.exitCode)),
    retryable: false,
  });
}
