/**
 * Which tables of a source carry which changes. A row can be found again by
 * a primary key that is checked at once, by the index named as replica
 * identity, or by the whole row (FULL); otherwise only inserts are carried.
 */
import type pg from "pg";

export interface PublishedTable {
  /** Quoted: `public.accounts`. */
  readonly name: string;
  readonly keyed: boolean;
}

// Leaves of partition trees publish their own changes. Unlogged and temporary tables write no WAL.
const ordinaryTables = `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
    CASE c.relreplident
      WHEN 'f' THEN true
      WHEN 'n' THEN false
      WHEN 'd' THEN EXISTS (SELECT FROM pg_catalog.pg_index i
                             WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate AND i.indisvalid)
      ELSE EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisreplident AND i.indisvalid)
    END AS keyed
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relpersistence = 'p'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'
                    AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
 ORDER BY 1`;

export async function publishedTables(client: pg.Client): Promise<readonly PublishedTable[]> {
  return (await client.query<PublishedTable>(ordinaryTables)).rows;
}

export async function keylessTables(client: pg.Client): Promise<readonly PublishedTable[]> {
  return (await publishedTables(client)).filter(({ keyed }) => !keyed);
}
