/**
 * What the system says of a file that cannot be written, told to the person
 * whose disk, or whose rights, it is about: no bug of the tool. Pure.
 */
import { ActionError, MigrationError } from "./errors.ts";

export interface FileFailure {
  readonly what: string;
  /** A sentence without its full stop. */
  readonly toDo: string;
}

/** Undefined for what is no failure of this kind. */
export function fileFailure(error: unknown): FileFailure | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  switch (code) {
    case "ENOSPC":
      return { what: "the disk is full (ENOSPC)", toDo: "Make room (`df -h`, `df -i`)" };
    case "EFBIG":
      return {
        what: "the file may not grow any more (EFBIG)",
        toDo: "Raise the limit (`ulimit -f`)",
      };
    case "EDQUOT":
      return { what: "your disk quota is used up (EDQUOT)", toDo: "Make room (`quota`)" };
    case "EROFS":
      return { what: "the file system is read-only (EROFS)", toDo: "Mount it writable" };
    case "EACCES":
    case "EPERM":
      return { what: `you have no permission (${code})`, toDo: "Allow this user to write there" };
    case "EIO":
      return {
        what: "the disk reported an error (EIO)",
        toDo: "See to it that the disk is sound",
      };
    default:
      return undefined;
  }
}

export interface Written {
  /** What is written, and where. */
  readonly file: string;
  /** What it means for the data when it could not be. */
  readonly meaning: string;
}

/** Throws ActionError for a disk that does not take the file, and all else as it is. */
export async function writing<T>({ file, meaning }: Written, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const failure = error instanceof MigrationError ? undefined : fileFailure(error);
    if (failure === undefined) throw error;
    throw new ActionError(
      {
        message: `${file} could not be written: ${failure.what}.`,
        meaning,
        remedy: `${failure.toDo}, then: opensauced-migrate run --resume`,
      },
      { cause: error },
    );
  }
}
