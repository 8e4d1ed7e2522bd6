/** `plan`: looks at everything, applies nothing. */
import type { Command } from "commander";
import { codeOfPreview, exitCodes } from "../exit-codes.ts";
import { looking } from "../looking.ts";
import { planLines } from "../output/report/plan.ts";
import type { Act } from "../program.ts";

export function addPlan(program: Command, act: Act): void {
  program
    .command("plan")
    .description("Look at every step and show what a run would do. Changes nothing.")
    .action(
      act(async (desk) => {
        const invocation = await desk.invocation();
        const { preview } = await import("../../migration/index.ts");
        const { answer, isStopped } = await looking(desk, async ({ signal, show }) => {
          const watch = (step: string) => show(`looking at ${step}`);
          return {
            answer: await preview(invocation, { signal, watch }),
            isStopped: signal.aborted,
          };
        });
        desk.print(planLines(answer, desk.page()));
        return isStopped ? exitCodes.interrupted : codeOfPreview(answer.steps);
      }),
    );
}
