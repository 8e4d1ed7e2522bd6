/**
 * pg_dump and pg_restore as child processes: a directory archive of one
 * database, its table of contents, and restoring one section with progress.
 * Passwords go through the child's environment, never its arguments.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa, ExecaError } from "execa";
import type { Access } from "../postgresql/session.ts";
import { MigrationFailure } from "./job.ts";

const parallel = 2;

type Environment = Readonly<Record<string, string | undefined>>;

function environment(access: Access, database: string): Environment {
  return {
    PGHOST: access.host,
    PGPORT: String(access.port),
    PGUSER: access.user,
    PGPASSWORD: access.password.reveal(),
    PGDATABASE: database,
    PGSSLMODE: access.sslMode,
    PGAPPNAME: "azure-migration-service",
    PGOPTIONS: "-c default_transaction_read_only=off",
    PGCONNECT_TIMEOUT: "10",
    // A service or root certificate of whoever started us must not take part.
    PGSERVICE: undefined,
    PGSSLROOTCERT: "/nonexistent",
    LC_ALL: "C",
  };
}

/** The first error a client program printed, which the service shows as its own; not an item named so (`psql_error`). */
function firstError(stderr: string): string {
  const first = stderr.split("\n").find((line) => /\b(?:error|fatal): |could not /i.test(line));
  return (first ?? stderr.trim().split("\n").at(-1) ?? "").slice(0, 500);
}

interface Child {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly database: string;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
}

async function runChild({ program, args, env, database, signal, onLine }: Child): Promise<string> {
  // `cleanup` (execa's default) ends the child when this process ends.
  const child = execa(program, [...args], {
    env: { ...env },
    cancelSignal: signal,
    forceKillAfterDelay: 3000,
    stdin: "ignore",
    maxBuffer: 50_000_000,
  });
  try {
    if (onLine !== undefined)
      for await (const line of child.iterable({ from: "stderr" })) onLine(line);
    return (await child).stdout;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    const stderr = typeof error.stderr === "string" ? error.stderr : "";
    throw new MigrationFailure(`${database}: ${firstError(stderr) || error.shortMessage}`);
  }
}

export interface DumpOptions {
  readonly program: string;
  readonly source: Access;
  readonly database: string;
  readonly directory: string;
  /** Of the slot; without it the dump takes its own. */
  readonly snapshot: string | undefined;
  readonly largeObjects: boolean;
  readonly signal: AbortSignal;
}

export async function dump(options: DumpOptions): Promise<void> {
  const { program, source, database, directory, snapshot, largeObjects, signal } = options;
  const args = [
    "--format=directory",
    `--jobs=${parallel}`,
    "--compress=0",
    "--no-sync",
    // Ours among them; subscriptions of the source would start pulling on the target.
    "--no-publications",
    "--no-subscriptions",
    ...(snapshot === undefined ? [] : [`--snapshot=${snapshot}`]),
    ...(largeObjects ? [] : ["--no-blobs"]),
    `--file=${directory}`,
  ];
  await runChild({ program, args, env: environment(source, database), database, signal });
}

/** Not carried: grants, extensions (made by the service), and what only a superuser may own. */
const leftOut =
  /^\d+; \d+ \d+ (ACL|DEFAULT ACL|EXTENSION|COMMENT - EXTENSION|EVENT TRIGGER|COMMENT - EVENT TRIGGER|SECURITY LABEL|SUBSCRIPTION|PUBLICATION|PUBLICATION TABLE|PUBLICATION TABLES IN SCHEMA) /;

export interface Contents {
  /** File for `pg_restore --use-list`. */
  readonly list: string;
  readonly tables: number;
}

/** `schemas` exist on the target already, made for its extensions. */
export async function contents(
  program: string,
  directory: string,
  database: string,
  schemas: readonly string[],
  signal: AbortSignal,
): Promise<Contents> {
  const text = await runChild({
    program,
    args: ["--list", directory],
    env: { LC_ALL: "C" },
    database,
    signal,
  });
  const made = schemas.map((schema) => ` SCHEMA - ${schema} `);
  const kept = text
    .split("\n")
    .filter((line) => !leftOut.test(line) && !made.some((schema) => line.includes(schema)));
  const list = join(directory, "..", `${database.replaceAll(/\W/g, "_")}.list`);
  await writeFile(list, kept.join("\n"), { mode: 0o600 });
  return { list, tables: kept.filter((line) => /^\d+; \d+ \d+ TABLE DATA /.test(line)).length };
}

export interface RestoreOptions {
  readonly program: string;
  readonly target: Access;
  readonly database: string;
  readonly directory: string;
  readonly list: string;
  readonly section: "pre-data" | "data" | "post-data";
  readonly signal: AbortSignal;
  readonly onTableBegun?: () => void;
  readonly onTableDone?: () => void;
}

/** Stops at the first error, as the service does. */
export async function restore(options: RestoreOptions): Promise<void> {
  const { program, target, database, directory, list, section, signal } = options;
  const args = [
    `--dbname=${database}`,
    `--section=${section}`,
    `--use-list=${list}`,
    "--no-owner",
    "--no-acl",
    // What lies in a tablespace lands in the default one (Microsoft, known issues of the service).
    "--no-tablespaces",
    "--exit-on-error",
    "--verbose",
    // Objects depend on one another before the data; later they may go side by side.
    ...(section === "pre-data" ? [] : [`--jobs=${parallel}`]),
    directory,
  ];
  await runChild({
    program,
    args,
    env: environment(target, database),
    database,
    signal,
    onLine: (line) => {
      // A parallel restore announces its items; the words are the same in 15 to 18.
      if (/: launching item \d+ TABLE DATA /.test(line)) options.onTableBegun?.();
      if (/: finished item \d+ TABLE DATA /.test(line)) options.onTableDone?.();
    },
  });
}
