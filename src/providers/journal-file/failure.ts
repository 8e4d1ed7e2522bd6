/** Errors of the file system, told to the person whose run they stop. */
import { ActionError, MigrationError, UnreadableError, UsageError } from "../../core/errors.ts";
import { fileFailure } from "../../core/file-failure.ts";

/** `open`: nothing has begun. `append`: a run is going on. `read`: only looking. */
export type Doing = "open" | "append" | "read";

const meanings: { readonly [D in Doing]: string } = {
  open: "Nothing was looked at or changed.",
  append:
    "What could not be journaled was not begun. The journal holds everything up to there, and the run can be resumed.",
  read: "What this run did so far is not known. Nothing was changed.",
};

const errors = { open: UsageError, append: ActionError, read: UnreadableError } as const;

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Errors that are told already pass through; what is not the system's is a bug, and thrown on. */
export function tell(error: unknown, doing: Doing, path: string): MigrationError {
  if (error instanceof MigrationError) return error;
  if (codeOf(error) === "") throw error;
  if (["ENOTDIR", "ELOOP"].includes(codeOf(error))) throw noFolder(path, error);
  const { what, remedy } = explain(codeOf(error), error);
  const verb = doing === "read" ? "read" : doing === "append" ? "written" : "opened";
  const told = {
    message: `The journal could not be ${verb} (${path}): ${what}.`,
    meaning: meanings[doing],
    remedy,
  };
  return new errors[doing](told, { cause: error });
}

/** Named by mistake: no run can be in it, so none is in danger. */
function noFolder(path: string, cause: unknown): UsageError {
  const what = codeOf(cause) === "ELOOP" ? "leads back to itself by links" : "is no folder";
  return new UsageError(
    {
      message: `The state folder cannot be there: ${path}, or what it lies in, ${what} (${codeOf(cause)}).`,
      meaning: meanings.open,
      remedy: "Name the folder that holds the runs with --state.",
    },
    { cause },
  );
}

/** Where the journal can be elsewhere, or must not be. */
const otherRemedies: { readonly [code: string]: string } = {
  EROFS:
    "Mount it writable, or name a writable folder with --state; a run is resumed only from the folder that holds its journal.",
  EACCES: "Run as the user who owns the folder, or name another one with --state.",
  EPERM: "Run as the user who owns the folder, or name another one with --state.",
  EIO: "Copy the state folder to a sound disk and resume from there with --state.",
};

function explain(code: string, error: unknown): { what: string; remedy: string } {
  const known = fileFailure(error);
  if (known === undefined) {
    const detail = error instanceof Error ? error.message : String(error);
    return { what: detail, remedy: "Put that right, or name another folder with --state." };
  }
  const again = `${known.toDo}, then run the same command again with --resume.`;
  return { what: known.what, remedy: otherRemedies[code] ?? again };
}
