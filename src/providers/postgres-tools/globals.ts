/**
 * Roles and their settings as SQL, without passwords: what belongs to the
 * server rather than to a database, and what the migration service leaves behind.
 */
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { open } from "node:fs/promises";
import path from "node:path";
import type { Endpoint } from "../../core/endpoint.ts";
import { UnreadableError } from "../../core/errors.ts";
import { withCredentials } from "./credentials.ts";
import type { Tools } from "./find.ts";
import { syncDirectory } from "./manifest.ts";
import { run } from "./run.ts";

export interface GlobalsOptions {
  readonly endpoint: Endpoint;
  readonly server: string;
  /** Appears whole or not at all. */
  readonly file: string;
  readonly signal: AbortSignal;
}

/**
 * Works for a role that is no superuser: without passwords pg_dumpall reads
 * pg_roles instead of pg_authid, which managed servers keep closed.
 */
export async function dumpGlobals(tools: Tools, options: GlobalsOptions): Promise<void> {
  const { endpoint, file, signal } = options;
  const partial = `${file}.partial`;
  await rm(partial, { force: true });
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await withCredentials(endpoint, async (env) =>
    run(
      path.join(tools.directory, "pg_dumpall"),
      [
        "--roles-only",
        "--no-role-passwords",
        "--no-password",
        // Else it would try "postgres", which the user may not be let into.
        `--database=${endpoint.database}`,
        `--file=${partial}`,
      ],
      {
        env,
        signal,
        secrets: [endpoint.password],
        system: `PostgreSQL ${options.server}`,
        meaning: "The roles of the server are not saved; it was only read.",
      },
    ),
  );
  const text = await readFile(partial, "utf8");
  if (!/database cluster dump complete/i.test(text) || /\bPASSWORD '/.test(text)) {
    await rm(partial, { force: true });
    throw new UnreadableError({
      message:
        "pg_dumpall wrote roles that are cut short or carry passwords; they were thrown away.",
    });
  }
  const handle = await open(partial, "r+");
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, file);
  await syncDirectory(path.dirname(file));
}
