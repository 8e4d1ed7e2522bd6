/**
 * Data faults: damage done to the target on purpose, once it is copied or after
 * the cutover, with a record of exactly what, so that a test can ask whether it
 * was named.
 */
import type pg from "pg";
import type { FaultName } from "../faults/catalog.ts";
import type { Faults } from "../faults/faults.ts";
import { type Access, withSession } from "../postgresql/session.ts";
import { keepBehind } from "./kept-sequence.ts";
import { readSequences } from "./sequences.ts";

export interface Damage {
  readonly fault: FaultName;
  readonly database: string;
  /** Quoted and qualified table or sequence. */
  readonly object: string;
  readonly column?: string;
}

// The largest first: the loss is to be found among many rows.
const filledTables = `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, c.oid
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY c.reltuples DESC, 1`;

const plainColumns = `SELECT pg_catalog.quote_ident(a.attname) AS name, t.typname AS type
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
 WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey))
 ORDER BY a.attnum`;

/** A different value of the same type. */
const otherValue: Readonly<Record<string, (column: string) => string>> = {
  int2: (column) => `${column} - 1`,
  int4: (column) => `${column} - 1`,
  int8: (column) => `${column} - 1`,
  numeric: (column) => `${column} + 0.01`,
  bool: (column) => `NOT ${column}`,
  timestamptz: (column) => `${column} + interval '1 second'`,
  timestamp: (column) => `${column} + interval '1 second'`,
  text: (column) => `pg_catalog.reverse(${column}) || '~'`,
};

interface Table {
  readonly name: string;
  readonly oid: number;
}

async function tables(client: pg.Client): Promise<readonly Table[]> {
  return (await client.query<Table>(filledTables)).rows;
}

async function loseRow(client: pg.Client): Promise<Omit<Damage, "database" | "fault"> | undefined> {
  for (const { name } of await tables(client)) {
    const { rowCount } = await client.query(
      `DELETE FROM ONLY ${name} WHERE ctid = (SELECT ctid FROM ONLY ${name} LIMIT 1)`,
    );
    if (rowCount === 1) return { object: name };
  }
  return undefined;
}

async function changeRow(
  client: pg.Client,
): Promise<Omit<Damage, "database" | "fault"> | undefined> {
  for (const { name, oid } of await tables(client)) {
    const columns = (await client.query<{ name: string; type: string }>(plainColumns, [oid])).rows;
    for (const column of columns) {
      const other = otherValue[column.type]?.(column.name);
      if (other === undefined) continue;
      // A check constraint may refuse the new value; then the next column is tried.
      const changed = await client
        .query(
          `UPDATE ONLY ${name} SET ${column.name} = ${other} WHERE ctid = (SELECT ctid FROM ONLY ${name} WHERE ${column.name} IS NOT NULL LIMIT 1)`,
        )
        .catch(() => undefined);
      if (changed?.rowCount === 1) return { object: name, column: column.name };
    }
  }
  return undefined;
}

async function setBack(client: pg.Client): Promise<Omit<Damage, "database" | "fault"> | undefined> {
  for (const { name, last, called } of await readSequences(client)) {
    if (!called) continue;
    const set = await client
      .query("SELECT pg_catalog.setval($1::pg_catalog.regclass, $2::bigint - 1, true)", [
        name,
        last,
      ])
      .catch(() => undefined);
    if (set !== undefined) return { object: name };
  }
  return undefined;
}

/** Copied: the base copy is done, and the changes since are followed. */
export type DamageMoment = "copied" | "cut over";

const kinds = [
  ["row-lost-in-copy", "copied", loseRow],
  ["row-changed-in-copy", "copied", changeRow],
  ["row-lost", "cut over", loseRow],
  ["row-changed", "cut over", changeRow],
  ["sequence-set-back", "cut over", setBack],
  ["sequence-behind", "cut over", setBack],
] as const;

/** Each fault of that moment that is on for the database, once; not what was done `before`. Triggers and foreign keys do not see it. */
async function damageOne(
  superuser: Access,
  database: string,
  { faults, moment, before }: DamageOptions & { readonly before: readonly Damage[] },
): Promise<readonly Damage[]> {
  const wanted = kinds.flatMap(([fault, when, work]) => {
    if (when !== moment || before.some((done) => done.fault === fault)) return [];
    const settings = faults.look(fault, { path: database });
    return settings !== undefined && faults.take(fault, { path: database })
      ? [{ fault, work, settings }]
      : [];
  });
  if (wanted.length === 0) return [];
  return withSession(superuser, database, async (client) => {
    await client.query("SET session_replication_role = replica");
    const done: Damage[] = [];
    for (const { fault, work, settings } of wanted) {
      const what = await work(client);
      // Nothing to damage here: left for the next database.
      if (what === undefined) faults.on(fault, settings);
      else done.push({ fault, database, ...what });
      if (what !== undefined && fault === "sequence-behind") {
        void keepBehind(superuser, database, what.object, faults);
      }
    }
    return done;
  });
}

export interface DamageOptions {
  readonly faults: Faults;
  readonly moment: DamageMoment;
}

/** In the first of the databases that has something to damage. */
export async function damage(
  superuser: Access,
  databases: readonly string[],
  options: DamageOptions,
): Promise<readonly Damage[]> {
  const done: Damage[] = [];
  for (const database of databases) {
    // oxlint-disable-next-line no-await-in-loop -- not what was done in the one before
    done.push(...(await damageOne(superuser, database, { ...options, before: done })));
  }
  return done;
}
