/** `undo`: takes back what the open run changed; refuses past the point of no return. */
import type { Command } from "commander";
import type { RunAnswer } from "../../migration/api.ts";
import { codeOfEnding } from "../exit-codes.ts";
import type { Act } from "../program.ts";
import { openingWords } from "./run.ts";
import { watched } from "../watched-run.ts";

export function addUndo(program: Command, act: Act): void {
  program
    .command("undo")
    .description("Take back everything the open run changed, while that is possible.")
    .option("--json", "Events on standard output, one a line; text on standard error.", false)
    .option("--plain", "Lines with a time instead of a live list.", false)
    .action(
      act(async (desk, words: { readonly json: boolean; readonly plain: boolean }) => {
        const invocation = await desk.invocation();
        const { undo } = await import("../../migration/index.ts");
        const options = { ...words, approve: [], opening: openingWords, showsRemedies: true };
        const answer: RunAnswer = await watched(desk, options, async (watch) => {
          const given: RunAnswer = await undo(invocation, {
            listener: watch.listener,
            signal: watch.signal,
          });
          if (!watch.sawRun()) watch.say(`Nothing to undo: run ${given.run} left nothing changed.`);
          return given;
        });
        return codeOfEnding(answer.ending);
      }),
    );
}
