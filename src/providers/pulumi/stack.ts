/**
 * One stack through the CLI: read, set, preview, update, read back. Values go
 * in by standard input and come out as Secrets. Never cancels an update and
 * never removes a lock: that takes a person who has seen the holder.
 */
import { z } from "zod";
import { ProviderError, UnreadableError, UsageError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { redact, Secret } from "../../core/secret.ts";
import { errorsInEvents, type PulumiEvent, readEvent } from "./events.ts";
import type { PulumiProgram } from "./find.ts";
import { type LockState, readLock } from "./lock.ts";
import { errorsInPreview, type Preview, readPreview } from "./preview.ts";
import { readProject, readSettings, type StackSettings } from "./project.ts";
import { type PulumiEnv, runPulumi } from "./run.ts";

export interface StackPlace {
  readonly pulumi: PulumiProgram;
  /** Absolute folder with Pulumi.yaml. */
  readonly directory: string;
  /** `dev`, or `organization/project/dev`. */
  readonly stack: string;
  /** The whole environment of the CLI; nothing else is handed on. PATH and HOME belong here. */
  readonly env: PulumiEnv;
}

export interface StackCallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds. Default: 2 minutes to read or set, 10 to preview, 30 to update. */
  readonly timeoutMs?: number;
}

export interface PendingOperation {
  readonly urn: string;
  /** `creating`, `updating`, `deleting`. */
  readonly type: string;
}

export interface StackState {
  readonly project: string;
  /** The pre-image of what setConfig changes. */
  readonly settings: StackSettings;
  /** Operations that an interrupted update left open; the next update only warns of them. */
  readonly pending: readonly PendingOperation[];
  readonly lock: LockState;
}

export interface ConfigValue {
  readonly value: Secret;
  /** Encrypted in the settings file. */
  readonly secret: boolean;
}

export interface UpResult {
  readonly changes: { readonly [op: string]: number };
  readonly maybeCorrupt: boolean;
}

export interface PulumiStack {
  /** Throws UsageError without a project, ProviderError `stack-not-found`. */
  readState(options: StackCallOptions): Promise<StackState>;
  /** Undefined when the stack has no such key. */
  configValue(key: string, options: StackCallOptions): Promise<ConfigValue | undefined>;
  setConfig(
    key: string,
    value: Secret,
    options: StackCallOptions & { readonly secret: boolean },
  ): Promise<void>;
  removeConfig(key: string, options: StackCallOptions): Promise<void>;
  preview(options: StackCallOptions): Promise<Preview>;
  /** Ends after the summary event; an end without one is an error. */
  up(
    options: StackCallOptions & { readonly onEvent?: (event: PulumiEvent) => void },
  ): Promise<UpResult>;
  /** Secret outputs as Secrets: their text, or their JSON when they are not text. */
  outputs(options: StackCallOptions): Promise<ReadonlyMap<string, Json | Secret>>;
}

const minute = 60_000;
const keyPattern = /^(?:[A-Za-z][\w-]*:)?[A-Za-z_][\w.-]*$/;

function checkKey(key: string): void {
  if (!keyPattern.test(key)) {
    throw new UsageError({
      message: `"${key}" is not a key of Pulumi's configuration.`,
      remedy: "Write it as `key` or `namespace:key`.",
    });
  }
}

function parseJson<T>(schema: z.ZodType<T>, text: string, what: string): T {
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

const exported = z.object({
  deployment: z
    .object({
      pending_operations: z
        .array(z.object({ type: z.string(), resource: z.object({ urn: z.string() }) }))
        .nullish(),
    })
    .nullish(),
});
const configured = z.object({ value: z.string().optional(), secret: z.boolean().optional() });
const outputMap = z.record(z.string(), z.json());

export function openStack(place: StackPlace): PulumiStack {
  const { directory, stack, env } = place;
  const secrets = Object.values(env).filter((value) => value instanceof Secret);
  const run = (
    argv: readonly string[],
    options: StackCallOptions,
    more: {
      input?: Secret;
      timeoutMs?: number;
      onLine?: (line: string) => void;
      complaintIn?: (stdout: string) => string;
    } = {},
  ) =>
    runPulumi(
      place.pulumi.path,
      [...argv, "--stack", stack, "--non-interactive", "--color", "never"],
      {
        env,
        cwd: directory,
        signal: options.signal,
        ...more,
        timeoutMs: options.timeoutMs ?? more.timeoutMs ?? 2 * minute,
      },
    );

  return {
    readState: async (options) => {
      const project = await readProject(directory);
      const backend = env["PULUMI_BACKEND_URL"] ?? project.backendUrl;
      const { stdout } = await run(["stack", "export"], options);
      const { deployment } = parseJson(exported, stdout, "pulumi stack export");
      return {
        project: project.name,
        settings: await readSettings(project, stack),
        pending: (deployment?.pending_operations ?? []).map(({ type, resource }) => ({
          type,
          urn: resource.urn,
        })),
        lock: await readLock(
          typeof backend === "string" ? backend : backend?.reveal(),
          project.name,
          stack,
        ),
      };
    },

    configValue: async (key, options) => {
      checkKey(key);
      try {
        const { stdout } = await run(["config", "get", key, "--json"], options);
        const { value, secret } = parseJson(configured, stdout, "pulumi config get");
        return { value: new Secret(value ?? ""), secret: secret ?? false };
      } catch (error) {
        if (
          error instanceof ProviderError &&
          /configuration key '.*' not found/.test(error.message)
        )
          return undefined;
        throw error;
      }
    },

    setConfig: async (key, value, options) => {
      checkKey(key);
      // The CLI takes one line end off what it reads; this is the one.
      const input = new Secret(`${value.reveal()}\n`);
      try {
        await run(["config", "set", key, options.secret ? "--secret" : "--plaintext"], options, {
          input,
        });
      } catch (error) {
        throw error instanceof ProviderError ? redacted(error, [...secrets, value]) : error;
      }
    },

    removeConfig: async (key, options) => {
      checkKey(key);
      await run(["config", "rm", key], options);
    },

    preview: async (options) => {
      const { stdout } = await run(["preview", "--json"], options, {
        timeoutMs: 10 * minute,
        complaintIn: errorsInPreview,
      });
      return readPreview(stdout);
    },

    up: (options) => update(run, options, secrets),

    outputs: async (options) => {
      const shown = parseJson(
        outputMap,
        (await run(["stack", "output", "--json"], options)).stdout,
        "pulumi stack output",
      );
      const open = parseJson(
        outputMap,
        (await run(["stack", "output", "--json", "--show-secrets"], options)).stdout,
        "pulumi stack output",
      );
      return new Map(
        Object.entries(open).map(([name, value]) => {
          const text = typeof value === "string" ? value : JSON.stringify(value);
          // A secret within a map or list shows as `[secret]` in its place.
          const hidden = JSON.stringify(shown[name]) !== JSON.stringify(value);
          return [name, hidden || value === "[secret]" ? new Secret(text) : (value as Json)];
        }),
      );
    },
  };
}

type Run = (
  argv: readonly string[],
  options: StackCallOptions,
  more: {
    timeoutMs: number;
    onLine: (line: string) => void;
    complaintIn: (stdout: string) => string;
  },
) => Promise<unknown>;

function redacted(error: ProviderError, secrets: readonly Secret[]): ProviderError {
  const { meaning, remedy } = error;
  return new ProviderError({
    message: redact(error.message, secrets),
    ...(meaning === undefined ? {} : { meaning }),
    ...(remedy === undefined ? {} : { remedy }),
    system: error.system,
    call: error.call,
    code: error.code,
    status: error.status,
    retryable: error.retryable,
  });
}

async function update(
  run: Run,
  options: StackCallOptions & { readonly onEvent?: (event: PulumiEvent) => void },
  secrets: readonly Secret[],
): Promise<UpResult> {
  let summary: UpResult | undefined;
  const call = "pulumi up";
  const onLine = (line: string): void => {
    const event = readEvent(redact(line, secrets));
    if (event === undefined) return;
    if (event.is === "summary") summary = event;
    options.onEvent?.(event);
  };
  await run(["up", "--json", "--skip-preview", "--yes"], options, {
    timeoutMs: 30 * minute,
    onLine,
    complaintIn: errorsInEvents,
  });
  if (summary === undefined) {
    throw new UnreadableError({
      message: `${call} ended without a summary of what it changed.`,
      meaning: "Whether the service was re-pointed is not known; read the outputs.",
    });
  }
  return { changes: summary.changes, maybeCorrupt: summary.maybeCorrupt };
}
