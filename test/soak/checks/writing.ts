/** Can an application write there? Asked as its role, by a write that is rolled back. */
import { Secret } from "../../../src/core/secret.ts";
import type { Client } from "pg";
import { connect } from "../../../src/providers/postgres/index.ts";
import type { TestStage } from "../../support/set-stage.ts";

export type Tried =
  | "written"
  /** 25006: the session is read-only. 28000: the freeze refuses the log-ins of the role. */
  | "refused"
  /** No answer, or another one: it proves nothing. */
  | "unknown";

/** In a fresh session, which is ended. */
export async function tryWriting(at: TestStage, side: "source" | "target"): Promise<Tried> {
  const session = await openAsApplication(at, side);
  if (session === "refused") return "refused";
  if (session === undefined) return "unknown";
  try {
    return await tryIn(session);
  } finally {
    await session.end().catch(() => undefined);
  }
}

/** Undefined: no answer, or another one. */
export async function openAsApplication(
  at: TestStage,
  side: "source" | "target",
): Promise<Client | "refused" | undefined> {
  const { cloud, written } = at.stage;
  const { environment } = cloud.facts;
  const endpoint = {
    host: "localhost",
    port: cloud.facts[side].port,
    database: written.database,
    user: written.role,
    password: new Secret(environment[`REHEARSAL_${written.role.toUpperCase()}_PASSWORD`] ?? ""),
    tls: { mode: "verify-full", ca: environment["REHEARSAL_CA"] ?? "" },
  } as const;
  const options = {
    server: side,
    signal: new AbortController().signal,
    asApplication: true,
    applicationName: "soak",
  };
  return connect(endpoint, { ...options, timeouts: { statementMs: 5000 } }).catch(
    (error: unknown) => (sqlState(error) === "28000" ? "refused" : undefined),
  );
}

export async function tryIn(session: Client): Promise<Tried> {
  try {
    await session.query("BEGIN");
    try {
      await session.query(
        "INSERT INTO public.rehearsal_writes (id, n, written_at, payload) VALUES (-1, -1, now(), 'tried')",
      );
      return "written";
    } catch (error) {
      return sqlState(error) === "25006" ? "refused" : "unknown";
    } finally {
      await session.query("ROLLBACK");
    }
  } catch {
    return "unknown";
  }
}

function sqlState(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
