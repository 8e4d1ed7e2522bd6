/**
 * A dotenv file on disk: read whole with its hash, written whole or not at
 * all. The file may hold secrets, so it is 0600 and its values are Secrets.
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { ActionError, UnreadableError, UsageError } from "../../core/errors.ts";
import { fileFailure } from "../../core/file-failure.ts";
import { Secret } from "../../core/secret.ts";
import { keyPattern, patchText, readAssignments } from "./dotenv.ts";

export interface EnvFile {
  readonly path: string;
  /** False: there is no such file yet. */
  readonly exists: boolean;
  /** SHA-256 of the bytes, hexadecimal; of nothing when there is no file. */
  readonly sha256: string;
  /** The pre-image, for a private copy. */
  readonly text: Secret;
  /** The last assignment of a key counts. */
  readonly values: ReadonlyMap<string, Secret>;
  /** Permission bits; undefined when there is no file. */
  readonly mode: number | undefined;
}

export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

/** Throws UsageError for what must not be written through: a link, a folder, someone else's file. */
async function checkPlace(file: string): Promise<number | undefined> {
  let info;
  try {
    info = await lstat(file);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new UnreadableError({
      message: `${file} cannot be looked at: ${(error as Error).message}`,
    });
  }
  if (info.isSymbolicLink()) {
    throw new UsageError({
      message: `${file} is a symbolic link; replacing it would leave what it points to as it was.`,
      remedy: `Name the file itself in the plan: readlink -f ${file}`,
    });
  }
  if (!info.isFile()) throw new UsageError({ message: `${file} is not a file.` });
  const uid = process.geteuid?.();
  if (uid !== undefined && info.uid !== uid) {
    throw new UsageError({
      message: `${file} belongs to another user (uid ${info.uid}, we are ${uid}); writing it anew would take it away from them.`,
      remedy: "Run as its owner, or change its owner.",
    });
  }
  if (info.nlink > 1) {
    throw new UsageError({
      message: `${file} has ${info.nlink} hard links; writing it anew would part them.`,
    });
  }
  return info.mode & 0o777;
}

/** Throws UsageError or UnreadableError. */
export async function readEnvFile(file: string): Promise<EnvFile> {
  const mode = await checkPlace(file);
  let text = "";
  if (mode !== undefined) {
    try {
      const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        text = await handle.readFile("utf8");
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw new UnreadableError({ message: `${file} cannot be read: ${(error as Error).message}` });
    }
  }
  return {
    path: file,
    exists: mode !== undefined,
    sha256: hashText(text),
    text: new Secret(text),
    values: new Map(readAssignments(text).map(({ key, value }) => [key, new Secret(value)])),
    mode,
  };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Replaces the file with a text, if it is still the one with the given hash.
 * A reader sees the old file or the new one, never a part. Throws ActionError
 * when somebody changed it meanwhile.
 */
export async function writeEnvFile(
  file: string,
  text: Secret,
  expectedSha256: string,
): Promise<EnvFile> {
  const folder = path.dirname(file);
  // Always the same name: what a killed process left there, passwords in it, is gone with the next write.
  const temporary = path.join(folder, `.${path.basename(file)}.opensauced-migrate.tmp`);
  try {
    await rm(temporary, { force: true });
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text.reveal());
      await handle.sync();
    } finally {
      await handle.close();
    }
    // As late as can be: rename itself cannot be made conditional.
    const seen = await readEnvFile(file);
    if (seen.sha256 !== expectedSha256) {
      throw new ActionError({
        message: `${file} was changed by someone else since it was read; it was left as it is.`,
        remedy: "opensauced-migrate run --resume   (reads the file anew)",
      });
    }
    await rename(temporary, file);
    await syncFolder(folder);
  } catch (error) {
    // Where nothing can be written, nothing can be removed either.
    await rm(temporary, { force: true }).catch(() => undefined);
    if (codeOf(error) === undefined) throw error;
    const failure = fileFailure(error);
    throw new ActionError({
      message: `${file} could not be written: ${failure?.what ?? (error as Error).message}`,
      meaning: "It is as it was.",
      ...(failure && { remedy: `${failure.toDo}, then: opensauced-migrate run --resume` }),
    });
  }
  return readEnvFile(file);
}

/** Changes keys and leaves the rest as it was. Keys are checked; values may be anything but NUL. */
export async function patchEnvFile(
  seen: EnvFile,
  changes: ReadonlyMap<string, Secret>,
): Promise<EnvFile> {
  for (const [key, value] of changes) {
    if (!keyPattern.test(key))
      throw new UsageError({ message: `"${key}" is not a name of an environment variable.` });
    if (value.reveal().includes("\0"))
      throw new UsageError({ message: `The value of ${key} contains a NUL character.` });
  }
  const revealed = new Map([...changes].map(([key, value]) => [key, value.reveal()]));
  const text = patchText(seen.text.reveal(), revealed);
  if (seen.exists && text === seen.text.reveal() && seen.mode === 0o600) return seen;
  return writeEnvFile(seen.path, new Secret(text), seen.sha256);
}

/** Puts a pre-image back, if the file is still what this tool wrote; a file that did not exist goes. */
export async function restoreEnvFile(
  file: string,
  before: { readonly exists: boolean; readonly text: Secret },
  writtenSha256: string,
): Promise<void> {
  if (before.exists) {
    await writeEnvFile(file, before.text, writtenSha256);
    return;
  }
  const seen = await readEnvFile(file);
  if (!seen.exists) return;
  if (seen.sha256 !== writtenSha256) {
    throw new ActionError({
      message: `${file} was changed since this run wrote it; it was left as it is.`,
    });
  }
  await rm(file);
  await syncFolder(path.dirname(file));
}
