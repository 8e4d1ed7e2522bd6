/**
 * The changes of a freeze and a thaw, over the one held connection. Pre-images
 * are noted before anything is changed; each change is safe to repeat.
 */
import type pg from "pg";
import type { Json } from "../../core/json.ts";
import type { ActionContext } from "../../core/step.ts";
import type { Action } from "../../core/verdict.ts";
import { noteFlipSafe } from "../dns/flip-safe.ts";
import type { World } from "../world.ts";
import { allowLogins, refuseLogins, standingLogins, type LoginsBefore } from "./logins.ts";
import { notes as noteNames, settingsBefore, standingBefore } from "./moments.ts";
import { readSettings, refuseWrites, restoration, restore, withNewcomers } from "./read-only.ts";
import { endSessions, serverNow } from "./sessions.ts";
import { readXid, settledAt } from "./witness.ts";

/** The data of every action of this kind. */
export interface FreezeData {
  readonly databases: readonly string[];
  /** Of `refuse-writes`. */
  readonly logins?: LoginsBefore;
  /** Of `allow-writes`. */
  readonly roles?: readonly string[];
}

type Change = (client: pg.Client, data: FreezeData, context: ActionContext) => Promise<void>;

export async function applyFreeze(
  action: Action,
  world: World,
  _settings: unknown,
  context: ActionContext,
): Promise<void> {
  const change = changes[action.id];
  if (change === undefined) throw new Error(`source-frozen has no action ${action.id}.`);
  // What is written to the source from then on, a snapshot of before does not show.
  if (action.id === "allow-writes") await world.held.letGoOfAll();
  await world.source.hold(context.signal, (client) =>
    change(client, action.data as unknown as FreezeData, context),
  );
}

const changes: { readonly [action: string]: Change | undefined } = {
  "refuse-writes": async (client, { databases, logins }, context) => {
    await noteFlipSafe(context);
    for (const database of databases) {
      const now = await readSettings(client, [database]);
      const ours = standingBefore(context.notes, database);
      const before = ours === undefined ? now : withNewcomers(ours, now, database);
      await context.note(noteNames.before(database), before as unknown as Json);
      await refuseWrites(client, database, now);
    }
    if (logins === undefined) return;
    // Those that an earlier try has refused already could log in before, too.
    const standing = standingLogins(context.notes)?.refused ?? [];
    const refused = [...new Set([...standing, ...logins.refused])];
    await refuseLogins(client, { ...logins, refused }, context);
  },
  // The default is in force by now, so whoever connects after this moment is read-only.
  "end-sessions": (client, { databases }, context) =>
    endOld(client, databases, noteNames.endedUpTo, context),
  "end-late-sessions": async (client, { databases }, context) => {
    // Before they end: what they have written by now is counted once they are gone.
    const xid = await readXid(client);
    const moment = await serverNow(client);
    const moments = databases.map((database) => ({ database, moment }));
    await endSessions(client, moments, ({ old, beyond }) => old && !beyond, context.signal);
    await context.note(settledAt, xid);
  },
  "allow-writes": async (client, { databases, roles }, { notes }) => {
    for (const database of databases) {
      const before = settingsBefore(notes, database) ?? [];
      const now = await readSettings(client, [database]);
      await restore(client, restoration(before, now, database));
    }
    // Last: who logs in now has a writable session at once.
    await allowLogins(client, roles ?? []);
  },
  "end-read-only-sessions": (client, { databases }, context) =>
    endOld(client, databases, noteNames.thawedUpTo, context),
};

async function endOld(
  client: pg.Client,
  databases: readonly string[],
  name: (database: string) => string,
  context: ActionContext,
): Promise<void> {
  const moment = await serverNow(client);
  for (const database of databases) await context.note(name(database), moment);
  const moments = databases.map((database) => ({ database, moment }));
  await endSessions(client, moments, ({ old }) => old, context.signal);
}
