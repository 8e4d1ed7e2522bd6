/**
 * The rehearsal's cluster: whenever the Pulumi stack was updated, it rolls the
 * outputs out to the application, as AKS would. The application thus learns of
 * its new database only from what the re-point step changed.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "../../core/json.ts";
import { Secret } from "../../core/secret.ts";
import { quoteValue } from "../../providers/env-file/index.ts";
import type { PulumiStack } from "../../providers/pulumi/index.ts";

export interface Rollout {
  stop(): Promise<void>;
}

/** How often the stack's state file is looked at, in milliseconds. */
const everyMs = 50;

export async function writeAppEnv(
  file: string,
  values: { readonly [name: string]: string },
): Promise<void> {
  const lines = Object.entries(values).map(([name, value]) => `${name}=${quoteValue(value)}`);
  const temporary = `${file}.new`;
  await writeFile(temporary, `${lines.join("\n")}\n`, { mode: 0o600 });
  await rename(temporary, file);
}

/** Resolves when the first outputs are rolled out. */
export async function startRollout(rollout: {
  readonly stack: PulumiStack;
  /** The backend's state of the stack; written at the end of every update. */
  readonly stateFile: string;
  readonly envFile: string;
  /** Variables that are not outputs. */
  readonly fixed: { readonly [name: string]: string };
}): Promise<Rollout> {
  const { stack, stateFile, envFile, fixed } = rollout;
  const life = new AbortController();
  let seen = "";
  const rollOutOnce = async (): Promise<void> => {
    const state = await readFile(stateFile, "utf8").catch(() => seen);
    if (state === seen) return;
    const outputs = await stack.outputs({ signal: life.signal });
    const values = [...outputs].map(([name, value]) => [
      name,
      value instanceof Secret ? value.reveal() : plainText(value),
    ]);
    await writeAppEnv(envFile, { ...Object.fromEntries(values), ...fixed });
    seen = state;
  };
  await rollOutOnce();
  const done = (async () => {
    while (!life.signal.aborted) {
      await sleep(everyMs, undefined, { signal: life.signal }).catch(() => undefined);
      // A stack that is being updated may not be readable; the next look tells.
      await rollOutOnce().catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      life.abort();
      await done;
    },
  };
}

const plainText = (output: Json): string =>
  typeof output === "string" ? output : JSON.stringify(output);

export function stateFileOf(folder: string, project: string, stack: string): string {
  return path.join(folder, ".pulumi", "stacks", project, `${stack}.json`);
}
