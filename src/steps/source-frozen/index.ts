/**
 * `source-frozen`: writes stopped on the source, and proven stopped. Nothing
 * here may leave the source frozen without a note that tells how to thaw it.
 */
import type pg from "pg";
import { z } from "zod";
import type { Json } from "../../core/json.ts";
import type { ActionContext, StepContext, StepKind } from "../../core/step.ts";
import type { Action } from "../../core/verdict.ts";
import type { World } from "../world.ts";
import { decideFrozen, decideThawed, type FreezeSeen, type ThawSeen } from "./decide.ts";
import {
  freezeMoment,
  notes as noteNames,
  settingsBefore,
  standingBefore,
  thawMoment,
} from "./moments.ts";
import { proveRefused, type WriteProof } from "./proof.ts";
import {
  isReadOnly,
  readSettings,
  withNewcomers,
  refuseWrites,
  restoration,
  restore,
} from "./read-only.ts";
import { countOld, endOld, serverNow } from "./sessions.ts";

const settings = z.strictObject({});

type Settings = z.infer<typeof settings>;
type Seen = FreezeSeen | ThawSeen;

export const sourceFrozen: StepKind<World, Settings, Seen> = {
  kind: "source-frozen",
  condition: "No application can write to the source, proven by trying.",
  details:
    "Makes read-only the default of every database of the plan (and of roles whose own setting would beat it), ends the sessions from before, and then tries to write in a fresh session of every application role. The outage begins here. Undone at once when the run stops before the point of no return: settings exactly as before, and sessions from within the freeze ended so that applications reconnect writable. Waits until the DNS flip is safe, when a `dns-ttl-lowered` step stands before it.",
  settings,
  proof: "standing",
  deadlineMs: 5 * 60_000,
  after: [
    {
      kind: "preflight-passed",
      because: "an outage must not begin before everything that can be checked was checked",
    },
  ],
  undoneOnStop: true,
  actions: {
    "refuse-writes": {
      touches: "source",
      does: "Makes read-only the default of every database: the outage begins.",
    },
    "end-sessions": {
      touches: "source",
      does: "Ends the sessions that could still write.",
    },
  },
  intends: () => "stop writes on the source and prove it: the outage begins here",
  observe: observeFreeze,
  decide: (seen, _settings, context) => decideFrozen(seen as FreezeSeen, context),
  apply: applyAction,
  undo: {
    actions: {
      "allow-writes": {
        touches: "source",
        does: "Sets the read-only defaults back to what they were.",
      },
      "end-read-only-sessions": {
        touches: "source",
        does: "Ends the sessions that began read-only, so that applications reconnect.",
      },
    },

    observe: observeThaw,
    decide: (seen) => decideThawed(seen as ThawSeen),
  },
};

async function observeFreeze(
  world: World,
  _settings: Settings,
  context: StepContext,
): Promise<FreezeSeen> {
  const { signal } = context;
  const databases = world.databases.map(async ({ name, roles }) => {
    const seen = await world.source.use(name, { signal }, async (client) => {
      const settings = await readSettings(client, name);
      const moment = freezeMoment(context.notes, name);
      const sessions =
        isReadOnly(settings, name) && moment !== undefined
          ? await countOld(client, name, moment)
          : undefined;
      return { name, settings, sessions };
    });
    const frozen = seen.sessions !== undefined && seen.sessions.old === 0;
    const proofs = frozen ? await proveAll(world, name, roles, signal) : [];
    return { ...seen, proofs };
  });
  return { databases: await Promise.all(databases) };
}

function proveAll(
  world: World,
  database: string,
  roles: readonly string[],
  signal: AbortSignal,
): Promise<WriteProof[]> {
  return Promise.all(
    roles.map((role) =>
      world.source.use(database, { signal, role, asApplication: true }, (client) =>
        proveRefused(client, role),
      ),
    ),
  );
}

async function observeThaw(
  world: World,
  _settings: Settings,
  context: StepContext,
): Promise<ThawSeen> {
  const { signal, notes } = context;
  const databases = world.databases.map(async ({ name }) => {
    const before = settingsBefore(notes, name);
    if (before === undefined) return { name, before, now: [], sessions: undefined };
    return world.source.use(name, { signal }, async (client) => {
      const now = await readSettings(client, name);
      const moment = thawMoment(notes, name);
      const back = restoration(before, now, name).length === 0 && moment !== undefined;
      return {
        name,
        before,
        now,
        sessions: back ? await countOld(client, name, moment) : undefined,
      };
    });
  });
  return { databases: await Promise.all(databases) };
}

async function applyAction(
  action: Action,
  world: World,
  _settings: Settings,
  context: ActionContext,
): Promise<void> {
  const { databases } = action.data as { readonly databases: readonly string[] };
  const change = changes[action.id];
  if (change === undefined) throw new Error(`source-frozen has no action ${action.id}.`);
  const changed = await Promise.allSettled(
    databases.map((database) =>
      world.source.use(database, { signal: context.signal, write: true }, (client) =>
        change(client, database, context),
      ),
    ),
  );
  // Only once all have ended: one that fails must not leave another half thawed behind.
  for (const each of changed) if (each.status === "rejected") throw each.reason;
}

type Change = (client: pg.Client, database: string, context: ActionContext) => Promise<void>;

const changes: { readonly [action: string]: Change | undefined } = {
  "refuse-writes": async (client, database, context) => {
    const now = await readSettings(client, database);
    const ours = standingBefore(context.notes, database);
    const before = ours === undefined ? now : withNewcomers(ours, now, database);
    await context.note(noteNames.before(database), before as unknown as Json);
    await refuseWrites(client, database, now);
  },
  // The default is in force by now, so whoever connects after this moment is read-only.
  "end-sessions": async (client, database, context) => {
    const moment = await serverNow(client);
    await context.note(noteNames.endedUpTo(database), moment);
    await endOld(client, database, moment, context.signal);
  },
  "allow-writes": async (client, database, { notes }) => {
    const before = settingsBefore(notes, database) ?? [];
    await restore(client, restoration(before, await readSettings(client, database), database));
  },
  "end-read-only-sessions": async (client, database, context) => {
    const moment = await serverNow(client);
    await context.note(noteNames.thawedUpTo(database), moment);
    await endOld(client, database, moment, context.signal);
  },
};
