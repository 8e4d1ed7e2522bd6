/**
 * One database into one folder, in parallel, out of one snapshot. The folder
 * appears under its name only when it is whole: until then it is `.partial`,
 * and what a killed run left under that name is thrown away.
 */
import { mkdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { type Endpoint, showEndpoint } from "../../core/endpoint.ts";
import { UnreadableError, UsageError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { tableOfContents } from "./contents.ts";
import { withCredentials } from "./credentials.ts";
import type { Tools } from "./find.ts";
import {
  hashFiles,
  type Manifest,
  readManifest,
  syncDirectory,
  writeManifest,
} from "./manifest.ts";
import { type DumpProgress, parseProgress } from "./progress.ts";
import { run } from "./run.ts";

export interface DumpOptions {
  readonly endpoint: Endpoint;
  /** `source`, for messages. */
  readonly server: string;
  /** Where the whole dump shall be; must not exist. */
  readonly directory: string;
  /** A snapshot that another session exported and keeps open. */
  readonly snapshot?: string;
  /** Each takes one connection, and the leader one more. */
  readonly jobs: number;
  /** Milliseconds to wait for a table's lock before giving up. */
  readonly lockWaitMs?: number;
  /** Journaled into the manifest: server version, LSN. */
  readonly facts?: { readonly [name: string]: Json };
  readonly onProgress?: (progress: DumpProgress) => void;
  readonly now?: () => Date;
  readonly signal: AbortSignal;
}

export interface Dump {
  readonly directory: string;
  readonly manifest: Manifest;
}

async function exists(place: string): Promise<boolean> {
  return stat(place).then(
    () => true,
    () => false,
  );
}

function dumpArguments(options: DumpOptions, partial: string): string[] {
  return [
    "--format=directory",
    `--jobs=${options.jobs}`,
    `--file=${partial}`,
    "--verbose",
    "--no-password",
    // Waiting for a lock behind somebody's DDL would make every later query of the app wait as well.
    `--lock-wait-timeout=${options.lockWaitMs ?? 60_000}`,
    ...(options.snapshot === undefined ? [] : [`--snapshot=${options.snapshot}`]),
  ];
}

async function checked(
  tools: Tools,
  partial: string,
  signal: AbortSignal,
): Promise<{ entries: number; tablesWithData: number }> {
  const { entries } = await tableOfContents(tools, partial, signal);
  const tables = entries.filter((entry) => entry.type === "TABLE DATA");
  for (const table of tables) {
    const file = path.join(partial, `${table.dumpId}.dat`);
    if (
      (await exists(`${file}.gz`)) ||
      (await exists(file)) ||
      (await exists(`${file}.zst`)) ||
      (await exists(`${file}.lz4`))
    )
      continue;
    throw new UnreadableError({
      message: `The dump in ${partial} lists the data of ${table.rest}, but its file is not there.`,
      meaning: "The dump is not whole and does not count.",
    });
  }
  return { entries: entries.length, tablesWithData: tables.length };
}

/**
 * Throws UsageError when the folder exists, ProviderError when pg_dump fails,
 * UnreadableError when what it wrote is not whole. Nothing is left under
 * `directory` in any of these cases.
 */
export async function dumpDatabase(tools: Tools, options: DumpOptions): Promise<Dump> {
  const { directory, endpoint, signal } = options;
  const now = options.now ?? (() => new Date());
  if (await exists(directory)) {
    throw new UsageError({
      message: `${directory} exists already; a dump is never written over another.`,
      remedy: "Move it away, or give another folder.",
    });
  }
  const partial = `${directory}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(path.dirname(directory), { recursive: true, mode: 0o700 });
  const startedAt = now().toISOString();
  await withCredentials(endpoint, async (env) =>
    run(path.join(tools.directory, "pg_dump"), dumpArguments(options, partial), {
      env,
      signal,
      secrets: [endpoint.password],
      system: `PostgreSQL ${options.server}`,
      meaning: `There is no dump of ${showEndpoint(endpoint)}; the server itself was only read.`,
      onLine: (line) => {
        const progress = parseProgress(line);
        if (progress !== undefined) options.onProgress?.(progress);
      },
    }),
  );
  const counted = await checked(tools, partial, signal);
  const manifest: Manifest = {
    format: 1,
    database: endpoint.database,
    tool: `pg_dump ${tools.version}`,
    snapshot: options.snapshot ?? null,
    startedAt,
    endedAt: now().toISOString(),
    ...counted,
    facts: options.facts ?? {},
    files: await hashFiles(partial, signal),
  };
  // pg_dump has synced its own files (since 10); the manifest and the name are ours to sync.
  await writeManifest(partial, manifest);
  await rename(partial, directory);
  await syncDirectory(path.dirname(directory));
  return { directory, manifest };
}

export type DumpPresence =
  | { readonly is: "whole"; readonly dump: Dump }
  | { readonly is: "none" }
  /** A run was killed while dumping. */
  | { readonly is: "partial" }
  | { readonly is: "damaged"; readonly why: string };

/** By names and sizes only; `compareWithManifest` reads every byte. */
export async function findDump(directory: string): Promise<DumpPresence> {
  const manifest = await readManifest(directory);
  if (manifest === undefined) {
    if (await exists(directory)) return { is: "damaged", why: "it has no manifest" };
    return { is: (await exists(`${directory}.partial`)) ? "partial" : "none" };
  }
  if ("damaged" in manifest) return { is: "damaged", why: manifest.damaged };
  for (const file of manifest.files) {
    const info = await stat(path.join(directory, file.path)).catch(() => undefined);
    if (info?.size !== file.bytes)
      return { is: "damaged", why: `${file.path} is missing or has another size` };
  }
  return { is: "whole", dump: { directory, manifest } };
}
