/** `rehearse`: the whole migration on this machine, against real PostgreSQL servers and a local cloud. */
import type { Command } from "commander";
import { UsageError } from "../../core/errors.ts";
import { likely } from "../../core/plan/nearest.ts";
import type { RehearsalAnswer } from "../../migration/api.ts";
import { collect, wholeNumber } from "../arguments.ts";
import type { Desk } from "../desk.ts";
import { codeOfEnding, exitCodes, type ExitCode } from "../exit-codes.ts";
import { faultLines, rehearsalLines } from "../output/report/rehearsal.ts";
import type { Act } from "../program.ts";
import { watched } from "../watched-run.ts";

interface RehearseWords {
  readonly database?: string;
  readonly rows: number;
  readonly writes: number;
  readonly fault: readonly string[];
  readonly keep: boolean;
  readonly json: boolean;
  readonly plain: boolean;
}

/** As many as the generator makes. */
const mostRows = 100_000_000;
/** The client waits for each answer, so it would not reach more. */
const mostWrites = 100_000;

export function addRehearse(program: Command, act: Act): void {
  program
    .command("rehearse")
    .description("Migrate on this machine, with real PostgreSQL servers and a local cloud.")
    .option("--database <file>", "A plain pg_dump file to migrate, instead of generated data.")
    .option("--rows <n>", "Rows of generated data.", wholeNumber(1, mostRows), 100_000)
    .option(
      "--writes <n>",
      "Writes a second by the writing client.",
      wholeNumber(1, mostWrites),
      100,
    )
    .option(
      "--fault <name>",
      "Let this go wrong; may be repeated; `list` shows what can.",
      collect,
      [],
    )
    .option("--keep", "Leave the servers up, and say how to reach them.", false)
    .option("--json", "Events on standard output, one a line; text on standard error.", false)
    .option("--plain", "Lines with a time instead of a live list.", false)
    .action(act(rehearsePlan));
}

async function rehearsePlan(desk: Desk, words: RehearseWords): Promise<ExitCode> {
  const { rehearse, listFaults } = await import("../../rehearsal/index.ts");
  if (words.fault.includes("list")) {
    desk.print(faultLines(listFaults(), desk.page()));
    return exitCodes.done;
  }
  for (const name of words.fault) refuseUnknownFault(name, listFaults());
  const { database, rows, writes, fault: faults, keep, json, plain } = words;
  const options = {
    json,
    plain,
    approve: [],
    opening: "Setting up servers and the local cloud.",
    // Commands need the rehearsal's environment, plan and state: the summary says how.
    showsRemedies: false,
  };
  const answer: RehearsalAnswer = await watched(desk, options, ({ listener, say, signal }) =>
    rehearse({
      database,
      rows,
      writes,
      faults,
      keep,
      stateFolder: desk.options.state,
      listener,
      say,
      signal,
    }),
  );
  if (json) desk.writeOut(`${JSON.stringify({ type: "rehearsed", ...answer })}\n`);
  if (json) desk.complain(rehearsalLines(answer, desk.errorPage()));
  else desk.print(rehearsalLines(answer, desk.page()));
  return codeOfRehearsal(answer);
}

/** A run that ended well, and yet a write is missing: different, or could not check. */
export function codeOfRehearsal(answer: RehearsalAnswer): ExitCode {
  const code = answer.run === undefined ? exitCodes.failed : codeOfEnding(answer.run.ending);
  if (code !== exitCodes.done || answer.sound) return code;
  return answer.client.missing === undefined ? exitCodes.couldNotCheck : exitCodes.blocked;
}

function refuseUnknownFault(fault: string, known: readonly { readonly name: string }[]): void {
  const names = known.map(({ name }) => name);
  if (names.includes(fault)) return;
  const near = likely(fault, names);
  throw new UsageError({
    message: `--fault ${fault}: there is no such fault${near}`,
    remedy: "opensauced-migrate rehearse --fault list",
  });
}
