/**
 * The password file as libpq reads it (passwordFromFile in fe-connect.c): the
 * first line that matches counts, and a file that others may read does not.
 * Only reads. No message repeats a line.
 */
import { stat } from "node:fs/promises";
import path from "node:path";
import { Secret } from "../../core/secret.ts";
import { homeOf, readIfThere } from "./files.ts";
import type { Environment } from "./parameters.ts";

export interface Lookup {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

export interface PasswordFile {
  /** Undefined where no line matches. */
  find(lookup: Lookup): Secret | undefined;
  /** Why the file was not read, though it is there. */
  readonly ignored: string | undefined;
}

const nothing = { find: () => undefined };

/** Where libpq's builds put the socket when they are not told; looked up as `localhost`. */
export const socketFolders = ["/var/run/postgresql", "/tmp"] as const;

export async function openPasswordFile(
  passfile: string | undefined,
  environment: Environment,
): Promise<PasswordFile> {
  const file =
    passfile === undefined || passfile === ""
      ? path.join(homeOf(environment), ".pgpass")
      : passfile;
  const info = await stat(file).catch(() => undefined);
  if (info === undefined) return { ...nothing, ignored: undefined };
  if (!info.isFile()) {
    return { ...nothing, ignored: `the password file ${file} is no plain file, and was not read` };
  }
  // Windows has no such bits.
  if (process.platform !== "win32" && (info.mode & 0o077) !== 0) {
    const ignored = `the password file ${file} can be read by others, and was not read, as libpq does not either: chmod 0600 ${file}`;
    return { ...nothing, ignored };
  }
  const text = (await readIfThere(file, "the password file")) ?? "";
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  return { ignored: undefined, find: (lookup) => find(lines, lookup) };
}

function find(
  lines: readonly string[],
  { host, port, database, user }: Lookup,
): Secret | undefined {
  const isDefault = host === "" || socketFolders.some((folder) => folder === host);
  const wanted = [isDefault ? "localhost" : host, String(port), database, user];
  for (const line of lines) {
    if (line === "" || line.startsWith("#")) continue;
    const password = wanted.reduce<string | undefined>(afterField, line);
    // The password may itself hold escapes, and ends at an unescaped colon.
    if (password !== undefined) return new Secret(fieldAt(password).value);
  }
  return undefined;
}

/** The rest of the line when its first field is `*` or this. */
function afterField(line: string | undefined, wanted: string): string | undefined {
  if (line === undefined) return undefined;
  if (line.startsWith("*:")) return line.slice(2);
  const { value, rest } = fieldAt(line);
  return value === wanted ? rest : undefined;
}

/** `rest` is undefined where no colon follows. */
function fieldAt(line: string): { readonly value: string; readonly rest: string | undefined } {
  let value = "";
  for (let at = 0; at < line.length; at++) {
    if (line[at] === ":") return { value, rest: line.slice(at + 1) };
    if (line[at] === "\\" && at + 1 < line.length) at++;
    value += line.charAt(at);
  }
  return { value, rest: undefined };
}
