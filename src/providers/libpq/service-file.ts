/**
 * Service definitions as libpq finds them (parseServiceInfo in fe-connect.c):
 * PGSERVICEFILE or ~/.pg_service.conf, then pg_service.conf in PGSYSCONFDIR.
 * Only reads. No message repeats a line: it may hold a password.
 */
import path from "node:path";
import { UsageError } from "../../core/errors.ts";
import { homeOf, readIfThere } from "./files.ts";
import { type Environment, isParameter, type Parameters } from "./parameters.ts";

const unfit = (message: string): UsageError => new UsageError({ message });

export async function readService(name: string, environment: Environment): Promise<Parameters> {
  const named = environment["PGSERVICEFILE"];
  const own = named ?? path.join(homeOf(environment), ".pg_service.conf");
  const text = await readIfThere(own, "the service file");
  if (text === undefined && named !== undefined) {
    throw unfit(`the service file ${own} (PGSERVICEFILE) does not exist`);
  }
  const found = text === undefined ? undefined : definition(name, text, own);
  if (found !== undefined) return found;
  // What a build of libpq was told; Debian's is this.
  const folder = environment["PGSYSCONFDIR"] ?? "/etc/postgresql-common";
  const shared = path.join(folder, "pg_service.conf");
  const more = await readIfThere(shared, "the service file");
  const there = more === undefined ? undefined : definition(name, more, shared);
  if (there !== undefined) return there;
  throw unfit(`the service ${JSON.stringify(name)} is defined neither in ${own} nor in ${shared}`);
}

/** The first group of that name, up to the next group; of a parameter given twice the first. */
function definition(name: string, text: string, file: string): Parameters | undefined {
  let found: Map<string, string> | undefined;
  for (const [index, written] of text.split("\n").entries()) {
    const line = written.trim();
    const place = `${file}, line ${index + 1}`;
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("[")) {
      if (found !== undefined) return found;
      // As libpq does: what stands after the bracket does not count.
      if (line.startsWith(`[${name}]`)) found = new Map();
      continue;
    }
    if (found === undefined) continue;
    if (line.startsWith("ldap:"))
      throw unfit(`${place}: a service looked up by LDAP is not supported`);
    const at = line.indexOf("=");
    if (at === -1) throw unfit(`${place}: a line of a service is KEY=VALUE`);
    const key = line.slice(0, at);
    if (key === "service") throw unfit(`${place}: a service cannot name another service`);
    if (!isParameter(key)) throw unfit(`${place}: libpq knows no such parameter`);
    if (!found.has(key)) found.set(key, line.slice(at + 1));
  }
  return found;
}
