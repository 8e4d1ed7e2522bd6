/**
 * What `verify --source` and `--target` take: one reference to a connection
 * string, a service, or a connection string without a password. Nothing of a
 * typed connection string is ever repeated, and one with a password is refused:
 * every user of the machine can read a command line.
 */
import { UsageError } from "../core/errors.ts";
import { readPieces } from "../core/plan/reference.ts";
import { Secret } from "../core/secret.ts";
import {
  type ConnectionWay,
  type Environment,
  readConnectionString,
  resolveConnection,
} from "../providers/libpq/index.ts";
import { type OutsideWorld, readReference } from "./references.ts";

export type TypedSide = "source" | "target";

export interface TypedConnection {
  /** The option, and the reference where one was given: `--source ${env:SOURCE_URL}`. */
  readonly place: string;
  /** By libpq's rules; with the database named, or else the connection's own. */
  way(environment: Environment, database?: string): Promise<ConnectionWay>;
}

const nothingDone = "Nothing was connected to.";

/** The line that shows how it is done. */
function shown(side: TypedSide): string {
  const name = `${side.toUpperCase()}_URL`;
  return `export ${name}=...; opensauced-migrate verify --${side} '\${env:${name}}' ...`;
}

function refused(side: TypedSide, place: string, message: string): UsageError {
  return new UsageError({
    message: `${place}: ${message}`,
    meaning: nothingDone,
    remedy: shown(side),
  });
}

/** Throws UsageError. */
export async function readTyped(
  side: TypedSide,
  word: string,
  outside: OutsideWorld,
): Promise<TypedConnection> {
  const option = `--${side}`;
  const isReference = /^\$\{[^}]*\}$/.test(word);
  const place = isReference ? `${option} ${word}` : option;
  const text = isReference
    ? await referenced(side, place, word, outside)
    : typed(side, place, word);
  return {
    place,
    way: async (environment, database) => {
      try {
        return await resolveConnection(text.reveal(), environment, database);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        throw refused(side, place, error.message);
      }
    },
  };
}

async function referenced(
  side: TypedSide,
  place: string,
  word: string,
  outside: OutsideWorld,
): Promise<Secret> {
  const pieces = readPieces(word);
  if (typeof pieces === "string") throw refused(side, place, pieces);
  const [piece] = pieces;
  if (piece === undefined || !("reference" in piece) || piece.reference.from === "target") {
    throw refused(side, place, "a reference here is `${env:NAME}` or `${file:PATH}`");
  }
  const value = await readReference(piece.reference, process.cwd(), outside);
  if (!(value instanceof Secret)) throw refused(side, place, value);
  return value;
}

function typed(side: TypedSide, place: string, word: string): Secret {
  if (word.includes("${")) {
    throw refused(
      side,
      place,
      "a reference stands alone, for the whole connection string: a password put into a URL as it is would change what the URL says",
    );
  }
  if (holdsPassword(word)) {
    throw refused(
      side,
      place,
      "a password on the command line can be read by every user of this machine, and stays in the shell's history; treat this one as known, and give a reference instead",
    );
  }
  if (!/^postgres(?:ql)?:\/\/|=/.test(word)) {
    throw refused(
      side,
      place,
      "this is neither a reference (`${env:NAME}`, `${file:PATH}`), nor `service=NAME`, nor a connection string",
    );
  }
  return new Secret(word);
}

const userAndPassword = /:\/\/[^/@]*:[^@]*@/;
const passwordByName = /(?:password|passwd|pwd|secret|scram_client_key)\s*=\s*[^\s&]/i;
const secretParameters = ["password", "sslpassword", "oauth_client_secret", "scram_client_key"];

/** Also where libpq would not read it: after another scheme, under a misspelt name. */
function holdsPassword(word: string): boolean {
  if (userAndPassword.test(word) || passwordByName.test(word)) return true;
  try {
    const said = readConnectionString(word);
    return secretParameters.some((name) => (said.get(name) ?? "") !== "");
  } catch {
    // What is wrong with it is told where it is resolved.
    return false;
  }
}
