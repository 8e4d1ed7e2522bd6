/** What a process sends, starts and asks for, and whether it changes anything there. Pure. */
import path from "node:path";

const changingRequest = /^(?:PUT|POST|PATCH|DELETE) \//;
const changingStatement =
  /^\s*(?:ALTER|COMMENT|CREATE|DELETE|DO|DROP|GRANT|INSERT|REASSIGN|REVOKE|TRUNCATE|UPDATE)\b/i;
const changingCall = /\b(?:pg_terminate_backend|setval)\s*\(/i;

/** Of the bytes of an HTTP request or of PostgreSQL's protocol (a query, or a parse). */
export function isChange(chunk: unknown): boolean {
  if (typeof chunk !== "string" && !(chunk instanceof Uint8Array)) return false;
  const bytes = Buffer.from(chunk);
  if (changingRequest.test(bytes.subarray(0, 16).toString("latin1"))) return true;
  const sort = String.fromCharCode(bytes[0] ?? 0);
  if (sort !== "Q" && sort !== "P") return false;
  const text = bytes.subarray(5).toString("utf8");
  // A parse has the statement's own name first, mostly an empty one.
  const sql = sort === "P" ? text.slice(text.indexOf("\0") + 1) : text;
  return changingStatement.test(sql) || changingCall.test(sql);
}

const reading: { readonly [program: string]: (argv: readonly string[]) => boolean } = {
  pg_dump: (argv) => argv.includes("--version"),
  pg_dumpall: (argv) => argv.includes("--version"),
  pulumi: ([command, sort]) =>
    command === "config"
      ? sort === undefined || sort.startsWith("-") || sort === "get"
      : ["about", "preview", "stack", "version", "whoami"].includes(command ?? ""),
};

export function isChangingCommand(file: string, argv: readonly string[]): boolean {
  const isReading = reading[path.basename(file)];
  return isReading !== undefined && !isReading(argv);
}

/** Whether it was asked to tell how far it is: then it is at work once it says something. */
export function tellsItsWork(argv: readonly string[]): boolean {
  return argv.includes("--verbose") || argv.includes("--json");
}
