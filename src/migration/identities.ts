/**
 * Which servers a run belongs to. A run is pinned to them: behind the same
 * host name may be another server (a restored fork, a swapped record).
 */
import type { Identities } from "../core/journal/entry.ts";
import { identity } from "../providers/postgres/index.ts";
import type { World } from "../steps/world.ts";

/** Throws ProviderError or UnreadableError. */
export async function readIdentities(world: World, signal: AbortSignal): Promise<Identities> {
  const { source, target } = world;
  const [databases, there] = await Promise.all([
    Promise.all(
      world.databases.map(async ({ name }) => {
        const seen = await source.use(name, { signal }, identity);
        return { name, ...seen };
      }),
    ),
    target.use(target.maintenanceDatabase, { signal }, identity),
  ]);
  const [first] = databases;
  if (first === undefined) throw new Error("A plan has at least one database.");
  return {
    source: {
      systemIdentifier: first.systemIdentifier,
      databases: Object.fromEntries(
        databases.map(({ name, databaseOid }) => [name, String(databaseOid)]),
      ),
    },
    target: { systemIdentifier: there.systemIdentifier },
  };
}

/** What is no longer the same, a sentence each; empty when all is. */
export function changedIdentities(before: Identities, now: Identities): string[] {
  const changes: string[] = [];
  if (before.source.systemIdentifier !== now.source.systemIdentifier) {
    changes.push(
      `the source is another server: system identifier ${now.source.systemIdentifier}, the run began with ${before.source.systemIdentifier}`,
    );
  }
  for (const [name, oid] of Object.entries(before.source.databases)) {
    const current = now.source.databases[name];
    if (current !== oid) {
      changes.push(
        `database ${name} of the source was replaced: oid ${current ?? "none"}, was ${oid}`,
      );
    }
  }
  if (before.target.systemIdentifier !== now.target.systemIdentifier) {
    changes.push(
      `the target is another server: system identifier ${now.target.systemIdentifier}, the run began with ${before.target.systemIdentifier}`,
    );
  }
  return changes;
}
