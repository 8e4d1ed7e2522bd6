/** The CLI bound to one stack: the flags that every command takes, and JSON read with a shape. */
import { z } from "zod";
import { UnreadableError } from "../../core/errors.ts";
import { Secret } from "../../core/secret.ts";
import type { PulumiProgram } from "./find.ts";
import { type PulumiEnv, type RunOptions, runPulumi } from "./run.ts";

export interface StackPlace {
  readonly pulumi: PulumiProgram;
  /** Absolute folder with Pulumi.yaml. */
  readonly directory: string;
  /** `dev`, or `organization/project/dev`. */
  readonly stack: string;
  /** Settings to use instead of `Pulumi.<stack>.yaml`, absolute: for what is not yet in place. */
  readonly configFile?: string;
  /** The whole environment of the CLI; nothing else is handed on. PATH and HOME belong here. */
  readonly env: PulumiEnv;
  /** What its messages may repeat, besides what its environment holds. */
  readonly secrets?: readonly Secret[];
}

export interface StackCallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds. Default: 2 minutes to read or set, 10 to preview, 30 to update. */
  readonly timeoutMs?: number;
}

export const minute = 60_000;

const takesConfigFile = new Set(["config", "preview", "up"]);

type More = Partial<Pick<RunOptions, "input" | "secrets" | "onLine" | "complaintIn" | "timeoutMs">>;

/** Gives what the command wrote to standard output. */
export async function runOnStack(
  place: StackPlace,
  argv: readonly string[],
  options: StackCallOptions,
  more: More = {},
): Promise<string> {
  const flags = ["--stack", place.stack, "--non-interactive", "--color", "never"];
  if (place.configFile !== undefined && takesConfigFile.has(argv[0] ?? "")) {
    flags.push("--config-file", place.configFile);
  }
  const { stdout } = await runPulumi(place.pulumi.path, [...argv, ...flags], {
    env: place.env,
    cwd: place.directory,
    signal: options.signal,
    ...more,
    secrets: [...(place.secrets ?? []), ...(more.secrets ?? [])],
    timeoutMs: options.timeoutMs ?? more.timeoutMs ?? 2 * minute,
  });
  return stdout;
}

export function secretsOf({ env, secrets = [] }: StackPlace): Secret[] {
  return [...Object.values(env).filter((value) => value instanceof Secret), ...secrets];
}

/** Throws UnreadableError. */
export function parseJson<T>(schema: z.ZodType<T>, text: string, what: string): T {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new UnreadableError({ message: `${what} printed something that is not JSON.` });
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new UnreadableError({
    message: `${what} printed something unknown: ${z.prettifyError(parsed.error)}`,
  });
}
