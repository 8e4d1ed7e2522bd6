/** `verify`: compares the two sides now, and changes nothing. */
import type { Command } from "commander";
import type { Progress } from "../../core/verdict.ts";
import { codeOfChecked, exitCodes } from "../exit-codes.ts";
import { looking } from "../looking.ts";
import { progressText } from "../output/active-lines.ts";
import { verifyLines } from "../output/report/verify.ts";
import type { Act } from "../program.ts";

export function addVerify(program: Command, act: Act): void {
  program
    .command("verify")
    .description("Compare source and target now: equal, different, or could not check.")
    .option("--json", "The answer on standard output, as one line.", false)
    .action(
      act(async (desk, words: { readonly json: boolean }) => {
        const invocation = await desk.invocation();
        const { verify } = await import("../../migration/index.ts");
        const { answer, isStopped } = await looking(desk, async ({ signal, show }) => {
          const progress = (shown: Progress) => show(`comparing: ${progressText(shown)}`);
          return {
            answer: await verify(invocation, { signal, progress }),
            isStopped: signal.aborted,
          };
        });
        if (words.json) desk.writeOut(`${JSON.stringify({ type: "verified", ...answer })}\n`);
        else desk.print(verifyLines(answer, desk.page()));
        return isStopped ? exitCodes.interrupted : codeOfChecked(answer.checked);
      }),
    );
}
