/**
 * Watches for secrets where nobody may see them, while something runs: on the
 * command lines of every process of this machine, in the environments of what
 * the program starts, and in its files; and in files and output after.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { setInterval } from "node:timers/promises";
import { percentEncode } from "../../src/core/percent-encoding.ts";

export interface Sightings {
  /** `NAME on the command line of: pg_dump`. */
  readonly found: readonly string[];
  /** Names of programs that were seen at all: a watch that saw nothing proves nothing. */
  readonly programs: ReadonlySet<string>;
  /** The same for the environments that were read, and the files. */
  readonly environments: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
}

export type Secrets = ReadonlyMap<string, string>;

/** By its name: every variable that a plan would call a secret. */
export function secretsOf(environment: { readonly [name: string]: string }): Secrets {
  const entries = Object.entries(environment);
  return new Map(entries.filter(([name]) => /PASSWORD|TOKEN|PASSPHRASE/.test(name)));
}

/** What base64 of it together with a user hangs on it alone. */
function afterUser(secret: string): string[] {
  return ["", "a", "aa"]
    .map((user) => Buffer.from(`${user}${secret}`).toString("base64").slice(4, -4))
    .filter((text) => text.length >= 8);
}

/** As it is, in a URL, in JSON, in SQL, in a password file of libpq, in base64. */
function forms(secret: string): string[] {
  return [
    ...afterUser(secret),
    secret,
    encodeURIComponent(secret),
    percentEncode(secret),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("'", "''"),
    secret.replaceAll(/[\\:]/g, String.raw`\$&`),
    Buffer.from(secret).toString("base64"),
  ];
}

export function secretsIn(text: string, secrets: Secrets): string[] {
  return [...secrets]
    .filter(([, secret]) => forms(secret).some((form) => text.includes(form)))
    .map(([name]) => name);
}

export interface Watched {
  /** What the program itself starts is watched closer: its environments too. */
  readonly program?: number;
  /** Which secrets the environment of a program may hold, by the beginning of its name. */
  readonly mayKnow?: { readonly [program: string]: readonly string[] };
  /** Folders whose every file must be for nobody else at every moment. */
  readonly folders?: readonly string[];
}

export interface SecretWatch {
  /** So far. */
  readonly found: ReadonlySet<string>;
  end(): Promise<Sightings>;
}

/** Samples until `end` is called. */
export function watchSecrets(secrets: Secrets, watched: Watched = {}): SecretWatch {
  const over = new AbortController();
  const seen: Seen = {
    found: new Set(),
    programs: new Set(),
    environments: new Set(),
    files: new Set(),
    processes: new Map(),
  };
  const watching = (async () => {
    try {
      for await (const _ of setInterval(30, undefined, { signal: over.signal })) {
        await Promise.all([lookAtProcesses(secrets, watched, seen), lookAtFiles(watched, seen)]);
      }
    } catch (error) {
      if (!over.signal.aborted) throw error;
    }
  })();
  return {
    found: seen.found,
    end: async () => {
      over.abort();
      await watching;
      const { found, programs, environments, files } = seen;
      return { found: [...found], programs, environments, files };
    },
  };
}

interface Seen {
  readonly found: Set<string>;
  readonly programs: Set<string>;
  readonly environments: Set<string>;
  readonly files: Set<string>;
  readonly processes: Map<number, Process>;
}

interface Process {
  readonly parent: number;
  readonly line: string;
  /** Looks that were taken at it. Between fork and exec a child is still its parent. */
  looks: number;
}

/** A process that was looked at so often is what it will be. */
const settledLooks = 4;

async function lookAtProcesses(secrets: Secrets, watched: Watched, seen: Seen): Promise<void> {
  const pids = (await readdir("/proc")).flatMap((name) =>
    /^\d+$/.test(name) ? [Number(name)] : [],
  );
  const there = new Set(pids);
  for (const pid of seen.processes.keys()) if (!there.has(pid)) seen.processes.delete(pid);
  const unsettled = pids.filter((pid) => (seen.processes.get(pid)?.looks ?? 0) < settledLooks);
  await Promise.all(
    unsettled.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      const looks = (seen.processes.get(pid)?.looks ?? 0) + 1;
      seen.processes.set(pid, { parent: await parentOf(pid), line, looks });
      if (looks === 1 || line !== "") lookAtLine(line, secrets, seen);
    }),
  );
  const { program } = watched;
  if (program === undefined) return;
  const started = unsettled.filter((pid) => isBelow(program, pid, seen.processes));
  await Promise.all(started.map((pid) => lookAtEnvironment(pid, secrets, watched, seen)));
}

function lookAtLine(line: string, secrets: Secrets, seen: Seen): void {
  seen.programs.add(nameOf(line));
  for (const name of secretsIn(line, secrets)) {
    seen.found.add(`${name} on the command line of: ${nameOf(line)}`);
  }
}

async function lookAtEnvironment(
  pid: number,
  secrets: Secrets,
  watched: Watched,
  seen: Seen,
): Promise<void> {
  const line = seen.processes.get(pid)?.line ?? "";
  const parents = seen.processes.get(watched.program ?? 0)?.line;
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  const after = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (environment === "" || line === "" || line === parents || after !== line) return;
  const program = nameOf(line);
  seen.environments.add(program);
  for (const name of secretsIn(environment, secrets)) {
    const may = Object.entries(watched.mayKnow ?? {}).some(
      ([begin, known]) => program.startsWith(begin) && known.includes(name),
    );
    if (!may) seen.found.add(`${name} in the environment of: ${program}`);
  }
}

function isBelow(root: number, pid: number, processes: ReadonlyMap<number, Process>): boolean {
  for (let at = processes.get(pid)?.parent; at !== undefined; at = processes.get(at)?.parent) {
    if (at === root) return true;
    if (at <= 1) return false;
  }
  return false;
}

function nameOf(line: string): string {
  return path.basename(line.split("\0")[0] ?? "");
}

/** Fields of /proc/PID/stat after the name in brackets, which may hold blanks: state, parent. */
async function parentOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

async function lookAtFiles(watched: Watched, seen: Seen): Promise<void> {
  for (const folder of watched.folders ?? []) {
    for (const { file, mode } of await filesBelow(folder)) {
      seen.files.add(path.basename(file));
      if ((mode & 0o077) !== 0) {
        seen.found.add(`${path.relative(folder, file)} has mode ${mode.toString(8)}`);
      }
    }
  }
}

/** Files and folders; what goes while it is looked at is passed over. */
async function filesBelow(
  folder: string,
): Promise<readonly { readonly file: string; readonly mode: number; readonly isFile: boolean }[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      const info = await stat(file).catch(() => undefined);
      if (info === undefined) return [];
      return [{ file, mode: info.mode & 0o777, isFile: info.isFile() }];
    }),
  );
  return found.flat();
}

/** `NAME in journal.jsonl`, for every file below the folder, whatever is in it. */
export async function secretsBelow(folder: string, secrets: Secrets): Promise<string[]> {
  const files = (await filesBelow(folder)).filter(({ isFile }) => isFile);
  const found = await Promise.all(
    files.map(async ({ file }) => {
      const text = await readFile(file, "utf8");
      return secretsIn(text, secrets).map((name) => `${name} in ${path.relative(folder, file)}`);
    }),
  );
  return found.flat();
}
