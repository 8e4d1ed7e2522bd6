/**
 * Finds PostgreSQL's client programs on this machine and picks a set that is
 * new enough for the server: pg_dump refuses servers newer than itself. Runs
 * nothing but `--version`.
 */
import { access, constants, readdir, realpath } from "node:fs/promises";
import path from "node:path";
import { run } from "./run.ts";

export const toolNames = ["pg_dump", "pg_restore", "pg_dumpall", "psql"] as const;
export type ToolName = (typeof toolNames)[number];

export interface Tools {
  /** The folder that holds all four. */
  readonly directory: string;
  /** As the program says it: `15.18`. */
  readonly version: string;
  readonly major: number;
}

export interface ToolsMissing {
  readonly is: "missing";
  /** What was found, but too old. */
  readonly tooOld: readonly Tools[];
  readonly message: string;
  /** Commands to paste. */
  readonly remedy: string;
}

export type FoundTools = { readonly is: "found"; readonly tools: Tools } | ToolsMissing;

/** Folders in which packagers put every major version side by side. */
async function packagedPlaces(): Promise<string[]> {
  const versioned = await Promise.all(
    [
      ["/usr/lib/postgresql", "bin"],
      ["/usr/pgsql", "bin"],
      ["/opt/homebrew/opt", "bin"],
      ["/usr/local/opt", "bin"],
      ["/home/linuxbrew/.linuxbrew/opt", "bin"],
      ["/Library/PostgreSQL", "bin"],
      ["/Applications/Postgres.app/Contents/Versions", "bin"],
    ].map(async ([parent = "", leaf = ""]) => {
      const names = await readdir(parent).catch(() => []);
      return names
        .filter((name) => /^\d+$|^libpq(?:@|$)|^postgresql(?:@|$)/.test(name))
        .map((name) => path.join(parent, name, leaf));
    }),
  );
  return versioned.flat();
}

async function inspect(directory: string, signal: AbortSignal): Promise<Tools | undefined> {
  for (const name of toolNames) {
    const file = path.join(directory, name);
    try {
      await access(file, constants.X_OK);
      // Debian's /usr/bin/pg_dump is a chooser that goes by local clusters, not by what we need.
      if ((await realpath(file)).endsWith("pg_wrapper")) return undefined;
    } catch {
      return undefined;
    }
  }
  const said = await run(path.join(directory, "pg_dump"), ["--version"], { env: {}, signal }).catch(
    () => undefined,
  );
  const match = /\(PostgreSQL\) ((\d+)[.\w]*)/.exec(said?.stdout ?? "");
  signal.throwIfAborted();
  if (match === null) return undefined;
  return { directory, version: match[1] ?? "", major: Number(match[2]) };
}

function missing(major: number, tooOld: readonly Tools[]): ToolsMissing {
  const seen = tooOld.map((tools) => `${tools.version} in ${tools.directory}`).join(", ");
  return {
    is: "missing",
    tooOld,
    message:
      seen === ""
        ? `pg_dump, pg_restore, pg_dumpall and psql ${major} or newer are needed; none were found on this machine.`
        : `pg_dump, pg_restore, pg_dumpall and psql ${major} or newer are needed, because pg_dump refuses servers newer than itself; found ${seen}.`,
    remedy: [
      `Debian, Ubuntu: sudo apt-get install postgresql-common && sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y && sudo apt-get install postgresql-client-${major}`,
      `macOS: brew install postgresql@${major}`,
    ].join("\n"),
  };
}

export interface FindOptions {
  /** The PATH to look through. */
  readonly path: string;
  /** At least this; `server_version_num / 10000` of the server to be dumped. */
  readonly major: number;
  readonly signal: AbortSignal;
  /** Replaces the packagers' folders; for a machine with its own layout. */
  readonly places?: readonly string[];
}

/** The oldest complete set that is new enough: an older pg_dump writes what an older server can restore. */
export async function findTools(options: FindOptions): Promise<FoundTools> {
  const inPath = options.path.split(path.delimiter).filter((place) => path.isAbsolute(place));
  const places = [...new Set([...inPath, ...(options.places ?? (await packagedPlaces()))])];
  const inspected = await Promise.all(places.map((place) => inspect(place, options.signal)));
  const all = inspected
    .filter((tools) => tools !== undefined)
    .toSorted((a, b) => a.major - b.major);
  const tools = all.find((candidate) => candidate.major >= options.major);
  if (tools !== undefined) return { is: "found", tools };
  return missing(options.major, all);
}
