/**
 * Which servers a run belongs to. A run is pinned to them: behind the same
 * host name may be another server (a restored fork, a swapped record).
 */
import type { Identities } from "../core/journal/entry.ts";
import { identity } from "../providers/postgres/index.ts";
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
  const databases = await Promise.all(
    world.databases.map(async ({ name }) => {
      const seen = await world.source.use(name, { signal }, identity);
      return { name, ...seen };
    }),
  );
  const [first] = databases;
  if (first === undefined) throw new Error("A plan has at least one database.");
  return {
    systemIdentifier: first.systemIdentifier,
    databases: Object.fromEntries(
      databases.map(({ name, databaseOid }) => [name, String(databaseOid)]),
    ),
  };
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
