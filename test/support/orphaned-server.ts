/**
 * A process that starts a server, tells about it in one line, and waits to be
 * killed. Arguments: folder, major, `paused` or `released`.
 */
import { Secret } from "../../src/core/secret.ts";
import { createAuthority } from "../../src/rehearsal/certificates/index.ts";
import { startServer } from "../../src/rehearsal/postgres/index.ts";

const server = await startServer({
  name: "orphan",
  major: process.argv[3] === "17" ? 17 : 15,
  folder: process.argv[2] ?? "",
  authority: await createAuthority("Test authority"),
  superuser: { user: "postgres", password: new Secret("superuser-secret") },
  signal: AbortSignal.timeout(60_000),
});
if (process.argv[4] === "paused") await server.pause();
if (process.argv[4] === "released") server.release();
process.stdout.write(`${JSON.stringify({ pid: server.pid, port: server.port })}\n`);
setInterval(() => undefined, 1_000);
