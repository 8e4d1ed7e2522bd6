/**
 * `config-staged`: what a later `config-repointed` will put in place is ready
 * beforehand: encrypted in a file of its own, and its preview judged. Setting
 * secrets takes the Pulumi CLI seconds, which need not be seconds of outage.
 * Nothing of the stack or its working copy is changed here.
 */
import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { ActionError } from "../../core/errors.ts";
import { writing } from "../../core/file-failure.ts";
import { laterStep } from "../../core/plan/fields.ts";
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action } from "../../core/verdict.ts";
import type { RepointSettings, PulumiSettings } from "../config-repointed/settings.ts";
import { openStackOf } from "../config-repointed/stack.ts";
import { stagedFor, stagedNote, type Staged } from "../config-repointed/staged.ts";
import { differingKeys, wantedConfig } from "../config-repointed/through-pulumi.ts";
import type { World } from "../world.ts";
import { decideStaged, decideUnstaged, type StagedSeen } from "./decide.ts";

const settings = z.strictObject({
  for: laterStep("config-repointed").describe(
    "The `config-repointed` step whose configuration is made ready.",
  ),
});

type Settings = z.infer<typeof settings>;

export const configStaged: StepKind<World, Settings, StagedSeen> = {
  kind: "config-staged",
  condition:
    "The new configuration of a stack is encrypted, previewed and ready to be put in place.",
  details:
    "Makes a copy of the stack's settings file in the run's folder, sets the new values there, and requires that its preview contains the expected change and nothing that destroys; and that an update of the stack as it is would change nothing. The stack, its state and its working copy stay as they are. Put it before the freeze: the outage is shorter by the seconds that the Pulumi CLI needs for secrets. For a `file` there is nothing to stage.",
  settings,
  example: { for: "apps-repointed" },
  proof: "until-crossing",
  deadlineMs: 30 * 60_000,
  after: [],
  undoneOnStop: false,
  actions: {
    "stage-config": {
      touches: "files",
      does: "Sets the new values in a copy of the stack's settings, in the run's folder.",
    },
  },
  intends: (given) => `encrypt and preview the new configuration of ${given.for}`,
  observe,
  decide: (seen, given) => decideStaged(seen, pulumiOf(seen.repoint), given.for),
  apply,
  undo: {
    actions: {
      "delete-staged": {
        touches: "files",
        does: "Deletes that copy.",
      },
    },
    observe,
    decide: decideUnstaged,
  },
};

function pulumiOf(repoint: RepointSettings): PulumiSettings | undefined {
  return repoint.pulumi;
}

function fileFor(world: World, step: string): string {
  return path.join(world.places.run, `${step}.staged.yaml`);
}

async function observe(
  world: World,
  given: Settings,
  { signal, notes }: StepContext,
): Promise<StagedSeen> {
  const repoint = world.settingsOf(given.for) as RepointSettings;
  if (repoint.pulumi === undefined) return { is: "nothing to stage", repoint };
  const opened = await openStackOf(world, repoint.pulumi, signal);
  if (opened.is === "missing") return { ...opened, repoint };
  const state = await opened.stack.readState({ signal });
  const staged = stagedFor(notes, given.for);
  const file = fileFor(world, given.for);
  const there = staged !== undefined && (await sha256Of(file)) === staged.sha256;
  const seen = { is: "seen", repoint, state, staged: there ? staged : undefined, file } as const;
  if (there && state.settings.sha256 === staged.sha256) return { ...seen, inPlace: true };
  if (!there || staged.base !== state.settings.sha256) {
    const baseline = await opened.stack.preview({ signal });
    return { ...seen, inPlace: false, staged: undefined, baseline };
  }
  const other = await openStackOf(world, repoint.pulumi, signal, file);
  if (other.is === "missing") return { ...other, repoint };
  const [differing, preview] = await Promise.all([
    differingKeys(world, repoint.pulumi, other.stack, state.project, signal),
    other.stack.preview({ signal }),
  ]);
  return { ...seen, inPlace: false, differing, preview };
}

async function sha256Of(file: string): Promise<string | undefined> {
  try {
    return createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
  } catch {
    return undefined;
  }
}

async function apply(
  action: Action,
  world: World,
  given: Settings,
  context: ActionContext,
): Promise<void> {
  const file = fileFor(world, given.for);
  if (action.id === "delete-staged") return rm(file, { force: true });
  const { pulumi } = world.settingsOf(given.for) as RepointSettings;
  if (pulumi === undefined) throw new Error("There is nothing to stage for a file.");
  const { signal } = context;
  const live = await openStackOf(world, pulumi, signal);
  const opened = await openStackOf(world, pulumi, signal, file);
  if (live.is === "missing" || opened.is === "missing") {
    throw new ActionError({ message: "The Pulumi CLI is no longer there." });
  }
  const { settings: before } = await live.stack.readState({ signal });
  await writing(
    { file, meaning: "Nothing was changed in the stack or its settings." },
    async () => {
      await mkdir(world.places.run, { recursive: true, mode: 0o700 });
      if (before.text === undefined) return;
      await copyFile(before.file, file);
      // Pulumi keeps the mode of a file that is there.
      await chmod(file, 0o600);
    },
  );
  for (const [key, { value, secret }] of await wantedConfig(world, pulumi, signal)) {
    // One after the other: each rewrites the file.
    await opened.stack.setConfig(key, value, { signal, secret });
  }
  await chmod(file, 0o600);
  const sha256 = await sha256Of(file);
  if (sha256 === undefined) throw new ActionError({ message: `Pulumi wrote no ${file}.` });
  const staged: Staged = { file, sha256, base: before.sha256 };
  await context.note(stagedNote(given.for), { ...staged });
}
