/** Can an application write there? Asked as its role, in a fresh session, by a write that is rolled back. */
import { Secret } from "../../../src/core/secret.ts";
import { withClient } from "../../../src/providers/postgres/index.ts";
import type { TestStage } from "../../support/set-stage.ts";

export type Tried =
  | "written"
  /** 25006: the session is read-only. */
  | "refused"
  /** No answer, or another one: it proves nothing. */
  | "unknown";

export async function tryWriting(at: TestStage, side: "source" | "target"): Promise<Tried> {
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
  const options = { server: side, signal: AbortSignal.timeout(5000), asApplication: true };
  try {
    return await withClient(endpoint, options, async (client) => {
      await client.query("BEGIN");
      try {
        await client.query(
          "INSERT INTO public.rehearsal_writes (id, n, written_at, payload) VALUES (-1, -1, now(), 'tried')",
        );
        return "written";
      } catch (error) {
        return sqlState(error) === "25006" ? "refused" : "unknown";
      } finally {
        await client.query("ROLLBACK");
      }
    });
  } catch {
    return "unknown";
  }
}

function sqlState(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
