/**
 * The writing client: a program of its own, because the witness of a migration
 * must not live in the process that migrates. Ends on SIGTERM, and when its
 * standard input is closed, which a parent that dies cannot help doing; or, told
 * whom it lives with, when that process has gone.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { watchEnvFile } from "./env-file.ts";
import { healthServer } from "./health.ts";
import { openRecord } from "./record.ts";
import { startWriting } from "./writer.ts";
import { planWrites } from "./writes.ts";

/** None of them is secret: the password is in the env file. */
const { values } = parseArgs({
  options: {
    "env-file": { type: "string" },
    variable: { type: "string", default: "DATABASE_URL" },
    record: { type: "string" },
    "per-second": { type: "string", default: "100" },
    first: { type: "string", default: "1" },
    sample: { type: "boolean", default: false },
    port: { type: "string", default: "0" },
    cert: { type: "string" },
    key: { type: "string" },
    "lives-with": { type: "string" },
  },
});

function needed(name: "env-file" | "record"): string {
  const value = values[name];
  if (value === undefined) throw new Error(`--${name} is missing`);
  return value;
}

const perSecond = Number(values["per-second"]);
const record = openRecord(needed("record"));
const stop = new AbortController();
const end = (because: string): void => stop.abort(because);
process.once("SIGTERM", () => end("SIGTERM"));
process.once("SIGINT", () => end("SIGINT"));
if (values["lives-with"] === undefined) {
  process.stdin.once("end", () => end("the parent is gone")).resume();
} else {
  endWith(Number(values["lives-with"]));
}

function endWith(pid: number): void {
  const looking = setInterval(() => {
    try {
      process.kill(pid, 0);
    } catch {
      clearInterval(looking);
      end("whom it lives with is gone");
    }
  }, 500);
  stop.signal.addEventListener("abort", () => clearInterval(looking), { once: true });
}

record.append({ is: "started", pid: process.pid, perSecond });
const { status, done } = startWriting({
  env: watchEnvFile(needed("env-file"), values.variable),
  record,
  writes: planWrites(Number(values.first), values.sample),
  perSecond,
  signal: stop.signal,
});
const tls =
  values.cert === undefined || values.key === undefined
    ? undefined
    : { cert: readFileSync(values.cert, "utf8"), key: readFileSync(values.key, "utf8") };
const server = healthServer(status, tls).listen(Number(values.port), "127.0.0.1");
await once(server, "listening");
process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);

await done;
record.append({ is: "stopped", because: String(stop.signal.reason) });
record.close();
server.close();
server.closeAllConnections();
process.stdin.destroy();
