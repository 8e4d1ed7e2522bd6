/** `run`: carries the plan out, from the beginning or from where it stopped. */
import type { Command } from "commander";
import type { TimedEvent } from "../../core/event.ts";
import type { RunAnswer } from "../../migration/api.ts";
import { collect } from "../arguments.ts";
import type { Desk } from "../desk.ts";
import { codeOfEnding, type ExitCode } from "../exit-codes.ts";
import { runReportLines } from "../output/report/status.ts";
import type { Act } from "../program.ts";
import { watched } from "../watched-run.ts";

export interface RunWords {
  readonly resume: boolean;
  readonly until?: string;
  readonly approve: readonly string[];
  readonly json: boolean;
  readonly plain: boolean;
}

/** Before anything is journaled, both servers must say who they are. */
export const openingWords = "Asking both servers who they are; one of them takes its time.";

export function addRun(program: Command, act: Act): void {
  program
    .command("run")
    .description("Carry the plan out, step by step; can be stopped and resumed at any point.")
    .option("--resume", "Go on with the run that is open.", false)
    .option("--until <step>", "Stop when this step is satisfied.")
    .option("--approve <step>", "Say yes to this gate; may be repeated.", collect, [])
    .option("--json", "Events on standard output, one a line; text on standard error.", false)
    .option("--plain", "Lines with a time instead of a live list.", false)
    .action(act(runPlan));
}

async function runPlan(desk: Desk, words: RunWords): Promise<ExitCode> {
  const invocation = await desk.invocation();
  const { run } = await import("../../migration/index.ts");
  const { json, plain, approve, resume, until } = words;
  const answer = await watched(
    desk,
    { json, plain, approve, opening: openingWords, showsRemedies: true },
    async (watch) => {
      const given: RunAnswer = await run(invocation, {
        ...watch,
        resume,
        until,
        approved: approve,
      });
      if (given.nothingToDo && !watch.sawRun()) tellNothingToDo(given, words, desk);
      return given;
    },
  );
  return codeOfEnding(answer.ending);
}

function tellNothingToDo(answer: RunAnswer, { json }: RunWords, desk: Desk): void {
  const message = `Nothing to do: run ${answer.run} is finished.`;
  if (!json) {
    desk.print([message, "", ...runReportLines(answer.report, desk.page(), Date.now())]);
    return;
  }
  const event: TimedEvent = {
    type: "run-stopped",
    at: new Date().toISOString(),
    run: answer.run,
    ending: answer.ending,
    message,
    pastPointOfNoReturn: answer.report.pointOfNoReturn !== undefined,
    tookMs: 0,
  };
  desk.writeOut(`${JSON.stringify(event)}\n`);
  desk.complain([message]);
}
