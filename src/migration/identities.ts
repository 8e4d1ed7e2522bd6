/**
 * Which servers a run belongs to. A run is pinned to them: behind the same
 * host name may be another server (a restored fork, a swapped record).
 */
import { UnreadableError } from "../core/errors.ts";
import type { Identities } from "../core/journal/entry.ts";
import { identity, readDatabasesThere } from "../providers/postgres/index.ts";
import type { World } from "../steps/world.ts";

/** Throws ProviderError or UnreadableError, as all here. */
export async function readIdentities(world: World, signal: AbortSignal): Promise<Identities> {
  const [source, target] = await Promise.all([
    readSource(world, signal),
    readTarget(world, signal),
  ]);
  return { source, target };
}

export async function readSource(world: World, signal: AbortSignal): Promise<Identities["source"]> {
  const names = world.databases.map(({ name }) => name);
  // One connection, whatever the number of databases: it may be the last that a crowded server gives.
  return world.source.hold(signal, async (client) => {
    const { systemIdentifier } = await identity(client);
    const { rows } = await client.query<{ name: string; oid: string }>(
      "SELECT datname::text AS name, oid::text FROM pg_catalog.pg_database WHERE datname = ANY ($1)",
      [names],
    );
    const there = await readDatabasesThere(client, names);
    const missing = names.filter((name) => !there.whole.includes(name));
    if (missing.length > 0) throw noSuchDatabase(missing, there.invalid);
    return {
      systemIdentifier,
      databases: Object.fromEntries(rows.map(({ name, oid }) => [name, oid])),
    };
  });
}

function noSuchDatabase(missing: readonly string[], invalid: readonly string[]): UnreadableError {
  const why =
    invalid.length === 0
      ? ""
      : ` Of ${invalid.join(", ")} it has what a DROP DATABASE that did not end has left, which can only be dropped.`;
  return new UnreadableError({
    message: `The source has no database ${missing.join(", ")}.${why}`,
    meaning: "The run cannot be tied to it. Nothing was changed.",
    remedy: "Correct `databases` in the plan, or its source.",
  });
}

export async function readTarget(world: World, signal: AbortSignal): Promise<Identities["target"]> {
  const { target } = world;
  const { systemIdentifier } = await target.use(target.maintenanceDatabase, { signal }, identity);
  return { systemIdentifier };
}

/** What is no longer the same, a sentence each; empty when all is. */
export function changedSource(before: Identities, now: Identities["source"]): string[] {
  const changes: string[] = [];
  if (before.source.systemIdentifier !== now.systemIdentifier) {
    changes.push(
      `the source is another server: system identifier ${now.systemIdentifier}, the run began with ${before.source.systemIdentifier}`,
    );
  }
  for (const [name, oid] of Object.entries(before.source.databases)) {
    const current = now.databases[name];
    if (current !== oid) {
      changes.push(
        `database ${name} of the source was replaced: oid ${current ?? "none"}, was ${oid}`,
      );
    }
  }
  return changes;
}

export function changedTarget(before: Identities, now: Identities["target"]): string[] {
  if (before.target.systemIdentifier === now.systemIdentifier) return [];
  return [
    `the target is another server: system identifier ${now.systemIdentifier}, the run began with ${before.target.systemIdentifier}`,
  ];
}
