/** What is in the databases of the target that the copy would replace. Reads only. */
import {
  type DatabasesThere,
  isDatabaseAbsent,
  readDatabasesThere,
} from "../../providers/postgres/index.ts";
import { markerSchema } from "../marker.ts";
import type { World } from "../world.ts";

/** Which of these databases the target has. */
export function targetDatabases(
  { target }: World,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<DatabasesThere> {
  return target.use(target.maintenanceDatabase, { signal }, (client) =>
    readDatabasesThere(client, databases),
  );
}

/** Tables in each of these databases that exists on the target. */
export async function countTargetTables(
  world: World,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const { whole } = await targetDatabases(world, databases, signal);
  const counted = whole.map(async (name) => {
    const count = world.target.use(name, { signal }, async (client) => {
      const { rows } = await client.query<{ tables: number }>(
        `SELECT pg_catalog.count(*)::int AS tables
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND c.relpersistence <> 't'
           AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', $1)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
             WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')`,
        [markerSchema],
      );
      return rows[0]?.tables ?? 0;
    });
    return [name, await count.catch(absent)] as const;
  });
  return new Map(
    (await Promise.all(counted)).flatMap(([name, tables]) =>
      tables === undefined ? [] : [[name, tables] as const],
    ),
  );
}

/** It went between two looks: absent, as if never seen. */
export function absent(error: unknown): undefined {
  if (isDatabaseAbsent(error)) return undefined;
  throw error;
}
