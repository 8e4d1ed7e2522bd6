/**
 * The door of the program: words in, exit code out. Every error ends here as a
 * text for people and a number for scripts; anything that is not one of our
 * errors is a bug of ours.
 */
import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { MigrationError } from "../core/errors.ts";
import { Desk, surviveClosedStreams, type GlobalOptions } from "./desk.ts";
import { codeOfError, exitCodes, type ExitCode } from "./exit-codes.ts";
import { bugLines, errorLines } from "./output/error-lines.ts";
import { Interrupted } from "./stopping.ts";
import { buildProgram, type Act } from "./program.ts";

/** `argv` without the program's own name. */
export async function main(argv: readonly string[]): Promise<number> {
  const lostOutput = surviveClosedStreams();
  let code: ExitCode = exitCodes.done;
  let desk: Desk | undefined;
  const act: Act =
    (work) =>
    async (...given) => {
      desk = new Desk(globalOptions());
      code = await work(desk, ...given);
    };
  const program = buildProgram(version(), act);
  const globalOptions = (): GlobalOptions => {
    const { plan, state, color, verbose } = program.opts<Partial<GlobalOptions>>();
    return { plan, state, color, verbose: verbose === true };
  };
  const bugs = catchStrays(() => desk ?? new Desk(globalOptions()));
  try {
    await program.parseAsync([...argv], { from: "user" });
    if (bugs.seen()) return exitCodes.bug;
    return code === exitCodes.done ? await codeOfOutput(lostOutput, desk) : code;
  } catch (error) {
    if (error instanceof CommanderError) return codeOfWords(error);
    if (error instanceof Interrupted) return exitCodes.interrupted;
    return explain(error, desk ?? new Desk(globalOptions()));
  } finally {
    bugs.release();
    endSoon();
  }
}

/**
 * A call that was given up (a retry of the other end, when one end failed) may
 * still wait somewhere; the answer is out, so it must not hold the program.
 */
function endSoon(): void {
  // Left to itself, Node first gives signals back their deadly meaning and tidies up then: a
  // signal in that moment would make a killed program of one that has given its answer.
  process.once("beforeExit", () => process.exit());
  setTimeout(() => process.exit(), 250).unref();
}

/** What was asked for is not done when nobody can read it. */
async function codeOfOutput(
  lostOutput: () => Promise<string | undefined>,
  desk: Desk | undefined,
): Promise<ExitCode> {
  const why = await lostOutput();
  if (why === undefined) return exitCodes.done;
  desk?.complain([
    `The command ended well, but standard output could not be written (${why}): what is there is not complete.`,
  ]);
  return exitCodes.failed;
}

/** Commander has already said it. Help that was asked for is no mistake; help instead of a command is. */
function codeOfWords(error: CommanderError): ExitCode {
  return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
}

function explain(error: unknown, desk: Desk): ExitCode {
  const page = desk.errorPage();
  desk.complain(error instanceof MigrationError ? errorLines(error, page) : bugLines(error, page));
  return codeOfError(error);
}

/**
 * An error that nobody awaited must not kill a process that may have frozen a
 * source: it is told, the run is asked to stop, and the exit code is a bug's.
 */
function catchStrays(desk: () => Desk): { seen: () => boolean; release: () => void } {
  let seen = false;
  const onStray = (error: unknown) => {
    if (!seen) process.emit("SIGTERM", "SIGTERM");
    seen = true;
    explain(error, desk());
  };
  process.on("uncaughtException", onStray);
  process.on("unhandledRejection", onStray);
  return {
    seen: () => seen,
    release: () => {
      process.off("uncaughtException", onStray);
      process.off("unhandledRejection", onStray);
    },
  };
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
