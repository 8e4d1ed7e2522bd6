/** A Pulumi stack as a step sees it: configuration, preview, outputs. Values stay in memory. */
import os from "node:os";
import path from "node:path";
import { access, chmod, copyFile, mkdir, readFile, rename, stat } from "node:fs/promises";
import { ActionError } from "../../core/errors.ts";
import { writing } from "../../core/file-failure.ts";
import { Secret } from "../../core/secret.ts";
import type { ActionContext, StepContext } from "../../core/step.ts";
import type { Preview, PulumiStack, StackState } from "../../providers/pulumi/index.ts";
import { latestFact } from "../facts.ts";
import { fillTemplates } from "../target-values.ts";
import type { World } from "../world.ts";
import type { PulumiSettings } from "./settings.ts";
import { isUnchanged } from "./judge.ts";
import { openStackOf } from "./stack.ts";
import { updateBegan } from "./stack-lock.ts";
import { stagedFor } from "./staged.ts";

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
  context: StepContext,
): Promise<PulumiSeen> {
  const { signal } = context;
  const opened = await openStackOf(world, settings, signal);
  if (opened.is === "missing") return { through: "pulumi", ...opened };
  const { stack } = opened;
  const state = await stack.readState({ signal });
  const differingConfig = await readDifferingConfig(world, settings, { stack, state, context });
  const seen = {
    through: "pulumi",
    is: "seen",
    stack: world.references.text(settings.stack),
    state,
    differingConfig,
  } as const;
  // While applications wait, a preview of what is not set yet would only cost time.
  // Nor could there be one while another update holds the stack.
  const busy = state.lock.is === "held" || differingConfig.length > 0;
  if (busy && !context.preview) {
    return { ...seen, differingOutputs: Object.keys(settings.outputs), preview: undefined };
  }
  const previewed = await stack.preview({ signal });
  // Before an update nobody asks what the outputs are, and each call costs outage.
  const differingOutputs =
    isUnchanged(previewed) || context.preview
      ? await readDifferingOutputs(world, settings, stack, signal)
      : Object.keys(settings.outputs);
  return { ...seen, differingOutputs, preview: previewed };
}

/** What was staged, and is in place or can be moved there, was compared when it was staged. */
async function readDifferingConfig(
  world: World,
  settings: PulumiSettings,
  {
    stack,
    state,
    context,
  }: {
    readonly stack: PulumiStack;
    readonly state: StackState;
    readonly context: StepContext;
  },
): Promise<string[]> {
  const keys = [...Object.keys(settings.config), ...Object.keys(settings.secrets)];
  const staged = stagedFor(context.notes, context.step);
  if (staged?.sha256 === state.settings.sha256) return [];
  if (staged?.base === state.settings.sha256 && !context.preview) return keys;
  return differingKeys(world, settings, stack, state.project, context.signal);
}

/** Keys whose value in the stack's settings is not the wanted one. */
export async function differingKeys(
  world: World,
  settings: PulumiSettings,
  stack: PulumiStack,
  project: string,
  signal: AbortSignal,
): Promise<string[]> {
  const [config, wanted] = await Promise.all([
    stack.readConfig({ signal }),
    wantedConfig(world, settings, signal),
  ]);
  return [...wanted]
    .filter(([key, { value }]) => {
      const now = config.get(key.includes(":") ? key : `${project}:${key}`);
      return now?.value.reveal() !== value.reveal();
    })
    .map(([key]) => key);
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

export async function wantedConfig(world: World, settings: PulumiSettings, signal: AbortSignal) {
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

/** Undefined: this run has not set them, or has put them back since. */
export function settingsBefore(context: StepContext): SettingsBefore | undefined {
  const noted = latestFact(context.notes, beforeNote(context.step));
  return noted === null ? undefined : (noted as unknown as SettingsBefore | undefined);
}

/** Asks no Pulumi: a frozen source may be waiting. */
export async function settingsChanged(context: StepContext): Promise<boolean> {
  const before = settingsBefore(context);
  if (before === undefined) return false;
  try {
    const [now, then, left] = await Promise.all([
      readFile(before.file),
      readFile(before.copy),
      access(newSettings(before.file)).then(
        () => true,
        () => false,
      ),
    ]);
    return left || !now.equals(then);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw new ActionError({
      message: `The stack's settings ${before.file} could not be compared with their copy ${before.copy} (${why}).`,
      meaning: "The settings file may lead to the target, which is not in use.",
      remedy: "Put the settings file back by hand before anybody updates the stack.",
    });
  }
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
    const meaning = `Nothing was changed in the stack's settings: ${before.file} is as it was.`;
    await writing({ file: `The copy of ${before.file} (${copy})`, meaning }, async () => {
      await mkdir(world.places.run, { recursive: true, mode: 0o700 });
      await copyFile(before.file, copy);
      await chmod(copy, 0o600);
    });
    await context.note(beforeNote(context.step), {
      file: before.file,
      copy,
      sha256: before.sha256,
    });
  }
  const staged = stagedFor(context.notes, context.step);
  if (staged !== undefined && staged.base === before.sha256) {
    await putInPlace(staged.file, before.file);
    return;
  }
  const wanted = await wantedConfig(world, settings, signal);
  for (const key of keys) {
    const value = wanted.get(key);
    if (value === undefined) continue;
    // One after the other: each rewrites the same file.
    await stack.setConfig(key, value.value, { signal, secret: value.secret });
  }
}

/** Always the same name, so that what a killed process left there is replaced, or found by an undo. */
function newSettings(file: string): string {
  return `${file}.opensauced-migrate.new`;
}

/** One move: whoever reads the settings finds the old ones or the new ones. */
async function putInPlace(staged: string, file: string): Promise<void> {
  const temporary = newSettings(file);
  await writing({ file, meaning: "It is as it was." }, async () => {
    await copyFile(staged, temporary);
    // Copies of ours are 0600; others may have to read the stack's own.
    await chmod(temporary, (await stat(file)).mode);
    await rename(temporary, file);
  });
}

export async function updateStack(
  world: World,
  settings: PulumiSettings,
  context: ActionContext,
): Promise<void> {
  const stack = await opened(world, settings, context.signal);
  await context.note(updateBegan(context.step), { host: os.hostname() });
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

export async function removeStaleLocks(
  world: World,
  settings: PulumiSettings,
  { signal }: ActionContext,
): Promise<void> {
  const stack = await opened(world, settings, signal);
  await stack.removeStaleLocks({ signal });
}

export async function restoreSettings(context: ActionContext): Promise<void> {
  const before = settingsBefore(context);
  if (before === undefined) return;
  await putInPlace(before.copy, before.file);
  // The next time they are set, they are to be kept as they are then.
  await context.note(beforeNote(context.step), null);
}
