/**
 * Runs the Pulumi CLI: an environment given in full, values by standard input,
 * SIGINT when it must end. The Automation API is not used: it puts secrets on
 * the command line and hides the CLI's exit codes.
 */
import path from "node:path";
import { ProviderError } from "../../core/errors.ts";
import { showDuration } from "../../core/duration.ts";
import { Secret } from "../../core/secret.ts";
import { pulumiFailure } from "./failure.ts";

/** Secrets are those that must never be shown again. */
export type PulumiEnv = { readonly [name: string]: string | Secret };

export interface RunOptions {
  readonly env: PulumiEnv;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Milliseconds, then SIGINT. */
  readonly timeoutMs: number;
  /** Written to standard input. */
  readonly input?: Secret;
  readonly secrets?: readonly Secret[];
  readonly onLine?: (line: string) => void;
  /** Finds what went wrong in standard output: with --json it is said there. */
  readonly complaintIn?: (stdout: string) => string;
}

/** After SIGINT the engine lets the resource at hand end and gives the lock back; after this it is killed. */
const graceMs = 30_000;

function revealed(env: PulumiEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      typeof value === "string" ? value : value.reveal(),
    ]),
  );
}

function secretsOf(options: RunOptions): Secret[] {
  const inEnv = Object.values(options.env).filter((value) => value instanceof Secret);
  return [
    ...inEnv,
    ...(options.input === undefined ? [] : [options.input]),
    ...(options.secrets ?? []),
  ];
}

async function spawn(
  file: string,
  argv: readonly string[],
  options: RunOptions,
  cancelSignal: AbortSignal,
) {
  const { execa } = await import("execa");
  const env = revealed(options.env);
  const child = execa(file, argv, {
    cwd: options.cwd,
    env: {
      ...env,
      // The language host lies beside the CLI.
      PATH: [path.dirname(file), env["PATH"] ?? "/usr/bin:/bin"].join(path.delimiter),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      NO_COLOR: "1",
      LC_ALL: "C.UTF-8",
    },
    extendEnv: false,
    input: options.input?.reveal() ?? "",
    stripFinalNewline: false,
    cancelSignal,
    killSignal: "SIGINT",
    forceKillAfterDelay: graceMs,
    cleanup: true,
    reject: false,
    maxBuffer: 256 * 1024 * 1024,
  });
  const { onLine } = options;
  const reading = onLine === undefined ? undefined : readLines(child, onLine);
  const result = await child;
  await reading;
  return result;
}

async function readLines(
  child: { iterable(): AsyncIterable<unknown> },
  onLine: (line: string) => void,
): Promise<void> {
  for await (const line of child.iterable()) onLine(String(line));
}

function overdue(call: string, timeoutMs: number): ProviderError {
  return new ProviderError({
    message: `${call} did not end within ${showDuration(timeoutMs)} and was interrupted.`,
    meaning: "What it did until then stands; the stack's state says what.",
    remedy: "opensauced-migrate run --resume   (looks before it acts)",
    system: "Pulumi",
    call,
    code: "timeout",
    retryable: true,
  });
}

/** Throws ProviderError with a PulumiFailureCode as code; the signal's reason when it fires. */
export async function runPulumi(
  file: string,
  argv: readonly string[],
  options: RunOptions,
): Promise<{ readonly stdout: string }> {
  const { signal, timeoutMs } = options;
  signal.throwIfAborted();
  const deadline = AbortSignal.timeout(timeoutMs);
  const result = await spawn(file, argv, options, AbortSignal.any([signal, deadline]));
  signal.throwIfAborted();
  const stdout = result.stdout ?? "";
  if (!result.failed) return { stdout };
  const words = argv.slice(0, 2).filter((word) => !word.startsWith("-"));
  const call = `pulumi ${words.join(" ")}`;
  if (deadline.aborted) throw overdue(call, timeoutMs);
  throw pulumiFailure({
    call,
    exitCode: result.exitCode,
    ended: result.signal ?? result.code,
    stdout,
    stderr: options.complaintIn?.(stdout) || (result.stderr ?? ""),
    secrets: secretsOf(options),
  });
}
