/**
 * What makes a dump a proof: every file with its size and SHA-256, and where
 * it came from. Written last, inside the folder; a folder without it is no dump.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Json } from "../../core/json.ts";

export const manifestName = "manifest.json";

const manifestSchema = z.object({
  format: z.literal(1),
  database: z.string(),
  tool: z.string(),
  snapshot: z.string().nullable(),
  /** ISO 8601, this machine's clock. */
  startedAt: z.string(),
  endedAt: z.string(),
  entries: z.number().int(),
  tablesWithData: z.number().int(),
  /** What the caller knows of the moment: server version, LSN, system identifier. */
  facts: z.record(z.string(), z.json()),
  files: z.array(z.object({ path: z.string(), bytes: z.number().int(), sha256: z.string() })),
});

export type Manifest = Omit<z.infer<typeof manifestSchema>, "facts"> & {
  readonly facts: { readonly [name: string]: Json };
};
export type ManifestFile = Manifest["files"][number];

async function sha256(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .filter((name) => name !== manifestName)
    .toSorted();
}

/** Streams every file once. Throws the signal's reason when it fires. */
export async function hashFiles(directory: string, signal: AbortSignal): Promise<ManifestFile[]> {
  const files: ManifestFile[] = [];
  for (const name of await filesIn(directory)) {
    const file = path.join(directory, name);
    try {
      const [{ size }, hash] = await Promise.all([stat(file), sha256(file, signal)]);
      files.push({ path: name, bytes: size, sha256: hash });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }
  return files;
}

export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const handle = await open(path.join(directory, manifestName), "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncDirectory(directory);
}

/** Undefined when the folder or its manifest is not there; a damaged one is described. */
export async function readManifest(
  directory: string,
): Promise<Manifest | { readonly damaged: string } | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(directory, manifestName), "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { damaged: `${manifestName} is not JSON` };
  }
  const checked = manifestSchema.safeParse(parsed);
  return checked.success ? checked.data : { damaged: z.prettifyError(checked.error) };
}

/** Every way in which the folder differs from its manifest; empty means that it is as it was written. */
export async function compareWithManifest(
  directory: string,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<string[]> {
  const now = new Map((await hashFiles(directory, signal)).map((file) => [file.path, file]));
  const problems: string[] = [];
  for (const file of manifest.files) {
    const seen = now.get(file.path);
    now.delete(file.path);
    if (seen === undefined) problems.push(`${file.path} is missing`);
    else if (seen.bytes !== file.bytes)
      problems.push(`${file.path} has ${seen.bytes} bytes, not ${file.bytes}`);
    else if (seen.sha256 !== file.sha256) problems.push(`${file.path} has another content`);
  }
  return [...problems, ...[...now.keys()].map((name) => `${name} is not in the manifest`)];
}
