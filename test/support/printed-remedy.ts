/** A finding's remedy, run as psql would when somebody pastes it: comments dropped, `\connect` followed. */
import type { Finding } from "../../src/core/finding.ts";
import { runAsSuperuser, type Server } from "../../src/rehearsal/postgres/index.ts";

const connect = /^\\connect "((?:[^"]|"")+)"$/;

export async function runAsPrinted(server: Server, { code, remedy }: Finding): Promise<void> {
  if (remedy === undefined) throw new Error(`${code} has no remedy.`);
  let database = "postgres";
  let ran = 0;
  for (const line of remedy.split("\n")) {
    const place = connect.exec(line)?.[1];
    if (place !== undefined) {
      database = place.replaceAll('""', '"');
      continue;
    }
    const [sql = ""] = line.split(/(?:^|\s)--\s/);
    if (sql.trim() === "") continue;
    ran++;
    // oxlint-disable-next-line no-await-in-loop -- in the order in which they are printed
    await runAsSuperuser(server, { database, signal: AbortSignal.timeout(30_000) }, [sql]);
  }
  if (ran === 0) throw new Error(`The remedy of ${code} has nothing to run: ${remedy}`);
}
