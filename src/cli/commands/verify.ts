/** `verify`: compares the two sides now, and changes nothing. */
import { type Command, Option } from "commander";
import { UsageError } from "../../core/errors.ts";
import type { Progress } from "../../core/verdict.ts";
import type { VerifyAnswer } from "../../migration/api.ts";
import { sizeInBytes, wholeNumber } from "../arguments.ts";
import type { Desk } from "../desk.ts";
import { codeOfChecked, exitCodes, type ExitCode } from "../exit-codes.ts";
import { looking, type Look } from "../looking.ts";
import { progressText } from "../output/active-lines.ts";
import { verifyHtml } from "../output/report/verify-html.ts";
import { verifyJson } from "../output/report/verify-json.ts";
import { verifyJunit } from "../output/report/verify-junit.ts";
import { verifyLines } from "../output/report/verify.ts";
import type { Act } from "../program.ts";
import { openReportFile, refuseOneFile } from "../report-file.ts";

interface Words {
  readonly source?: string;
  readonly target?: string;
  readonly database?: readonly string[];
  readonly json: boolean;
  readonly junit?: string;
  readonly html?: string;
  readonly values: boolean;
  readonly concurrency?: number;
  readonly pauseAbove?: number;
  readonly pauseBehind?: number;
}

const mostSessions = 32;

const withoutPlan = `
Without a plan, any two PostgreSQL databases:
  export SOURCE_URL=... TARGET_URL=...
  opensauced-migrate verify --source '\${env:SOURCE_URL}' --target '\${env:TARGET_URL}'
A connection is \${env:NAME} or \${file:PATH}, holding a connection string as libpq
takes it, or service=NAME. A password is never taken from the command line.`;

export function addVerify(program: Command, act: Act): void {
  program
    .command("verify")
    .description("Compare source and target now: equal, different, or could not check.")
    .option("--source <connection>", "Without a plan: the database that is right.")
    .option("--target <connection>", "Without a plan: the database to compare with it.")
    .option(
      "--database <name...>",
      "Databases, by one name on both sides. Default: the connection's.",
    )
    .option("--json", "The answer on standard output, as one line.", false)
    .option("--junit <file>", "The answer for CI: one test case for each table.")
    .option("--html <file>", "The answer as one page, for a browser or a printer.")
    .addOption(
      new Option(
        "--no-values",
        "Leave out the keys of rows that differ, and what they hold. Definitions (defaults, functions, comments) are still told.",
      ),
    )
    .option(
      "--concurrency <n>",
      `Connections to each side, 1 to ${mostSessions}. Default: 2.`,
      wholeNumber(1, mostSessions),
    )
    .option(
      "--pause-above <n>",
      "Wait while more than n sessions of others are active on the source. Default: never.",
      wholeNumber(0, 100_000),
    )
    .option(
      "--pause-behind <size>",
      "Wait while who follows the source is more WAL behind, such as 256MB. Default: never.",
      sizeInBytes,
    )
    .addHelpText("after", withoutPlan)
    .action(
      act(async (desk, words: Words) => {
        const ask = await question(desk, words);
        const [junit, html] = await Promise.all([
          openReportFile("--junit", words.junit),
          openReportFile("--html", words.html),
        ]);
        await refuseOneFile(["--junit", words.junit], ["--html", words.html]);
        const { answer, isStopped } = await looking(desk, async (look) => ({
          answer: await ask(look),
          isStopped: look.signal.aborted,
        }));
        if (words.json) desk.writeOut(verifyJson(answer));
        else desk.print(verifyLines(answer, desk.page()));
        const wrote = await Promise.all([
          junit.write(() => verifyJunit(answer)),
          html.write(() => verifyHtml(answer)),
        ]);
        const lost = wrote.flatMap((problem) => (problem === undefined ? [] : [problem]));
        if (lost.length > 0) desk.complain(lost);
        return isStopped ? exitCodes.interrupted : codeOf(answer, lost.length > 0);
      }),
    );
}

/** What was asked for is not done when a report is missing; what was found still counts more. */
function codeOf({ checked }: VerifyAnswer, isReportLost: boolean): ExitCode {
  const code = codeOfChecked(checked);
  return code === exitCodes.done && isReportLost ? exitCodes.failed : code;
}

/** Which of the two forms is meant. Throws UsageError for a mixture. */
async function question(desk: Desk, words: Words): Promise<(look: Look) => Promise<VerifyAnswer>> {
  const { source, target, database: databases = [] } = words;
  const { verify, verifyPair } = await import("../../migration/index.ts");
  const options = ({ signal, show, log }: Look) => ({
    signal,
    paused: log,
    progress: (shown: Progress) => show(`comparing: ${progressText(shown)}`),
    sessions: words.concurrency,
    pause: { active: words.pauseAbove, behind: words.pauseBehind },
    values: words.values,
  });
  if (source === undefined && target === undefined) {
    if (databases.length > 0) {
      throw unclear(
        "--database goes with --source and --target: a plan names its databases itself.",
      );
    }
    const invocation = await desk.invocation();
    return (look) => verify(invocation, options(look));
  }
  if (source === undefined || target === undefined) {
    const missing = source === undefined ? "--source" : "--target";
    throw unclear(`${missing} is missing: without a plan, both sides are named.`);
  }
  if (desk.options.plan !== undefined) {
    throw unclear("--plan was given, and --source and --target: a plan knows both sides itself.");
  }
  return (look) => verifyPair({ source, target, databases }, options(look));
}

function unclear(message: string): UsageError {
  return new UsageError({
    message,
    meaning: "Nothing was connected to.",
    remedy: "opensauced-migrate verify --help",
  });
}
