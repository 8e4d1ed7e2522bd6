/** `plan`: looks at everything, applies nothing. */
import type { Command } from "commander";
import { codeOfPreview, exitCodes } from "../exit-codes.ts";
import { planLines } from "../output/report/plan.ts";
import { startStatusLine } from "../output/status-line.ts";
import type { Act } from "../program.ts";
import { lookingWords } from "../stop-words.ts";
import { listenForStops } from "../stopping.ts";

export function addPlan(program: Command, act: Act): void {
  program
    .command("plan")
    .description("Look at every step and show what a run would do. Changes nothing.")
    .action(
      act(async (desk) => {
        const invocation = await desk.invocation();
        const { preview } = await import("../../migration/index.ts");
        const line = startStatusLine(desk);
        const stopping = listenForStops({
          words: () => lookingWords,
          say: line.say,
          now: () => performance.now(),
          exit: process.exit,
        });
        try {
          const answer = await preview(invocation, {
            signal: stopping.signal,
            watch: (step: string) => line.show(`looking at ${step}`),
          });
          line.clear();
          desk.print(planLines(answer, desk.page()));
          return stopping.signal.aborted ? exitCodes.interrupted : codeOfPreview(answer.steps);
        } finally {
          line.clear();
          stopping.release();
        }
      }),
    );
}
