/**
 * A bare server of each of several majors for a test file, up together in some
 * three seconds, gone after the file.
 */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll } from "vitest";
import { createAuthority } from "../../../src/rehearsal/certificates/index.ts";
import type { Major, Server, ServerSettings } from "../../../src/rehearsal/postgres/index.ts";
import { startBare } from "../postgres.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const startMs = 60_000;

/** All that changes how values print: sessions that do not say how they want them see them otherwise than on 15. */
const otherPrint: ServerSettings = {
  timezone: "Asia/Kolkata",
  datestyle: "SQL, DMY",
  intervalstyle: "iso_8601",
  extra_float_digits: "0",
  bytea_output: "escape",
  quote_all_identifiers: "on",
  search_path: "public, shop",
};

async function startMajors(majors: readonly Major[], folder: string): Promise<Map<Major, Server>> {
  const authority = await createAuthority("Test authority");
  const servers = await Promise.all(
    majors.map((major) => {
      const settings = { wal_level: "logical", ...(major === 15 ? {} : otherPrint) };
      return startBare({ name: `pg${major}`, major, folder, authority, settings });
    }),
  );
  return new Map(servers.map((server) => [server.major, server]));
}

/** Call at the top of a test file; the servers are there once its tests run. */
export function withMajors(...majors: readonly Major[]): { of(major: Major): Server } {
  let folder = "";
  let servers = new Map<Major, Server>();
  beforeAll(async () => {
    folder = await temporaryFolder();
    servers = await startMajors(majors, folder);
  }, startMs);
  afterAll(async () => {
    await Promise.all([...servers.values()].map((server) => server.stop({ mode: "immediate" })));
    if (folder !== "") await rm(folder, { recursive: true, force: true });
  }, startMs);
  return {
    of: (major) => {
      const server = servers.get(major);
      if (server === undefined) throw new Error(`No server of PostgreSQL ${major} is up.`);
      return server;
    },
  };
}
