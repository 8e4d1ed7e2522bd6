/** How far a migration is, in the service's own words, and whether it still moves. */
import type { Progress } from "../../core/verdict.ts";
import type { Migration, MigrationDatabase } from "../../providers/azure/index.ts";

export function progressOf(migration: Migration): Progress {
  const parts = migration.databases.map((database) => ({
    name: database.name,
    text: databaseText(database),
  }));
  const counted = migration.databases.filter((database) => tablesOf(database) !== undefined);
  if (counted.length === 0) return { parts };
  const done = counted.reduce((sum, database) => sum + (database.counters.completedTables ?? 0), 0);
  const total = counted.reduce((sum, database) => sum + (tablesOf(database) ?? 0), 0);
  return { done, total, unit: "tables", parts };
}

/** Azure counts tables, never bytes or rows, and gives no percentage. */
function tablesOf({ counters }: MigrationDatabase): number | undefined {
  const { queuedTables, loadingTables, completedTables, erroredTables } = counters;
  if (completedTables === undefined) return undefined;
  return completedTables + (queuedTables ?? 0) + (loadingTables ?? 0) + (erroredTables ?? 0);
}

function databaseText(database: MigrationDatabase): string {
  const words = [database.state ?? "state not told"];
  const tables = tablesOf(database);
  if (tables !== undefined) words.push(`${database.counters.completedTables}/${tables} tables`);
  const { erroredTables, appliedChanges, incomingChanges } = database.counters;
  if ((erroredTables ?? 0) > 0) words.push(`${erroredTables} tables failed`);
  if ((appliedChanges ?? 0) > 0)
    words.push(`${appliedChanges} of ${incomingChanges ?? "?"} changes applied`);
  if (database.latencySeconds !== undefined) words.push(`lag ${database.latencySeconds} s`);
  if (database.message !== undefined && database.message !== "") words.push(database.message);
  return words.join(", ");
}

/** Two readings with the same text: nothing moved between them. */
export function fingerprint(migration: Migration): string {
  return JSON.stringify([
    migration.state,
    migration.subState,
    migration.databases.map(({ name, state, counters }) => [name, state, counters]),
  ]);
}
