/** `explain`: the step kinds, from the very schemas that check a plan. */
import type { Command } from "commander";
import { UsageError } from "../../core/errors.ts";
import { likely } from "../../core/plan/nearest.ts";
import type { ExplainedKind } from "../../migration/api.ts";
import { exitCodes } from "../exit-codes.ts";
import { kindLines, kindListLines } from "../output/report/explain.ts";
import type { Act } from "../program.ts";

export function addExplain(program: Command, act: Act): void {
  program
    .command("explain")
    .description("Show the step kinds, or the settings of one of them.")
    .argument("[kind]", "A step kind, such as source-frozen.")
    .action(
      act(async (desk, name: string | undefined) => {
        const { explainKinds } = await import("../../migration/explain.ts");
        const kinds = explainKinds();
        const page = desk.page();
        desk.print(
          name === undefined ? kindListLines(kinds, page) : kindLines(kindNamed(name, kinds), page),
        );
        return exitCodes.done;
      }),
    );
}

export function kindNamed(name: string, kinds: readonly ExplainedKind[]): ExplainedKind {
  const found = kinds.find((kind) => kind.kind === name);
  if (found !== undefined) return found;
  const near = likely(
    name.toLowerCase(),
    kinds.map((kind) => kind.kind),
  );
  throw new UsageError({
    message: `There is no step kind ${JSON.stringify(name)}${near}`,
    remedy: "opensauced-migrate explain lists them",
  });
}
