/** One database, dumped in one exported snapshot whose LSN is recorded. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { ActionContext } from "../../core/step.ts";
import type { Tools } from "../../providers/postgres-tools/index.ts";
import type { World } from "../world.ts";

export async function dumpInOneSnapshot(
  world: World,
  tools: Tools,
  dump: {
    readonly database: string;
    readonly directory: string;
    readonly jobs: number;
    readonly context: ActionContext;
  },
): Promise<void> {
  const { database, directory, jobs, context } = dump;
  const { signal } = context;
  await mkdir(path.dirname(directory), { recursive: true, mode: 0o700 });
  // The session that exported the snapshot must live as long as the dump needs it.
  await world.source.use(database, { signal, statementMs: 0 }, async (client) => {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const { rows } = await client.query<{
      snapshot: string;
      lsn: string;
      version: string;
      taken_at: string;
    }>(
      `SELECT pg_catalog.pg_export_snapshot() AS snapshot,
         pg_catalog.pg_current_wal_lsn()::text AS lsn,
         pg_catalog.current_setting('server_version') AS version,
         pg_catalog.clock_timestamp()::text AS taken_at`,
    );
    const [taken] = rows;
    let done = 0;
    if (taken === undefined) throw new Error("The server exported no snapshot.");
    await world.postgresTools.dumpDatabase(tools, {
      endpoint: await world.source.endpoint(database, signal),
      server: "source",
      directory,
      snapshot: taken.snapshot,
      jobs,
      facts: {
        run: context.run,
        lsn: taken.lsn,
        serverVersion: taken.version,
        takenAt: taken.taken_at,
      },
      onProgress: ({ is, table }) => {
        if (is === "done") done++;
        const progress = done === 0 ? {} : { done, unit: "tables" };
        context.report(progress, `dumping ${database}: ${table}`);
      },
      signal,
    });
    await client.query("COMMIT");
  });
}
