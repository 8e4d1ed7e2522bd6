/** The words of the command line: commands and options, and nothing of what they do. */
import { Command, type Option } from "commander";
import { addExplain } from "./commands/explain.ts";
import { addPlan } from "./commands/plan.ts";
import { addRehearse } from "./commands/rehearse.ts";
import { addRun } from "./commands/run.ts";
import { addSchema } from "./commands/schema.ts";
import { addStatus } from "./commands/status.ts";
import { addUndo } from "./commands/undo.ts";
import { addVerify } from "./commands/verify.ts";
import { defaultStateFolder, type Desk } from "./desk.ts";
import type { ExitCode } from "./exit-codes.ts";
import { withoutCredentials } from "./output/error-lines.ts";

/** Makes a command's work an action of the program, which keeps its exit code. */
export type Act = <Args extends readonly unknown[]>(
  work: (desk: Desk, ...given: Args) => Promise<ExitCode>,
) => (...given: Args) => Promise<void>;

const exitCodesHelp = `
Exit codes: 0 done or nothing to do, 1 failed, 2 wrong usage or plan,
  3 blocked by findings, differences or drift, 4 stopped at a gate,
  5 could not check, 70 a bug, 130 interrupted and resumable.`;

/** That a switch is off unless it is given needs no words. */
function described({ description, defaultValue }: Option): string {
  const tells = typeof defaultValue === "string" || typeof defaultValue === "number";
  return tells ? `${description} Default: ${String(defaultValue)}.` : description;
}

export function buildProgram(version: string, act: Act): Command {
  const program = new Command("opensauced-migrate")
    .description(
      "Moves PostgreSQL from DigitalOcean to Azure Flexible Server by a declarative plan.",
    )
    .version(version, "-V, --version", "Show the version.")
    .helpOption("-h, --help", "Show this help.")
    .helpCommand("help [command]", "Show the help of a command.")
    .option(
      "--plan <file>",
      "The plan. Default: the only *.plan.yaml in ./migrations-plans or here.",
    )
    .option("--state <folder>", `Where runs are kept. Default: ${defaultStateFolder}.`)
    .option("--color", "Colours, even where there is no terminal.")
    .option("--no-color", "No colours; so does NO_COLOR.")
    .option(
      "-v, --verbose",
      "Every object and action, not the first ten; the stack of a bug.",
      false,
    )
    .addHelpText("after", exitCodesHelp)
    .showHelpAfterError("See opensauced-migrate --help.")
    // A mistyped option is repeated with what was given to it, which may be a URL with a password.
    .configureOutput({ outputError: (text, write) => write(withoutCredentials(text)) })
    .configureHelp({ showGlobalOptions: false, optionDescription: described })
    .exitOverride();
  addPlan(program, act);
  addRun(program, act);
  addVerify(program, act);
  addStatus(program, act);
  addUndo(program, act);
  addRehearse(program, act);
  addExplain(program, act);
  addSchema(program, act);
  return program;
}
