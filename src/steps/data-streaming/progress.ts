/** How far a migration is, in the service's own words, and whether it still moves. */
import type { Progress } from "../../core/verdict.ts";
import type { MigratingDatabase, Migration } from "../../providers/azure/index.ts";

export function progressOf(migration: Migration): Progress {
  const parts = migration.databases.map((database) => ({
    name: database.name,
    text: databaseText(database),
  }));
  const counted = migration.databases.filter((database) => tablesOf(database) !== undefined);
  if (counted.length === 0) return { parts };
  const done = counted.reduce((sum, database) => sum + (database.tables.completed ?? 0), 0);
  const total = counted.reduce((sum, database) => sum + (tablesOf(database) ?? 0), 0);
  return { done, total, unit: "tables", parts };
}

/** Azure counts tables, never bytes or rows, and gives no percentage. */
function tablesOf({ tables }: MigratingDatabase): number | undefined {
  const { queued, loading, completed, errored } = tables;
  if (completed === undefined) return undefined;
  return completed + (queued ?? 0) + (loading ?? 0) + (errored ?? 0);
}

function databaseText(database: MigratingDatabase): string {
  const words = [database.state ?? "state not told"];
  const tables = tablesOf(database);
  if (tables !== undefined) words.push(`${database.tables.completed}/${tables} tables`);
  const { errored } = database.tables;
  const { applied, incoming } = database.changes;
  if ((errored ?? 0) > 0) words.push(`${errored} tables failed`);
  if ((applied ?? 0) > 0) words.push(`${applied} of ${incoming ?? "?"} changes applied`);
  if (database.latencySeconds !== undefined) words.push(`lag ${database.latencySeconds} s`);
  if (database.message !== undefined && database.message !== "") words.push(database.message);
  return words.join(", ");
}

/** Two readings with the same text: nothing moved between them. */
export function fingerprint(migration: Migration): string {
  return JSON.stringify([
    migration.state,
    migration.subState,
    migration.databases.map(({ name, state, tables, changes }) => [name, state, tables, changes]),
  ]);
}
