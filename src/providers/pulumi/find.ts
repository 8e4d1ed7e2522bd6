/** Finds the Pulumi CLI. Runs nothing but `version`. */
import { access, constants } from "node:fs/promises";
import path from "node:path";
import { runPulumi } from "./run.ts";

export interface PulumiProgram {
  readonly path: string;
  /** `3.230.0`. */
  readonly version: string;
}

export type FoundPulumi =
  | { readonly is: "found"; readonly pulumi: PulumiProgram }
  | { readonly is: "missing"; readonly message: string; readonly remedy: string };

/** Engine events as JSON lines on standard output (`up --json`) came with 3.0. */
const oldest = 3;

/** The first folder in which a `pulumi` of major version 3 or later answers. */
export async function findPulumi(
  folders: readonly string[],
  signal: AbortSignal,
): Promise<FoundPulumi> {
  const wrong: string[] = [];
  for (const folder of folders.filter((place) => path.isAbsolute(place))) {
    const file = path.join(folder, "pulumi");
    try {
      await access(file, constants.X_OK);
    } catch {
      continue;
    }
    const said = await runPulumi(file, ["version"], {
      env: {},
      cwd: folder,
      signal,
      timeoutMs: 20_000,
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      wrong.push(`${file}: ${(error as Error).message}`);
      return undefined;
    });
    const version = /^v?((\d+)\.\d+\.\d+\S*)/.exec(said?.stdout.trim() ?? "");
    if (version !== null && Number(version[2]) >= oldest) {
      return { is: "found", pulumi: { path: file, version: version[1] ?? "" } };
    }
    if (version !== null) wrong.push(`${file}: version ${version[1]} is too old`);
  }
  return {
    is: "missing",
    message: `The Pulumi CLI (3 or newer) is needed and was not found${wrong.length === 0 ? "" : ` (${wrong.join("; ")})`}.`,
    remedy:
      "curl -fsSL https://get.pulumi.com | sh   (macOS: brew install pulumi/tap/pulumi), then open a new shell",
  };
}
