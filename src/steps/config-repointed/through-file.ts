/** The plain variant: an env file that the application reads when it starts. */
import path from "node:path";
import { mkdir, writeFile } from "node:fs/promises";
import { writing } from "../../core/file-failure.ts";
import type { ActionContext, StepContext } from "../../core/step.ts";
import type { Verdict } from "../../core/verdict.ts";
import { patchEnvFile, readEnvFile } from "../../providers/env-file/index.ts";
import { latestFact } from "../facts.ts";
import { fillTemplates } from "../target-values.ts";
import type { World } from "../world.ts";
import type { FileSettings } from "./settings.ts";

export interface FileSeen {
  readonly through: "file";
  readonly file: string;
  /** Keys whose value is not the wanted one; their values stay out of everything. */
  readonly differing: readonly string[];
  readonly keys: readonly string[];
  readonly mode: number | undefined;
}

function fileOf(world: World, settings: FileSettings): string {
  return path.resolve(world.places.plan, world.references.text(settings.path));
}

export async function observeFile(
  world: World,
  settings: FileSettings,
  { signal }: StepContext,
): Promise<FileSeen> {
  const file = fileOf(world, settings);
  const [seen, wanted] = await Promise.all([
    readEnvFile(file),
    fillTemplates(world, settings.set, signal),
  ]);
  const differing = [...wanted]
    .filter(([key, value]) => seen.values.get(key)?.reveal() !== value.reveal())
    .map(([key]) => key);
  return { through: "file", file, differing, keys: [...wanted.keys()], mode: seen.mode };
}

export function decideFile(seen: FileSeen): Verdict {
  if (seen.differing.length === 0 && seen.mode === 0o600) {
    return {
      is: "satisfied",
      because: `${seen.file} sets ${seen.keys.join(", ")} to the target (through a file, not through Pulumi)`,
      pastPointOfNoReturn: true,
    };
  }
  return {
    is: "unmet",
    because: `${seen.file} does not lead to the target yet`,
    actions: [
      {
        id: "write-file",
        summary: `Set ${seen.differing.join(", ")} in ${seen.file}, so that applications use the target`,
        touches: "files",
        data: { keys: seen.differing },
        crossesPointOfNoReturn: true,
      },
    ],
  };
}

export async function writeFileNow(
  world: World,
  settings: FileSettings,
  context: ActionContext,
): Promise<void> {
  const file = fileOf(world, settings);
  const seen = await readEnvFile(file);
  const name = `env-file-before ${context.step}`;
  if (latestFact(context.notes, name) === undefined) {
    const copy = path.join(world.places.run, `${context.step}.before.env`);
    const meaning = `Nothing was changed in the configuration file: ${file} is as it was.`;
    await writing({ file: `The copy of ${file} (${copy})`, meaning }, async () => {
      await mkdir(world.places.run, { recursive: true, mode: 0o700 });
      await writeFile(copy, seen.text.reveal(), { mode: 0o600 });
    });
    await context.note(name, { copy, existed: seen.exists });
  }
  await patchEnvFile(seen, await fillTemplates(world, settings.set, context.signal));
}
