/** `status`: where the run stands, read from its journal alone. */
import type { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { statusLines } from "../output/report/status.ts";
import type { Act } from "../program.ts";

export function addStatus(program: Command, act: Act): void {
  program
    .command("status")
    .description("Show where the run stands, and whether the source takes writes.")
    .action(
      act(async (desk) => {
        const { status } = await import("../../migration/index.ts");
        const answer = await status({ planFile: desk.options.plan, stateFolder: desk.stateFolder });
        desk.print(statusLines(answer, desk.page(), Date.now()));
        return exitCodes.done;
      }),
    );
}
