/**
 * What is refused before a server is started: a dump file that cannot be
 * restored, and a machine without PostgreSQL's client programs.
 */
import { open } from "node:fs/promises";
import { UsageError } from "../core/errors.ts";
import { findTools } from "../providers/postgres-tools/index.ts";

/** Major version of the rehearsal's source: pg_dump refuses servers newer than itself. */
const sourceMajor = 15;

/** The folder with pg_dump, pg_restore and psql that the local cloud works with. */
export async function clientPrograms(
  searchPath: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const found = await findTools({ path: searchPath ?? "", major: sourceMajor, signal });
  if (found.is === "found") return found.tools.directory;
  throw new UsageError({
    message: found.message,
    meaning: "Nothing was started.",
    remedy: found.remedy,
  });
}

/** Where a file says in its first bytes what it is, and what makes a plain dump of it. */
const otherFormats = [
  {
    begins: Buffer.from("PGDMP"),
    is: "is in pg_dump's custom format",
    remedy: (file: string) => `pg_restore --file=plain.sql ${file}`,
  },
  {
    // A member of that name is the first of pg_dump's tar files.
    begins: Buffer.from("toc.dat\0"),
    is: "is in pg_dump's tar format",
    remedy: (file: string) => `pg_restore --file=plain.sql ${file}`,
  },
  {
    begins: Buffer.from([0x1f, 0x8b]),
    is: "is compressed",
    remedy: (file: string) => `gunzip --stdout ${file} > plain.sql`,
  },
] as const;

/** Throws UsageError unless the file can be read and may be a plain dump. */
export async function refuseUnusableDump(file: string): Promise<void> {
  const head = await beginningOf(file);
  const other = otherFormats.find(({ begins }) => head.subarray(0, begins.length).equals(begins));
  if (other !== undefined) {
    throw refused(
      file,
      `${other.is}, and only a plain one can be rehearsed with`,
      other.remedy(file),
    );
  }
  // PostgreSQL has no such character in any text, so no plain dump has.
  if (head.includes(0)) throw refused(file, "is not text, and so no plain dump");
}

const headBytes = 4096;

async function beginningOf(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, "r");
    try {
      const about = await handle.stat();
      if (about.isDirectory()) {
        throw refused(file, "is a folder", `pg_restore --file=plain.sql ${file}`);
      }
      // It is read twice, so neither a pipe nor a device will do.
      if (!about.isFile()) throw refused(file, "is not a file");
      if (about.size === 0) throw refused(file, "is empty");
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw refused(file, code === "ENOENT" ? "does not exist" : `could not be read (${code})`);
  }
}

function refused(file: string, why: string, remedy?: string): UsageError {
  return new UsageError({
    message: `The dump file ${file} ${why}.`,
    meaning: "Nothing was started.",
    remedy: remedy ?? "Name a plain dump: opensauced-migrate rehearse --database FILE.sql",
  });
}
