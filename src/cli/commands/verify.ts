/** `verify`: compares the two sides now, and changes nothing. */
import type { Command } from "commander";
import { codeOfChecked } from "../exit-codes.ts";
import { verifyLines } from "../output/report/verify.ts";
import { progressText } from "../output/active-lines.ts";
import { startStatusLine } from "../output/status-line.ts";
import type { Act } from "../program.ts";
import { lookingWords } from "../stop-words.ts";
import { listenForStops } from "../stopping.ts";

export function addVerify(program: Command, act: Act): void {
  program
    .command("verify")
    .description("Compare source and target now: equal, different, or could not check.")
    .option("--json", "The answer on standard output, as one line.", false)
    .action(
      act(async (desk, words: { readonly json: boolean }) => {
        const invocation = await desk.invocation();
        const { verify } = await import("../../migration/index.ts");
        const line = startStatusLine(desk);
        const stopping = listenForStops({
          words: () => lookingWords,
          say: line.say,
          now: () => performance.now(),
          exit: process.exit,
        });
        try {
          const answer = await verify(invocation, {
            signal: stopping.signal,
            progress: showProgress,
          });
          line.clear();
          if (words.json) desk.writeOut(`${JSON.stringify({ type: "verified", ...answer })}\n`);
          else desk.print(verifyLines(answer, desk.page()));
          return codeOfChecked(answer.checked);
        } finally {
          line.clear();
          stopping.release();
        }

        function showProgress(progress: Parameters<typeof progressText>[0]): void {
          line.show(`comparing: ${progressText(progress)}`);
        }
      }),
    );
}
