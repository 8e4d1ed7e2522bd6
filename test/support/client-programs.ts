/** PostgreSQL's own client programs, run on a server of a test. */
import { execa } from "execa";
import type { Endpoint } from "../../src/core/endpoint.ts";

async function has(program: string): Promise<boolean> {
  const { failed } = await execa(program, ["--version"], { reject: false });
  return !failed;
}

export async function hasClientPrograms(): Promise<boolean> {
  const found = await Promise.all(["psql", "pg_dump", "pg_restore"].map(has));
  return found.every(Boolean);
}

export function clientEnvironment(endpoint: Endpoint): Record<string, string> {
  return {
    PGHOST: endpoint.host,
    PGPORT: String(endpoint.port),
    PGUSER: endpoint.user,
    PGPASSWORD: endpoint.password.reveal(),
    PGDATABASE: endpoint.database,
    PGSSLMODE: "require",
  };
}
