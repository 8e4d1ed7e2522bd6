/**
 * A report as a file. It is emptied before anything is compared: a file that
 * cannot be written is known at once, and after an interruption nobody takes
 * the last report for the new one.
 */
import { stat, writeFile } from "node:fs/promises";
import { UsageError } from "../core/errors.ts";

export interface ReportFile {
  /** Does nothing where no file was asked for. A sentence when it could not be written. */
  write(text: () => string): Promise<string | undefined>;
}

const reason = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown";

export async function openReportFile(
  option: string,
  file: string | undefined,
): Promise<ReportFile> {
  if (file === undefined) return { write: () => Promise.resolve(undefined) };
  try {
    await writeFile(file, "");
  } catch (error) {
    throw new UsageError({
      message: `${option} ${JSON.stringify(file)} cannot be written (${reason(error)}).`,
      meaning: "Nothing was connected to.",
      remedy: `Name a file in a folder that is there: ${option} FILE`,
    });
  }
  return {
    write: async (text) => {
      try {
        await writeFile(file, text());
        return undefined;
      } catch (error) {
        return `${option} ${JSON.stringify(file)} could not be written (${reason(error)}): what is there is not the report.`;
      }
    },
  };
}

/** By what they lead to: two names may be one file. What is no file (`/dev/null`) takes both. */
export async function refuseOneFile(
  one: readonly [option: string, file: string | undefined],
  other: readonly [option: string, file: string | undefined],
): Promise<void> {
  if (one[1] === undefined || other[1] === undefined) return;
  const [a, b] = await Promise.all([stat(one[1]), stat(other[1])]);
  if (!a.isFile() || a.dev !== b.dev || a.ino !== b.ino) return;
  throw new UsageError({
    message: `${one[0]} and ${other[0]} name the same file, ${JSON.stringify(other[1])}: one report would overwrite the other.`,
    meaning: "Nothing was connected to.",
    remedy: "Name two files.",
  });
}
