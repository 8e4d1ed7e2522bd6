/** PostgreSQL's own programs: pg_dump, pg_restore, pg_dumpall. What may be used from outside the folder. */
export { type Contents, type ContentsEntry, parseContents, tableOfContents } from "./contents.ts";
export { withCredentials } from "./credentials.ts";
export { freeBytes } from "./disk.ts";
export { type Dump, type DumpOptions, type DumpPresence, dumpDatabase, findDump } from "./dump.ts";
export {
  type FindOptions,
  findTools,
  type FoundTools,
  type Tools,
  type ToolsMissing,
} from "./find.ts";
export { dumpGlobals, type GlobalsOptions } from "./globals.ts";
export { compareWithManifest, type Manifest, type ManifestFile, readManifest } from "./manifest.ts";
export { type DumpProgress, parseProgress } from "./progress.ts";
export { createPostgresTools, type PostgresTools, type PostgresToolsOptions } from "./tools.ts";
