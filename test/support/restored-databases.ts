/**
 * The shared real databases: loaded into the source, dumped, restored into the
 * target. Fixture only. Needs PostgreSQL's own programs.
 */
import { access, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { clientEnvironment, hasClientPrograms } from "./client-programs.ts";
import type { Pair } from "./postgres.ts";
import { type ComparedDatabases, comparedDatabases } from "./verification.ts";

const folder = path.resolve(import.meta.dirname, "../../../shared/databases");

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Without the shared databases or PostgreSQL's own programs there is nothing to load or no way to. */
export const restorable = (await exists(folder)) && (await hasClientPrograms());

/**
 * What the regression database holds of its machine: two C libraries by path,
 * and lz4, which these builds of the server do not have.
 */
function portable(sql: string): string {
  return sql
    .replaceAll(/'\/usr\/lib\/postgresql\/\d+\/lib\/(\w+)(?:\.so)?'/g, "'$libdir/$1'")
    .replaceAll("SET COMPRESSION lz4", "SET COMPRESSION pglz")
    .replaceAll(" COMPRESSION lz4", "");
}

export const whenSkipped = {
  meta: { whenSkipped: "needs the shared databases, psql, pg_dump and pg_restore" },
};

/** With what pg_restore could not do. */
export async function restored(
  pair: Pick<Pair, "source" | "target">,
  name: string,
  scratch: string,
): Promise<{ databases: ComparedDatabases; errors: string[] }> {
  const databases = await comparedDatabases(pair);
  const file = path.join(scratch, `${name}.sql`);
  const dump = path.join(scratch, `${name}.dump`);
  await writeFile(file, portable(await readFile(path.join(folder, `${name}.sql`), "utf8")));
  const from = { env: clientEnvironment(databases.source) };
  await execa("psql", ["-q", "-v", "ON_ERROR_STOP=1", "-f", file], from);
  await execa("pg_dump", ["-Fc", "-f", dump], from);
  const { stderr } = await execa("pg_restore", ["-d", databases.name, dump], {
    env: clientEnvironment(databases.target),
    reject: false,
  });
  const errors = stderr.split("\n").filter((line) => line.startsWith("pg_restore: error:"));
  return { databases, errors };
}
