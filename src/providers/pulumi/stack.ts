/**
 * One stack through the CLI: read, set, preview, update, read back. Never
 * cancels an update, and takes a lock from nobody who may be alive.
 */
import { z } from "zod";
import type { Json } from "../../core/json.ts";
import { redact, type Secret } from "../../core/secret.ts";
import {
  minute,
  parseJson,
  runOnStack,
  secretsOf,
  type StackCallOptions,
  type StackPlace,
} from "./command.ts";
import { type ConfigValue, configValue, readConfig, removeConfig, setConfig } from "./config.ts";
import { type LockState, readLock, removeStaleLocks } from "./lock.ts";
import { errorsInPreview, type Preview, readPreview } from "./preview.ts";
import { readProject, readSettings, type StackSettings } from "./project.ts";
import { outputs, up, type UpOptions, type UpResult } from "./update.ts";

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

/** Calls throw ProviderError with a PulumiFailureCode, UnreadableError, or the signal's reason. */
export interface PulumiStack {
  /** Throws UsageError without a project. */
  readState(options: StackCallOptions): Promise<StackState>;
  /** Undefined when the stack has no such key. */
  configValue(key: string, options: StackCallOptions): Promise<ConfigValue | undefined>;
  /** All keys, as `project:key`. */
  readConfig(options: StackCallOptions): Promise<ReadonlyMap<string, ConfigValue>>;
  setConfig(
    key: string,
    value: Secret,
    options: StackCallOptions & { readonly secret: boolean },
  ): Promise<void>;
  removeConfig(key: string, options: StackCallOptions): Promise<void>;
  preview(options: StackCallOptions): Promise<Preview>;
  /** Ends after the summary event; an end without one is an error. */
  up(options: UpOptions): Promise<UpResult>;
  /** Removes locks of processes of this host that are gone; a running one's is left. */
  removeStaleLocks(options: StackCallOptions): Promise<void>;
  /** Secret outputs as Secrets: their text, or their JSON when they are not text. */
  outputs(options: StackCallOptions): Promise<ReadonlyMap<string, Json | Secret>>;
}

const pendingOperation = z.object({ type: z.string(), resource: z.object({ urn: z.string() }) });
const exported = z.object({
  deployment: z.object({ pending_operations: z.array(pendingOperation).nullish() }).nullish(),
});

async function readState(place: StackPlace, options: StackCallOptions): Promise<StackState> {
  const { directory, stack, env } = place;
  const project = await readProject(directory);
  const backend = env["PULUMI_BACKEND_URL"] ?? project.backendUrl;
  const backendUrl = typeof backend === "string" ? backend : backend?.reveal();
  // Without --show-secrets the export holds them encrypted.
  const stdout = await runOnStack(place, ["stack", "export"], options);
  const { deployment } = parseJson(exported, stdout, "pulumi stack export");
  return {
    project: project.name,
    settings: await readSettings(project, stack),
    pending: (deployment?.pending_operations ?? []).map(({ type, resource }) => ({
      type,
      urn: resource.urn,
    })),
    lock: await readLock(backendUrl, project.name, stack),
  };
}

export function openStack(place: StackPlace): PulumiStack {
  return {
    readState: (options) => readState(place, options),
    configValue: (key, options) => configValue(place, key, options),
    readConfig: (options) => readConfig(place, options),
    setConfig: (key, value, options) => setConfig(place, key, value, options),
    removeConfig: (key, options) => removeConfig(place, key, options),
    preview: async (options) => {
      const more = { timeoutMs: 10 * minute, complaintIn: errorsInPreview };
      const preview = readPreview(await runOnStack(place, ["preview", "--json"], options, more));
      const secrets = secretsOf(place);
      return { ...preview, errors: preview.errors.map((error) => redact(error, secrets)) };
    },
    up: (options) => up(place, options),
    removeStaleLocks: async (options) => removeStaleLocks((await readState(place, options)).lock),
    outputs: (options) => outputs(place, options),
  };
}
