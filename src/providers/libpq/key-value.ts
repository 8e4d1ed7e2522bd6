/**
 * `host=... password='...'` as libpq reads it (conninfo_parse in fe-connect.c).
 * Pure. No message repeats a part of what was read: it may be a password with
 * a blank in it that nobody quoted.
 */
import { UsageError } from "../../core/errors.ts";
import { isParameter, type Parameters } from "./parameters.ts";

/** C's isspace(). */
const blank = /[ \t\n\v\f\r]/;

const unfit = (message: string): UsageError => new UsageError({ message });

export function readKeyValue(text: string): Parameters {
  const found = new Map<string, string>();
  let at = 0;
  const skipBlanks = (): void => {
    while (at < text.length && blank.test(text.charAt(at))) at++;
  };
  /** A backslash takes the next character as it is. */
  const character = (): string => {
    if (text[at] === "\\") at++;
    return text.charAt(at++);
  };
  const quoted = (): string => {
    let value = "";
    at++;
    while (text[at] !== "'") {
      if (at >= text.length) throw unfit("a quoted value of the connection string has no end");
      value += character();
    }
    at++;
    return value;
  };
  const plain = (): string => {
    let value = "";
    while (at < text.length && !blank.test(text.charAt(at))) value += character();
    return value;
  };
  for (skipBlanks(); at < text.length; skipBlanks()) {
    const from = at;
    while (at < text.length && text[at] !== "=" && !blank.test(text.charAt(at))) at++;
    const name = text.slice(from, at);
    skipBlanks();
    if (text[at] !== "=") {
      throw unfit(
        "a word of the connection string has no `=`; a value with blanks stands in single quotes",
      );
    }
    at++;
    skipBlanks();
    const value = text[at] === "'" ? quoted() : plain();
    if (!isParameter(name)) {
      throw unfit("the connection string has a parameter that libpq does not know");
    }
    found.set(name, value);
  }
  return found;
}
