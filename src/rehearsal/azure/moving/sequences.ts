/**
 * Sequences at the cutover: read once from the source, set once on the
 * target, as pgcopydb does. They are not in the change stream.
 */
import type pg from "pg";
import { type Access, withSession } from "../postgresql/session.ts";

interface SequenceValue {
  /** Quoted and qualified. */
  readonly name: string;
  readonly last: string;
  readonly called: boolean;
}

const sequenceNames = `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'
                    AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
 ORDER BY 1`;

export async function readSequences(client: pg.Client): Promise<readonly SequenceValue[]> {
  const names = (await client.query<{ name: string }>(sequenceNames)).rows;
  const values: SequenceValue[] = [];
  for (const { name } of names) {
    const { rows } = await client.query<Omit<SequenceValue, "name">>(
      `SELECT last_value::text AS last, is_called AS called FROM ${name}`,
    );
    if (rows[0] !== undefined) values.push({ name, ...rows[0] });
  }
  return values;
}

export async function copySequences(
  source: Access,
  superuser: Access,
  database: string,
): Promise<void> {
  const values = await withSession(source, database, readSequences);
  await withSession(superuser, database, async (client) => {
    for (const { name, last, called } of values) {
      await client.query("SELECT pg_catalog.setval($1::pg_catalog.regclass, $2::bigint, $3)", [
        name,
        last,
        called,
      ]);
    }
  });
}
