/**
 * The app's loop: one write after the other at a steady pace, each counted
 * only when acknowledged, every failure recorded, and the env file believed
 * whenever it changes.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { EnvFile, Told } from "./env-file.ts";
import { nowMs, type Recorder, type Write } from "./record.ts";
import { openSession, type Session, understood, WriteFailure } from "./session.ts";
import type { Writes } from "./writes.ts";

export interface WriterOptions {
  readonly env: EnvFile;
  readonly record: Recorder;
  readonly writes: Writes;
  /** At least 1: to a timer, a pause without end is no pause at all. */
  readonly perSecond: number;
  readonly signal: AbortSignal;
}

/** As the health check shows it. */
export interface WriterStatus {
  /** `host:port/database`; undefined before the env file was read. */
  database: string | undefined;
  lastAcknowledgedMs: number | undefined;
  acknowledged: number;
  lastError: string | undefined;
}

/** Milliseconds between attempts while nothing works: the resolution of a measured outage. */
const retryMs = 25;
/** A writer that fell further behind than this does not catch up: apps do not either. */
const backlogMs = 200;

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => undefined);
}

export function startWriting(options: WriterOptions): {
  readonly status: WriterStatus;
  readonly done: Promise<void>;
} {
  const status: WriterStatus = {
    database: undefined,
    lastAcknowledgedMs: undefined,
    acknowledged: 0,
    lastError: undefined,
  };
  return { status, done: write(options, status) };
}

async function write(options: WriterOptions, status: WriterStatus): Promise<void> {
  const { env, record, writes, signal } = options;
  const intervalMs = 1_000 / options.perSecond;
  let told: Told | undefined;
  let session: Session | undefined;
  let due = nowMs();

  const failed = (error: unknown, attempted?: Write): WriteFailure => {
    const failure = error instanceof WriteFailure ? error : understood(error);
    const { code, message } = failure;
    const inDoubt = attempted !== undefined && failure.inDoubt;
    const about = attempted === undefined ? {} : { write: attempted };
    record.append({ is: "failed", server: told?.server ?? "?", code, message, inDoubt, ...about });
    status.lastError = code;
    return failure;
  };

  const connected = async (): Promise<Session> => {
    told = env.read();
    status.database = `${told.server}/${told.database}`;
    record.append({ is: "told", server: told.server, database: told.database });
    const opened = await openSession(told);
    record.append({ is: "connected", server: told.server });
    return opened;
  };

  while (!signal.aborted) {
    if (session !== undefined && env.changed()) {
      session.close();
      session = undefined;
    }
    try {
      session ??= await connected();
    } catch (error) {
      failed(error);
      await rest(retryMs, signal);
      continue;
    }
    await rest(due - nowMs(), signal);
    if (signal.aborted) break;
    const next = writes.next();
    due = Math.max(due + intervalMs, nowMs() - backlogMs);
    try {
      await session.carryOut(next);
      record.append({ is: "acknowledged", server: told?.server ?? "?", write: next });
      writes.acknowledged(next);
      status.acknowledged += 1;
      status.lastAcknowledgedMs = nowMs();
    } catch (error) {
      const failure = failed(error, next);
      if (failure.inDoubt || failure.code === "ROW_GONE") writes.abandon(next);
      if (!failure.reconnect) continue;
      session.close();
      session = undefined;
      await rest(retryMs, signal);
    }
  }
  session?.close();
}
