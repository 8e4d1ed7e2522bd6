/** The programs as one part of the world: where they are looked for is settled once. */
import { type Contents, tableOfContents } from "./contents.ts";
import { freeBytes } from "./disk.ts";
import { type Dump, type DumpOptions, type DumpPresence, dumpDatabase, findDump } from "./dump.ts";
import { findTools, type FoundTools, type Tools } from "./find.ts";
import { dumpGlobals, type GlobalsOptions } from "./globals.ts";
import { compareWithManifest, type Manifest } from "./manifest.ts";

export interface PostgresTools {
  /** `major` is `server_version_num / 10000`, whole, of the server to be dumped. */
  find(major: number, signal: AbortSignal): Promise<FoundTools>;
  dumpDatabase(tools: Tools, options: DumpOptions): Promise<Dump>;
  dumpGlobals(tools: Tools, options: GlobalsOptions): Promise<void>;
  tableOfContents(tools: Tools, directory: string, signal: AbortSignal): Promise<Contents>;
  /** Names and sizes only. */
  findDump(directory: string): Promise<DumpPresence>;
  /** Reads every byte; empty when all is as it was written. */
  compareWithManifest(
    directory: string,
    manifest: Manifest,
    signal: AbortSignal,
  ): Promise<string[]>;
  /** Bytes. Throws UnreadableError. */
  freeBytes(directory: string): Promise<number>;
}

export interface PostgresToolsOptions {
  /** The PATH to look through, besides the packagers' folders. */
  readonly path: string;
  /** Replaces the packagers' folders. */
  readonly places?: readonly string[];
}

export function createPostgresTools(options: PostgresToolsOptions): PostgresTools {
  return {
    find: (major, signal) => findTools({ ...options, major, signal }),
    dumpDatabase,
    dumpGlobals,
    tableOfContents,
    findDump,
    compareWithManifest,
    freeBytes,
  };
}
