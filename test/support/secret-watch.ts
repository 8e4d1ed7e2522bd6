/**
 * Watches for secrets where nobody may see them: on the command lines of every
 * process of this machine while something runs, and in files and output after.
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setInterval } from "node:timers/promises";

export interface Sightings {
  /** `NAME on the command line of: pg_dump --jobs ...`. */
  readonly found: readonly string[];
  /** Names of programs that were seen at all: a watch that saw nothing proves nothing. */
  readonly programs: ReadonlySet<string>;
}

export type Secrets = ReadonlyMap<string, string>;

/** By its name: every variable that a plan would call a secret. */
export function secretsOf(environment: { readonly [name: string]: string }): Secrets {
  const entries = Object.entries(environment);
  return new Map(entries.filter(([name]) => /PASSWORD|TOKEN|PASSPHRASE/.test(name)));
}

/** As it is, in a URL, in JSON and in SQL. */
function forms(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("'", "''"),
  ];
}

export function secretsIn(text: string, secrets: Secrets): string[] {
  return [...secrets]
    .filter(([, secret]) => forms(secret).some((form) => text.includes(form)))
    .map(([name]) => name);
}

export interface SecretWatch {
  /** So far. */
  readonly found: ReadonlySet<string>;
  end(): Promise<Sightings>;
}

/** Samples until `end` is called. */
export function watchCommandLines(secrets: Secrets): SecretWatch {
  const over = new AbortController();
  const found = new Set<string>();
  const programs = new Set<string>();
  const sample = async (pid: string): Promise<void> => {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const [file = ""] = line.split("\0");
    programs.add(path.basename(file));
    for (const name of secretsIn(line, secrets)) {
      found.add(`${name} on the command line of: ${path.basename(file)}`);
    }
  };
  const watching = (async () => {
    try {
      for await (const _ of setInterval(30, undefined, { signal: over.signal })) {
        const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
        await Promise.all(pids.map(sample));
      }
    } catch (error) {
      if (!over.signal.aborted) throw error;
    }
  })();
  return {
    found,
    end: async () => {
      over.abort();
      await watching;
      return { found: [...found], programs };
    },
  };
}

/** `NAME in journal.jsonl`, for every file below the folder, whatever is in it. */
export async function secretsBelow(folder: string, secrets: Secrets): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const found = await Promise.all(
    files.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const text = await readFile(file, "utf8");
      return secretsIn(text, secrets).map((name) => `${name} in ${path.relative(folder, file)}`);
    }),
  );
  return found.flat();
}
