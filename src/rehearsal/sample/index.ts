/** Data for the rehearsal's source: generated, or restored from a dump. */
export { sampleRoles } from "./access.ts";
export { generatedDatabases, type GeneratedOptions, loadGenerated } from "./generated.ts";
export { type FileOptions, loadFile } from "./file.ts";
export { type DumpNeeds, dumpNeeds } from "./dump-text.ts";
