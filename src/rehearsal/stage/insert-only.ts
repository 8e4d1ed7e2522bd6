/** Tables of a dump that no UPDATE or DELETE can be followed on: named in the rehearsal's plan, as a person would. */
import { Secret } from "../../core/secret.ts";
import { withClient } from "../../providers/postgres/index.ts";
import type { CloudProcess } from "../cloud/process.ts";

export async function insertOnlyTables(
  cloud: CloudProcess,
  database: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { host, port } = cloud.facts.source;
  const endpoint = {
    host,
    port,
    database,
    user: "doadmin",
    password: new Secret(cloud.facts.environment["REHEARSAL_DOADMIN_PASSWORD"] ?? ""),
    tls: { mode: "verify-full", ca: cloud.facts.environment["REHEARSAL_CA"] ?? "" },
  } as const;
  return withClient(endpoint, { server: "source", signal }, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT pg_catalog.current_database() || '.' || n.nspname || '.' || c.relname AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'r' AND c.relpersistence = 'p'
         AND n.nspname NOT IN ('pg_catalog', 'information_schema')
         AND (c.relreplident = 'n' OR (c.relreplident = 'd' AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indisvalid)))
       ORDER BY 1`,
    );
    return rows.map((row) => row.name);
  });
}
