/** The files of a Pulumi project: where a stack's settings are, and how they read now. Reads only. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { UsageError } from "../../core/errors.ts";

export interface StackSettings {
  /** `Pulumi.dev.yaml`, absolute. */
  readonly file: string;
  /** As it is, secrets encrypted; undefined when there is no such file yet. */
  readonly text: string | undefined;
  /** SHA-256 of the text, hexadecimal; of nothing when there is none. */
  readonly sha256: string;
}

export interface Project {
  readonly name: string;
  readonly backendUrl: string | undefined;
  /** Absolute folder of the stacks' settings. */
  readonly settingsFolder: string;
}

const schema = z.object({
  name: z.string(),
  backend: z.object({ url: z.string().optional() }).optional(),
  stackConfigDir: z.string().optional(),
});

/** Throws UsageError when there is no project in the folder. */
export async function readProject(folder: string): Promise<Project> {
  for (const name of ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"]) {
    const text = await readFile(path.join(folder, name), "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const parsed = schema.safeParse(parse(text));
    if (!parsed.success)
      throw new UsageError({
        message: `${path.join(folder, name)} is not a Pulumi project: ${z.prettifyError(parsed.error)}`,
      });
    return {
      name: parsed.data.name,
      backendUrl: parsed.data.backend?.url,
      settingsFolder: path.resolve(folder, parsed.data.stackConfigDir ?? "."),
    };
  }
  throw new UsageError({
    message: `There is no Pulumi project in ${folder}.`,
    remedy: "Name the folder that holds Pulumi.yaml.",
  });
}

export async function readSettings(project: Project, stack: string): Promise<StackSettings> {
  const file = path.join(project.settingsFolder, `Pulumi.${stack.split("/").at(-1) ?? stack}.yaml`);
  const text = await readFile(file, "utf8").catch((error: { code?: string }) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return {
    file,
    text,
    sha256: createHash("sha256")
      .update(text ?? "")
      .digest("hex"),
  };
}
