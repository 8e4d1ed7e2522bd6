/** What a freeze and a thaw see. All that needs no database of its own goes over the one held connection. */
import { ProviderError } from "../../core/errors.ts";
import type { StepContext } from "../../core/step.ts";
import type { World } from "../world.ts";
import type { FreezeSeen, FrozenDatabase } from "./decide.ts";
import { noteOfLogins, readLogins, standingLogins, type RoleLogin } from "./logins.ts";
import { freezeMoment, settingsBefore, thawMoment } from "./moments.ts";
import { proveRefused, type WriteProof } from "./proof.ts";
import { isReadOnly, readSettings, restoration } from "./read-only.ts";
import { readOtherWriters, readSessions, type Moment, type Session } from "./sessions.ts";
import type { ThawSeen } from "./thaw.ts";
import { readWrites, writesNoted, type WitnessSeen } from "./witness.ts";

export async function observeFreeze(
  world: World,
  _settings: unknown,
  context: StepContext,
): Promise<FreezeSeen> {
  const { signal, notes } = context;
  const names = world.databases.map(({ name }) => name);
  // Sessions first, and what was counted after them: a session that ended in between has been counted.
  const seen = await world.source.hold(signal, async (client) => {
    const settings = await readSettings(client, names);
    const moments = names.flatMap((database): Moment[] => {
      const moment = freezeMoment(notes, database);
      return moment === undefined || !isReadOnly(settings, database) ? [] : [{ database, moment }];
    });
    return {
      settings,
      sessions: new Set(moments.map(({ database }) => database)),
      there: await readSessions(client, moments),
      others: await readOtherWriters(client, names),
      logins: await readLogins(client, rolesOf(world), names),
    };
  });
  const databases = world.databases.map(async ({ name, roles }): Promise<FrozenDatabase> => {
    const other = seen.others.find(({ database }) => database === name);
    const sessions = seen.sessions.has(name)
      ? seen.there.filter(({ database }) => database === name)
      : undefined;
    const { proofs, witness } = stands(sessions)
      ? await witnesses(world, name, roles, seen.logins, context)
      : { proofs: [], witness: undefined };
    return {
      name,
      settings: seen.settings,
      sessions,
      preparedTransactions: other?.preparedTransactions ?? 0,
      subscriptions: other?.subscriptions ?? [],
      proofs,
      witness,
    };
  });
  return { admin: world.source.admin, logins: seen.logins, databases: await together(databases) };
}

/** Proofs are asked for only once nobody is left who could still write. */
function stands(sessions: readonly Session[] | undefined): boolean {
  return sessions?.every(({ old, beyond }) => !old || beyond) === true;
}

function rolesOf(world: World): readonly string[] {
  return [...new Set(world.databases.flatMap(({ roles }) => roles))];
}

async function witnesses(
  world: World,
  database: string,
  roles: readonly string[],
  logins: readonly RoleLogin[],
  { notes, signal }: StepContext,
): Promise<{ readonly proofs: readonly WriteProof[]; readonly witness: WitnessSeen | undefined }> {
  const before = writesNoted(notes, database);
  const refused = standingLogins(notes)?.refused ?? [];
  const closed = logins.filter(({ role, login }) => !login && refused.includes(role));
  const [now, ...proofs] = await together([
    before === undefined
      ? Promise.resolve(undefined)
      : world.source.use(database, { signal }, readWrites),
    ...roles.map((role) =>
      prove(
        world,
        database,
        role,
        closed.some((each) => each.role === role),
        signal,
      ),
    ),
  ] as const);
  return {
    proofs,
    witness: before === undefined || now === undefined ? undefined : { before, now },
  };
}

/** 28000: the role may not log in. It may also be a rule about addresses, so only where NOLOGIN was seen. */
async function prove(
  world: World,
  database: string,
  role: string,
  closed: boolean,
  signal: AbortSignal,
): Promise<WriteProof> {
  try {
    return await world.source.use(database, { signal, role, asApplication: true }, (client) =>
      proveRefused(client, role),
    );
  } catch (error) {
    if (closed && error instanceof ProviderError && error.code === "28000") {
      return { role, outcome: "no-login" };
    }
    throw error;
  }
}

export async function observeThaw(
  world: World,
  _settings: unknown,
  { signal, notes }: StepContext,
): Promise<ThawSeen> {
  const names = world.databases.map(({ name }) => name);
  return world.source.hold(signal, async (client) => {
    const now = await readSettings(client, names);
    const logins = await readLogins(client, noteOfLogins(notes)?.refused ?? [], names);
    const back = names.flatMap((database): Moment[] => {
      const before = settingsBefore(notes, database);
      const moment = thawMoment(notes, database);
      const restored = before !== undefined && restoration(before, now, database).length === 0;
      return restored && moment !== undefined ? [{ database, moment }] : [];
    });
    const sessions = await readSessions(client, back);
    return {
      refused: logins.filter(({ login }) => !login).map(({ role }) => role),
      databases: names.map((name) => ({
        name,
        before: settingsBefore(notes, name),
        now,
        sessions: back.some(({ database }) => database === name)
          ? sessions.filter(({ database }) => database === name)
          : undefined,
      })),
    };
  });
}

/** Awaits what began together: of several that fail, none is left to be nobody's. */
async function together<T extends readonly Promise<unknown>[]>(
  begun: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(begun);
  return Promise.all(begun);
}
