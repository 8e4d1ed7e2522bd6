/** A process that starts a writing client, tells its id in one line, and waits to be killed. Arguments: folder, env file. */
import { startClient } from "../../src/rehearsal/client/index.ts";

const client = await startClient({
  name: "orphan",
  folder: process.argv[2] ?? "",
  envFile: process.argv[3] ?? "",
  perSecond: 50,
});
process.stdout.write(`${JSON.stringify({ pid: client.pid, recordFile: client.recordFile })}\n`);
setInterval(() => undefined, 1_000);
