/**
 * Both servers at the end, asked from outside: the same rows in every table
 * that nobody writes to since, sequences that are not behind, and nothing of
 * the copy left: no slot, publication, subscription, prepared transaction.
 */
import type { Client } from "pg";
import { quoteQualified } from "../../../src/core/identifier.ts";
import type { TestStage } from "../../support/set-stage.ts";

type Side = "source" | "target";

/** The writing client goes on with them on the target, or triggers of them do. */
const written = new Set([
  "public.rehearsal_writes",
  "public.rehearsal_visits",
  "public.repos",
  "public.highlights",
]);

export async function leftoverProblems(
  at: TestStage,
  databases: readonly string[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const side of ["source", "target"] as const) {
    for (const database of ["defaultdb", "postgres", ...databases]) {
      const left = await on(at, side, database, leftIn);
      for (const name of left ?? []) problems.push(`Left on the ${side}, in ${database}: ${name}.`);
    }
  }
  return problems;
}

/** Undefined: there is no such database. */
async function on<T>(
  at: TestStage,
  side: Side,
  database: string,
  use: (client: Client) => Promise<T>,
): Promise<T | undefined> {
  const ask = <U>(name: string, use: (client: Client) => Promise<U>): Promise<U> =>
    side === "source" ? at.onSource(name, use) : at.onTarget(name, use);
  const there = await ask(side === "source" ? "defaultdb" : "postgres", async (client) => {
    const { rowCount } = await client.query(
      "SELECT FROM pg_catalog.pg_database WHERE datname = $1 AND datallowconn AND datconnlimit <> -2",
      [database],
    );
    return rowCount === 1;
  });
  return there ? ask(database, use) : undefined;
}

async function leftIn(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT 'slot ' || slot_name AS name FROM pg_catalog.pg_replication_slots WHERE database = pg_catalog.current_database()
     UNION ALL SELECT 'publication ' || pubname FROM pg_catalog.pg_publication
     UNION ALL SELECT 'subscription ' || subname FROM pg_catalog.pg_subscription s
       JOIN pg_catalog.pg_database d ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()
     UNION ALL SELECT 'prepared transaction ' || gid FROM pg_catalog.pg_prepared_xacts
       WHERE database = pg_catalog.current_database()
     UNION ALL SELECT 'session of the tool: ' || pid FROM pg_catalog.pg_stat_activity
       WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
         AND application_name LIKE 'opensauced-migrate%'`,
  );
  return rows.map(({ name }) => name);
}

export async function toolSchemaIsThere(
  at: TestStage,
  side: Side,
  database: string,
): Promise<boolean> {
  const there = await on(at, side, database, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(
      "SELECT pg_catalog.to_regnamespace('opensauced_migrate') IS NOT NULL AS there",
    );
    return rows[0]?.there === true;
  });
  return there === true;
}

/** The source stands still since the freeze, so every other table must be the same. */
export async function equalityProblems(
  at: TestStage,
  databases: readonly string[],
  sourceCrashed: boolean,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const database of databases) {
    const [source, target] = await Promise.all([
      on(at, "source", database, digests),
      on(at, "target", database, digests),
    ]);
    if (source === undefined || target === undefined) {
      problems.push(`Database ${database} is not on both sides.`);
      continue;
    }
    for (const [table, digest] of source.tables) {
      if (target.tables.get(table) !== digest) {
        problems.push(
          `${database}.${table}: ${digest} on the source, ${target.tables.get(table)} on the target.`,
        );
      }
    }
    for (const [sequence, { value, increment }] of source.sequences) {
      const there = target.sequences.get(sequence)?.value;
      // A crash takes a sequence on to what was logged of it before, which nobody was given.
      const given = sourceCrashed ? value - loggedAhead * increment : value;
      if (there === undefined || there < given) {
        problems.push(
          `Sequence ${database}.${sequence}: ${value} on the source, ${there} on the target.`,
        );
      }
    }
  }
  return problems;
}

/** Values that PostgreSQL logs ahead of those that it gives out (SEQ_LOG_VALS, 32), and the next. */
const loggedAhead = 33n;

interface Digests {
  readonly tables: ReadonlyMap<string, string>;
  readonly sequences: ReadonlyMap<string, { readonly value: bigint; readonly increment: bigint }>;
}

async function digests(client: Client): Promise<Digests> {
  await client.query("SET extra_float_digits = 1; SET timezone = 'UTC'; SET row_security = off");
  const { rows: named } = await client.query<{ schema: string; name: string; kind: string }>(
    `SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'S') AND c.relpersistence = 'p'
       AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'opensauced_migrate')`,
  );
  const tables = new Map<string, string>();
  const sequences = new Map<string, { value: bigint; increment: bigint }>();
  for (const { schema, name, kind } of named) {
    if (kind === "S") {
      const { rows } = await client.query<{ last: string | null; by: string }>(
        "SELECT last_value::text AS last, increment_by::text AS by FROM pg_catalog.pg_sequences WHERE schemaname = $1 AND sequencename = $2",
        [schema, name],
      );
      const { last = null, by = "1" } = rows[0] ?? {};
      if (last !== null) {
        sequences.set(`${schema}.${name}`, { value: BigInt(last), increment: BigInt(by) });
      }
    } else if (!written.has(`${schema}.${name}`)) {
      const { rows } = await client.query<{ digest: string }>(
        `SELECT pg_catalog.count(*) || ' rows, ' || coalesce(pg_catalog.sum(pg_catalog.hashtextextended(t::text, 0)), 0) AS digest
         FROM ${quoteQualified(schema, name)} t`,
      );
      tables.set(`${schema}.${name}`, rows[0]?.digest ?? "");
    }
  }
  return { tables, sequences };
}
