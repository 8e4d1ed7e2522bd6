/**
 * The marker: a row written by this tool to the frozen source and read on the
 * target, which proves that everything written before it has arrived, whatever
 * anybody's lag says. Its table must be there before the copy begins, because
 * logical replication carries no DDL.
 */
import type pg from "pg";

export const markerSchema = "opensauced_migrate";

const table = `"${markerSchema}"."marker"`;

export async function hasMarkerTable(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    "SELECT pg_catalog.to_regclass($1) IS NOT NULL AS there",
    [`${markerSchema}.marker`],
  );
  return rows[0]?.there === true;
}

/*
 * Schema and table come and go in one transaction, as the statements of one
 * query do: a look asks for the table, and would not find a schema alone that
 * a tool killed in between has left.
 */

export async function createMarkerTable(client: pg.Client): Promise<void> {
  await client.query(
    `CREATE SCHEMA IF NOT EXISTS "${markerSchema}";
     CREATE TABLE IF NOT EXISTS ${table} (
       run text NOT NULL,
       name text NOT NULL,
       written_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
       PRIMARY KEY (run, name))`,
  );
}

export async function dropMarkerTable(client: pg.Client): Promise<void> {
  await client.query(
    `DROP TABLE IF EXISTS ${table};
     DROP SCHEMA IF EXISTS "${markerSchema}"`,
  );
}

/** The session must be a writable one: the database itself refuses writes by now. */
export async function writeMarker(client: pg.Client, run: string, name: string): Promise<void> {
  await client.query(
    `INSERT INTO ${table} (run, name) VALUES ($1, $2) ON CONFLICT (run, name) DO NOTHING`,
    [run, name],
  );
  // An idle source sends nothing until there is WAL after the row (pgcopydb's follow needs it too).
  await client.query("SELECT pg_catalog.pg_logical_emit_message(false, 'opensauced-migrate', $1)", [
    name,
  ]);
}

export async function hasMarker(client: pg.Client, run: string, name: string): Promise<boolean> {
  if (!(await hasMarkerTable(client))) return false;
  const { rowCount } = await client.query(`SELECT 1 FROM ${table} WHERE run = $1 AND name = $2`, [
    run,
    name,
  ]);
  return rowCount === 1;
}
