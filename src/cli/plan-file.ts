/** Which plan file is meant when none was named: the only one there is. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { UsageError } from "../core/errors.ts";

const folders = ["migrations-plans", "."] as const;
const ending = ".plan.yaml";

export async function choosePlanFile(named: string | undefined, folder: string): Promise<string> {
  if (named !== undefined) return named;
  const found = await planFilesIn(folder);
  const [only, ...others] = found;
  if (only === undefined) {
    throw new UsageError({
      message: `No plan: neither ./migrations-plans nor the current folder (${folder}) has a *${ending} file.`,
      meaning: "Nothing was looked at or changed.",
      remedy: "Name the plan: opensauced-migrate --plan FILE",
    });
  }
  if (others.length === 0) return only;
  throw new UsageError({
    message: `Which plan? There are ${found.length}:\n${found.map((file) => `  ${file}`).join("\n")}`,
    meaning: "Nothing was looked at or changed.",
    remedy: `Name one of them: opensauced-migrate --plan ${only}`,
  });
}

/** Relative to the folder. */
export async function planFilesIn(folder: string): Promise<string[]> {
  const lists = await Promise.all(
    folders.map(async (name) => {
      const entries = await readdir(path.join(folder, name)).catch(() => []);
      return entries
        .filter((entry) => entry.endsWith(ending))
        .map((entry) => path.join(name, entry));
    }),
  );
  return lists.flat().toSorted();
}
