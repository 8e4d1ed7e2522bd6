/** Waits until a server that was launched answers as itself, over TLS. */
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Endpoint } from "../../core/endpoint.ts";
import { ActionError } from "../../core/errors.ts";
import { connect } from "../../providers/postgres/index.ts";
import type { Postmaster } from "./postmaster.ts";

const pauseMs = 20;

/** The last lines of a log; empty when there is none. */
export async function logTail(file: string, lines = 15): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

export interface Awaited {
  readonly name: string;
  readonly postmaster: Postmaster;
  readonly superuser: Endpoint;
  readonly logFile: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

async function giveUp(awaited: Awaited, why: string, cause?: unknown): Promise<never> {
  throw new ActionError(
    {
      message: `The rehearsal's PostgreSQL ${awaited.name} ${why}. Its log ends with:\n${await logTail(awaited.logFile)}`,
      meaning: "Only the rehearsal is affected; nothing outside this machine was touched.",
      remedy: `The whole log: ${awaited.logFile}`,
    },
    { cause },
  );
}

/** The server's version, `15.18`. Throws ActionError with the log's tail, or the signal's reason. */
export async function untilReady(awaited: Awaited): Promise<string> {
  const { postmaster, signal } = awaited;
  const until = Date.now() + awaited.deadlineMs;
  // Whoever holds the port in its place may let us wait for an answer.
  const either = AbortSignal.any([signal, postmaster.gone]);
  for (;;) {
    if (!postmaster.running) return giveUp(awaited, "ended while starting");
    try {
      const client = await connect(awaited.superuser, {
        server: awaited.name,
        signal: either,
        timeouts: { connectMs: Math.max(1, until - Date.now()) },
      });
      const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
      await client.end();
      return rows[0]?.server_version.split(" ")[0] ?? "";
    } catch (error) {
      signal.throwIfAborted();
      if (!postmaster.running) continue;
      if (Date.now() >= until)
        return giveUp(awaited, `did not answer within ${awaited.deadlineMs} ms`, error);
    }
    await delay(pauseMs, undefined, { signal });
  }
}
