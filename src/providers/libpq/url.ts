/**
 * Connection URLs as libpq reads them (conninfo_uri_parse in fe-connect.c). Not
 * WHATWG's: here `+` is no blank, several hosts may stand, a host may be a
 * percent-encoded folder. Pure. No message repeats a part of what was read:
 * it may be a password in the wrong place.
 */
import { UsageError } from "../../core/errors.ts";
import { likely } from "../../core/plan/nearest.ts";
import { isParameter, parameterNames, type Parameters } from "./parameters.ts";

const scheme = /^postgres(?:ql)?:\/\//;

export function isUrl(text: string): boolean {
  return scheme.test(text);
}

const unfit = (message: string): UsageError => new UsageError({ message });

/** Bytes, not characters: `%C3%A4` is one `ä`. */
function decode(text: string): string {
  const bytes: Buffer[] = [];
  let from = 0;
  for (let at = text.indexOf("%"); at !== -1; at = text.indexOf("%", at + 3)) {
    const digits = text.slice(at + 1, at + 3);
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) {
      throw unfit("a `%` in the URL is not followed by two hexadecimal digits; write it as `%25`");
    }
    if (digits === "00") throw unfit("the URL holds `%00`, which PostgreSQL forbids");
    bytes.push(Buffer.from(text.slice(from, at)), Buffer.from(digits, "hex"));
    from = at + 3;
  }
  return Buffer.concat([...bytes, Buffer.from(text.slice(from))]).toString("utf8");
}

/** What stands up to the first of these characters, and what comes from it on. */
function upTo(text: string, ends: RegExp): readonly [string, string] {
  const at = text.search(ends);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at)];
}

export function readUrl(text: string): Parameters {
  const found = new Map<string, string>();
  const set = (name: string, value: string): void => {
    if (value !== "") found.set(name, decode(value));
  };
  let rest = text.replace(scheme, "");
  // libpq looks for an `@` up to the first `/` only: an unescaped one in a password ends it.
  const [before, after] = upTo(rest, /[@/]/);
  if (after.startsWith("@")) {
    const [user, password] = upTo(before, /:/);
    set("user", user);
    set("password", password.slice(1));
    rest = after.slice(1);
  }
  refuseStrayAt(rest);
  const { hosts, ports, rest: path } = readHosts(rest);
  set("host", hosts.join(","));
  set("port", ports.join(","));
  rest = path;
  if (rest.startsWith("/")) {
    const [database, query] = upTo(rest.slice(1), /\?/);
    set("dbname", database);
    rest = query;
  }
  if (rest.startsWith("?")) readQuery(rest.slice(1), found);
  return found;
}

/**
 * libpq takes what follows for a host or a database. It is the end of a password
 * most likely, and an error about that host would show it.
 */
function refuseStrayAt(text: string): void {
  const [place] = upTo(text, /\?/);
  if (!place.includes("@")) return;
  throw unfit(
    "the URL has an `@` where no user name or password stands: an `@` or `/` in a password is written `%40` or `%2F`",
  );
}

function readHosts(text: string): { hosts: string[]; ports: string[]; rest: string } {
  const hosts: string[] = [];
  const ports: string[] = [];
  let rest = text;
  for (;;) {
    let host: string;
    [host, rest] = rest.startsWith("[") ? bracketed(rest) : upTo(rest, /[:/?,]/);
    hosts.push(host);
    let port = "";
    if (rest.startsWith(":")) [port, rest] = upTo(rest.slice(1), /[/?,]/);
    ports.push(port);
    if (!rest.startsWith(",")) break;
    rest = rest.slice(1);
  }
  // libpq joins what stands there; nothing is not even one port.
  return { hosts, ports: ports.every((port) => port === "") ? [] : ports, rest };
}

function bracketed(text: string): readonly [string, string] {
  const end = text.indexOf("]");
  if (end === -1) throw unfit("the URL has a `[` without a closing `]`");
  if (end === 1) throw unfit("the URL has an empty IPv6 address");
  const rest = text.slice(end + 1);
  if (!/^(?:$|[:/?,])/.test(rest)) throw unfit("something stands right after the `]` of the URL");
  return [text.slice(1, end), rest];
}

function readQuery(text: string, found: Map<string, string>): void {
  if (text === "") return;
  const pairs = text.split("&");
  // libpq stops at the end: one `&` may stand there.
  if (pairs.at(-1) === "") pairs.pop();
  for (const pair of pairs) {
    const [name, value, ...more] = pair.split("=");
    if (more.length > 0) throw unfit("a parameter of the URL has two `=`; write the second `%3D`");
    if (value === undefined) throw unfit("a parameter of the URL has no `=`");
    // As libpq does, for URLs made for JDBC.
    const [as, is] = name === "ssl" && value === "true" ? ["sslmode", "require"] : [name, value];
    const parameter = decode(as ?? "");
    if (!isParameter(parameter)) throw unknownParameter(parameter);
    found.set(parameter, decode(is));
  }
}

/** Not repeated, but what was probably meant is: the rest of a password may stand here, cut off by its own `?` or `&`. */
function unknownParameter(name: string): UsageError {
  const meant = likely(name, parameterNames);
  return unfit(
    `the URL has a parameter that libpq does not know${meant === "." ? " (in a password, `?` is written `%3F` and `&` is written `%26`)" : meant}`,
  );
}
