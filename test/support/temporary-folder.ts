/** A folder below the system's temporary one. The caller removes it. */
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(path.join(os.tmpdir(), "osm-test-"));
}
