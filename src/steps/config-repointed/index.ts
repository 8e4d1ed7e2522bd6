/**
 * `config-repointed`: an application's configuration leads to the target. From
 * here on applications write there: this is where a run crosses its point of
 * no return.
 */
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import type { World } from "../world.ts";
import { decidePulumi } from "./decide.ts";
import { settings, type RepointSettings } from "./settings.ts";
import { decideFile, observeFile, writeFileNow, type FileSeen } from "./through-file.ts";
import {
  observePulumi,
  removeStaleLocks,
  restoreSettings,
  setConfig,
  settingsChanged,
  updateStack,
  type PulumiSeen,
} from "./through-pulumi.ts";

/** An update is past the point of no return; before it only a stack's settings file is changed. */
interface UndoSeen {
  readonly through: "undo";
  readonly changed: boolean;
}

type Seen = FileSeen | PulumiSeen | UndoSeen;

export const configRepointed: StepKind<World, RepointSettings, Seen> = {
  kind: "config-repointed",
  condition: "An application's configuration leads to the target, and is rolled out.",
  details:
    "Sets configuration keys and secrets of a Pulumi stack (secrets by standard input, never on a command line), requires that the preview contains the expected change and nothing that destroys, updates the stack and reads its outputs back. Or sets variables in an env file, whole or not at all. The update is the point of no return: applications may write to the target from then on. One step for each service; several services may name the same database differently.",
  settings,
  example: {
    pulumi: {
      dir: "../infrastructure/api",
      stack: "opensauced/production",
      secrets: { databaseUrl: "${target:api_app@api.url}" },
      expect: ["api-*"],
    },
  },
  proof: "standing",
  deadlineMs: 30 * 60_000,
  after: [
    {
      kind: "data-equal",
      because: "nobody writes to a database that was not compared while both stood still",
    },
    {
      kind: "sequences-advanced",
      because: "the first insert on the target would meet a key that exists",
    },
  ],
  // Settings that lead to the target must not wait in a working copy for somebody's next update.
  undoneOnStop: true,
  actions: {
    "set-config": {
      touches: "Pulumi",
      does: "Sets the new values in the stack's configuration.",
    },
    "update-stack": {
      touches: "Pulumi",
      does: "Updates the stack: applications use the target from now on.",
      crossesPointOfNoReturn: true,
    },
    "remove-stale-lock": {
      touches: "Pulumi",
      does: "Removes the lock that a killed update of this run left behind.",
    },
    "write-file": {
      touches: "files",
      does: "Sets the variables in the env file, whole or not at all.",
      crossesPointOfNoReturn: true,
    },
  },
  intends: (given) =>
    given.pulumi === undefined
      ? `set ${Object.keys(given.file?.set ?? {}).join(", ")} in ${given.file?.path}`
      : `set ${[...Object.keys(given.pulumi.config), ...Object.keys(given.pulumi.secrets)].join(", ")} of Pulumi stack ${given.pulumi.stack} and update it`,
  observe,
  decide: (seen, given, context) => {
    if (seen.through === "undo")
      throw new Error("What is to be undone was seen, not what is to be done.");
    if (seen.through === "file") return decideFile(seen);
    if (given.pulumi === undefined) throw new Error("A stack was seen without settings for one.");
    return decidePulumi(seen, given.pulumi, context);
  },
  apply,
  undo: {
    actions: {
      "restore-config": {
        touches: "files",
        does: "Puts the stack's configuration file back as it was.",
      },
    },

    observe: async (_world, _given, context) => ({
      through: "undo",
      changed: await settingsChanged(context),
    }),
    decide: decideUndo,
  },
};

function observe(world: World, given: RepointSettings, context: StepContext): Promise<Seen> {
  if (given.pulumi !== undefined) return observePulumi(world, given.pulumi, context);
  if (given.file !== undefined) return observeFile(world, given.file, context);
  throw new Error("The plan was parsed, yet says nothing to re-point.");
}

function decideUndo(seen: Seen): Verdict {
  if (seen.through !== "undo" || !seen.changed) {
    return { is: "satisfied", because: "the configuration is as it was before" };
  }
  return {
    is: "unmet",
    because: "the configuration was set, and not rolled out",
    actions: [
      {
        id: "restore-config",
        summary: "Put the stack's configuration file back as it was",
        touches: "files",
      },
    ],
  };
}

async function apply(
  action: Action,
  world: World,
  given: RepointSettings,
  context: ActionContext,
): Promise<void> {
  if (action.id === "restore-config") return restoreSettings(context);
  if (given.file !== undefined) return writeFileNow(world, given.file, context);
  if (given.pulumi === undefined) throw new Error("Nothing to re-point.");
  if (action.id === "set-config") {
    const { keys } = action.data as { readonly keys: readonly string[] };
    return setConfig(world, given.pulumi, keys, context);
  }
  if (action.id === "remove-stale-lock") return removeStaleLocks(world, given.pulumi, context);
  return updateStack(world, given.pulumi, context);
}
