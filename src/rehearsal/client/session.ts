/** One connection of the app, opened the way apps do: from a URL, by the plain driver. */
import { Client, DatabaseError } from "pg";
import type { Told } from "./env-file.ts";
import type { Write } from "./record.ts";
import { statementFor } from "./writes.ts";

/** Milliseconds. A hang must become an error, or it would not be measured. */
const connectMs = 2_000;
const statementMs = 2_000;
const answerMs = 2_500;

export class WriteFailure extends Error {
  readonly code: string;
  readonly inDoubt: boolean;
  /** The connection is of no more use, or holds settings from before a thaw. */
  readonly reconnect: boolean;

  constructor(
    text: { message: string; code: string; inDoubt: boolean; reconnect: boolean },
    cause?: unknown,
  ) {
    super(text.message, { cause });
    this.code = text.code;
    this.inDoubt = text.inDoubt;
    this.reconnect = text.reconnect;
  }
}

const sqlState = /^[0-9A-Z]{5}$/;

/**
 * The server's refusal means that nothing happened, but for the ones by which
 * it ends a connection (57P01 to 57P05, class 08): those may follow a commit.
 */
export function understood(error: unknown): WriteFailure {
  const message = error instanceof Error ? error.message : String(error);
  const given = (error as { code?: unknown }).code;
  const code = typeof given === "string" ? given : /timeout/i.test(message) ? "TIMEOUT" : "BROKEN";
  const refused = error instanceof DatabaseError && sqlState.test(code);
  const inDoubt = !refused || /^(?:57P|08)/.test(code);
  // 23: a constraint. The connection is as good as before.
  return new WriteFailure(
    { message, code, inDoubt, reconnect: !code.startsWith("23") || !refused },
    error,
  );
}

export interface Session {
  /** Resolves when the server has acknowledged it. Throws WriteFailure. */
  carryOut(write: Write): Promise<void>;
  close(): void;
}

export async function openSession(told: Told): Promise<Session> {
  const client = new Client({
    connectionString: told.url,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    query_timeout: answerMs,
    application_name: "rehearsal-app",
    keepAlive: true,
  });
  // A connection that breaks between two writes says so by the next write.
  client.on("error", () => undefined);
  const close = (): void => {
    client.end().catch(() => undefined);
  };
  try {
    await client.connect();
  } catch (error) {
    close();
    throw understood(error);
  }
  return {
    close,
    carryOut: async (write) => {
      const { sql, values } = statementFor(write);
      let rows: number | null;
      try {
        ({ rowCount: rows } = await client.query(sql, [...values]));
      } catch (error) {
        throw understood(error);
      }
      if (rows !== 1) {
        const message = `${write.does} of ${write.table} ${write.key} found ${rows ?? 0} rows instead of one`;
        throw new WriteFailure({ message, code: "ROW_GONE", inDoubt: false, reconnect: false });
      }
    },
  };
}
