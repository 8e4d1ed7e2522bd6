/**
 * The env file by which an app is told where its database is. Read the way an
 * app reads it: anew whenever it was replaced.
 */
import { readFileSync, statSync } from "node:fs";
import { parseEnv } from "node:util";

export interface Told {
  readonly url: string;
  /** `host:port`. */
  readonly server: string;
  readonly database: string;
}

/**
 * The URL under `variable`, with the CA of `PGSSLROOTCERT` unless it names one.
 * Throws when the variable is missing or holds no URL; never with its value.
 */
export function parseTold(text: string, variable: string): Told {
  const values = parseEnv(text);
  const value = values[variable];
  if (value === undefined) throw new Error(`the env file has no ${variable}`);
  if (!URL.canParse(value)) throw new Error(`${variable} in the env file is no URL`);
  const url = new URL(value);
  const ca = values["PGSSLROOTCERT"];
  if (ca !== undefined && !url.searchParams.has("sslrootcert"))
    url.searchParams.set("sslrootcert", ca);
  return {
    url: url.href,
    server: `${url.hostname}:${url.port === "" ? "5432" : url.port}`,
    database: decodeURIComponent(url.pathname.slice(1)),
  };
}

export interface EnvFile {
  /** True when the file is not the one that was read last. */
  changed(): boolean;
  read(): Told;
}

export function watchEnvFile(file: string, variable: string): EnvFile {
  let seen: string | undefined;
  const fingerprint = (): string | undefined => {
    const status = statSync(file, { throwIfNoEntry: false });
    return status && `${status.ino}:${status.mtimeMs}:${status.size}`;
  };
  return {
    changed: () => fingerprint() !== seen,
    read: () => {
      // Taken before the text: a replacement in between is read again.
      seen = fingerprint();
      return parseTold(readFileSync(file, "utf8"), variable);
    },
  };
}
