/** `schema`: the JSON Schema of a plan file, for editors. */
import type { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import type { Act } from "../program.ts";

export function addSchema(program: Command, act: Act): void {
  program
    .command("schema")
    .description("Print the JSON Schema of a plan file, for editors.")
    .action(
      act(async (desk) => {
        const { schemaText } = await import("../../migration/explain.ts");
        desk.writeOut(schemaText());
        return exitCodes.done;
      }),
    );
}
