/**
 * The proof of a freeze: a fresh session of an application role, as the
 * application would open it, tries to write and must be refused. The attempt
 * is an UPDATE of no row in a transaction that is rolled back: PostgreSQL
 * refuses it before looking at rows (ExecCheckXactReadOnly, 9.x to 18).
 */
import type pg from "pg";
import { quoteIdentifier, quoteQualified } from "../../core/identifier.ts";
import { postgresErrorCode } from "../../providers/postgres/index.ts";

const readOnlyTransaction = "25006";

export interface WriteProof {
  readonly role: string;
  /** `no-login`: it may not even log in. `refused`: an UPDATE was refused. `no-table`: the role may update no table, and its session is read-only. */
  readonly outcome: "no-login" | "refused" | "no-table" | "accepted";
}

interface Updatable {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

export async function proveRefused(client: pg.Client, role: string): Promise<WriteProof> {
  const { rows } = await client.query<{ transaction_read_only: string }>(
    "SHOW transaction_read_only",
  );
  if (rows[0]?.transaction_read_only !== "on") return { role, outcome: "accepted" };
  const table = await someUpdatableTable(client);
  if (table === undefined) return { role, outcome: "no-table" };
  const column = quoteIdentifier(table.column);
  try {
    await client.query("BEGIN");
    await client.query(
      `UPDATE ${quoteQualified(table.schema, table.table)} SET ${column} = ${column} WHERE false`,
    );
    return { role, outcome: "accepted" };
  } catch (error) {
    if (postgresErrorCode(error) !== readOnlyTransaction) throw error;
    return { role, outcome: "refused" };
  } finally {
    await client.query("ROLLBACK");
  }
}

async function someUpdatableTable(client: pg.Client): Promise<Updatable | undefined> {
  const { rows } = await client.query<Updatable>(
    `SELECT n.nspname AS schema, c.relname AS "table", a.attname AS "column"
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
     WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
       AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'opensauced_migrate')
       AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity <> 'a'
       AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
       AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'UPDATE')
       AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
     ORDER BY c.oid, a.attnum LIMIT 1`,
  );
  return rows[0];
}
