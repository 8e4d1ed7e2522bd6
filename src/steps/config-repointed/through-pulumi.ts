/** A Pulumi stack as a step sees it: configuration, preview, outputs. Values stay in memory. */
import path from "node:path";
import { copyFile, mkdir, chmod } from "node:fs/promises";
import { ActionError } from "../../core/errors.ts";
import { Secret } from "../../core/secret.ts";
import type { ActionContext, StepContext } from "../../core/step.ts";
import type { Preview, PulumiStack, StackState } from "../../providers/pulumi/index.ts";
import { latestFact } from "../facts.ts";
import { fillTemplates } from "../target-values.ts";
import type { World } from "../world.ts";
import type { PulumiSettings } from "./settings.ts";
import { openStackOf } from "./stack.ts";

export type PulumiSeen =
  | {
      readonly through: "pulumi";
      readonly is: "missing";
      readonly message: string;
      readonly remedy: string;
    }
  | {
      readonly through: "pulumi";
      readonly is: "seen";
      readonly stack: string;
      readonly state: StackState;
      /** Keys whose value is not the wanted one. */
      readonly differingConfig: readonly string[];
      readonly differingOutputs: readonly string[];
      /** Undefined where nobody needs it: before the configuration is set, in a run. */
      readonly preview: Preview | undefined;
    };

export async function observePulumi(
  world: World,
  settings: PulumiSettings,
  { signal, preview }: StepContext,
): Promise<PulumiSeen> {
  const opened = await openStackOf(world, settings, signal);
  if (opened.is === "missing") return { through: "pulumi", ...opened };
  const { stack } = opened;
  const [state, config, wanted] = await Promise.all([
    stack.readState({ signal }),
    stack.readConfig({ signal }),
    wantedConfig(world, settings, signal),
  ]);
  const differingConfig = [...wanted]
    .filter(([key, { value }]) => {
      const now = config.get(key.includes(":") ? key : `${state.project}:${key}`);
      return now?.value.reveal() !== value.reveal();
    })
    .map(([key]) => key);
  const seen = {
    through: "pulumi",
    is: "seen",
    stack: world.references.text(settings.stack),
    state,
    differingConfig,
  } as const;
  // While applications wait, a preview of what is not set yet would only cost time.
  if (differingConfig.length > 0 && !preview) {
    return { ...seen, differingOutputs: Object.keys(settings.outputs), preview: undefined };
  }
  const [previewed, differingOutputs] = await Promise.all([
    stack.preview({ signal }),
    readDifferingOutputs(world, settings, stack, signal),
  ]);
  return { ...seen, differingOutputs, preview: previewed };
}

async function readDifferingOutputs(
  world: World,
  settings: PulumiSettings,
  stack: PulumiStack,
  signal: AbortSignal,
): Promise<string[]> {
  const wanted = await fillTemplates(world, settings.outputs, signal);
  if (wanted.size === 0) return [];
  const outputs = await stack.outputs({ signal });
  return [...wanted]
    .filter(([name, value]) => revealed(outputs.get(name)) !== value.reveal())
    .map(([name]) => name);
}

function revealed(value: unknown): unknown {
  return value instanceof Secret ? value.reveal() : value;
}

async function wantedConfig(world: World, settings: PulumiSettings, signal: AbortSignal) {
  const [plain, secrets] = await Promise.all([
    fillTemplates(world, settings.config, signal),
    fillTemplates(world, settings.secrets, signal),
  ]);
  return new Map<string, { readonly value: Secret; readonly secret: boolean }>([
    ...[...plain].map(([key, value]) => [key, { value, secret: false }] as const),
    ...[...secrets].map(([key, value]) => [key, { value, secret: true }] as const),
  ]);
}

/** What the settings file was before: a private copy, because it may be a git working copy. */
function beforeNote(step: string): string {
  return `pulumi-settings-before ${step}`;
}

interface SettingsBefore {
  readonly file: string;
  readonly copy: string;
}

export function settingsBefore(context: StepContext): SettingsBefore | undefined {
  const noted = latestFact(context.notes, beforeNote(context.step));
  return noted as unknown as SettingsBefore | undefined;
}

async function opened(world: World, settings: PulumiSettings, signal: AbortSignal) {
  const found = await openStackOf(world, settings, signal);
  if (found.is === "open") return found.stack;
  throw new ActionError({ message: found.message, remedy: found.remedy });
}

export async function setConfig(
  world: World,
  settings: PulumiSettings,
  keys: readonly string[],
  context: ActionContext,
): Promise<void> {
  const { signal } = context;
  const stack = await opened(world, settings, signal);
  const { settings: before } = await stack.readState({ signal });
  if (settingsBefore(context) === undefined && before.text !== undefined) {
    const copy = path.join(world.places.run, `${context.step}.before.yaml`);
    await mkdir(world.places.run, { recursive: true, mode: 0o700 });
    await copyFile(before.file, copy);
    await chmod(copy, 0o600);
    await context.note(beforeNote(context.step), {
      file: before.file,
      copy,
      sha256: before.sha256,
    });
  }
  const wanted = await wantedConfig(world, settings, signal);
  for (const key of keys) {
    const value = wanted.get(key);
    if (value === undefined) continue;
    // One after the other: each rewrites the same file.
    await stack.setConfig(key, value.value, { signal, secret: value.secret });
  }
}

export async function updateStack(
  world: World,
  settings: PulumiSettings,
  context: ActionContext,
): Promise<void> {
  const stack = await opened(world, settings, context.signal);
  let done = 0;
  await stack.up({
    signal: context.signal,
    onEvent: (event) => {
      if (event.is !== "done") return;
      done++;
      context.report(
        { done, unit: "resources" },
        `Pulumi: ${event.op} ${event.urn.split("::").at(-1)}`,
      );
    },
  });
}

export async function restoreSettings(context: ActionContext): Promise<void> {
  const before = settingsBefore(context);
  if (before !== undefined) await copyFile(before.copy, before.file);
}
